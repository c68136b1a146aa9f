import { existsSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Ping, Pushed, Server } from '../../../src/contract/rpc.ts';
import { asFailure, ask } from '../../../src/contract/rpcConnection.ts';
import { contentHash } from '../../../src/engine/contentHash.ts';
import { openSampleWriter } from '../../../src/engine/samples/index.ts';
import { sample, temporaryFolder } from '../samples/sampleFixtures.ts';
import { bundleServer, type RunningServer, startServer } from './serverProcess.ts';

const HARBOUR = '# Harbour\n\nThe harbour of Osmerrow was dug in 1731 by forty men.\n\nIt silted up twice.\n';

describe('the server process', () => {
  const project = temporaryFolder();
  const config = temporaryFolder();
  let bundle: Awaited<ReturnType<typeof bundleServer>>;
  let server: RunningServer;
  const failed = (promise: Promise<unknown>) =>
    promise.then(
      () => {
        throw new Error('expected a failure');
      },
      (error: unknown) => asFailure(error),
    );

  beforeAll(async () => {
    bundle = await bundleServer();
    server = startServer(bundle.program, { SMT_CONFIG: join(config, 'endpoints.yaml') });
    await mkdir(join(project, 'docs'));
    await writeFile(join(project, 'docs', 'harbour.md'), HARBOUR);
  }, 60_000);
  afterAll(async () => {
    if (server.child.exitCode === null) await server.stop();
    bundle.remove();
  });
  const call = () => server.connection;

  it('answers a ping', async () => {
    expect(await call().sendRequest(Ping)).toBe('pong');
  });

  it('says that a folder is no project, counts what it holds and makes one of it', async () => {
    expect((await ask(call(), Server.openProject, { project })).state).toBe('none');
    expect(await ask(call(), Server.countFolder, { project })).toMatchObject({ total: 1, files: { md: 1 } });
    const { file } = await ask(call(), Server.createProject, { project, name: 'Harbour' });
    expect(readFileSync(file, 'utf8')).toContain('name: "Harbour"');
    expect((await failed(ask(call(), Server.createProject, { project }))).code).toBe('exists');
    const state = await ask(call(), Server.projectState, { project });
    expect(state).toMatchObject({ state: 'ready', name: 'Harbour', toy: true });
    expect(state.endpoints.map(({ id }) => id)).toEqual(['builtin']);
  });

  it('names the line of a bad value in smt.yaml', async () => {
    const { problems } = await ask(call(), Server.checkProjectFile, {
      file: 'smt.yaml',
      text: 'v: 1\nname: x\nseed: minus one\n',
    });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ line: 3, key: 'seed' });
  });

  it('reads the corpus and gives the text that offsets refer to', async () => {
    const corpus = await ask(call(), Server.corpus, { project });
    expect(corpus.documents.map(({ id }) => id)).toEqual(['docs/harbour.md']);
    const text = await ask(call(), Server.documentText, { project, document: 'docs/harbour.md' });
    expect(text.text).toContain('1731');
    expect(text.text_hash).toBe(contentHash(text.text));
    const error = await failed(ask(call(), Server.documentText, { project, document: '../secret' }));
    expect(error.code).toBe('unknown_document');
  });

  it('shows no samples and no jobs before anything was made', async () => {
    expect(await ask(call(), Server.samples, { project, filter: {}, offset: 0, limit: 10 })).toMatchObject({
      total: 0,
      samples: [],
    });
    expect((await ask(call(), Server.jobs, { project })).jobs).toEqual([]);
  });

  it('pushes that samples changed when a job writes, and shows them', async () => {
    const revisions: number[] = [];
    const all = new Promise<void>((resolve) => {
      call().onNotification(Pushed.samplesChanged, async (push) => {
        expect(push.project).toBe(project);
        revisions.push(push.revision);
        if ((await ask(call(), Server.sampleCounts, { project })).total === 12) resolve();
      });
    });
    const { text_hash } = await ask(call(), Server.documentText, { project, document: 'docs/harbour.md' });
    const writer = await openSampleWriter({ lance: join(project, '.smt', 'lance') });
    writer.put(Array.from({ length: 12 }, (_, number) => sample(number, { document_hash: text_hash })));
    await writer.close();
    await all;
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    const page = await ask(call(), Server.samples, { project, filter: {}, offset: 0, limit: 5 });
    expect(page.total).toBe(12);
    expect(page.samples.map(({ order }) => order)).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      [0, 3],
      [0, 4],
    ]);
    const counts = await ask(call(), Server.sampleCounts, { project });
    expect(counts).toMatchObject({ total: 12, accepted: 12, rejected: 0, stale: 0 });
  });

  it('decides, undoes, and keeps both in reviews.jsonl', async () => {
    const ids = [sample(0).id, sample(1).id];
    const rejected = await ask(call(), Server.decide, { project, decision: { kind: 'reject', samples: ids } });
    expect(rejected).toMatchObject({ summary: '2 rejected', can_undo: true });
    expect(await ask(call(), Server.sampleCounts, { project })).toMatchObject({
      accepted: 10,
      rejected: 2,
      reasons: { reviewer: 2 },
    });
    expect((await ask(call(), Server.projectState, { project })).can_undo).toBe(true);
    const undone = await ask(call(), Server.decide, { project, decision: { kind: 'undo' } });
    expect(undone).toMatchObject({ summary: 'Undone: rejecting 2 samples', can_undo: false });
    expect(await ask(call(), Server.sampleCounts, { project })).toMatchObject({ accepted: 12, rejected: 0 });
    expect(readFileSync(join(project, 'reviews.jsonl'), 'utf8').trim().split('\n')).toHaveLength(3);
  });

  it('refuses an evaluation question as a person’s own', async () => {
    await mkdir(join(project, 'benchmarks'));
    await writeFile(
      join(project, 'benchmarks', 'eval.jsonl'),
      `${JSON.stringify({ question: 'When was the harbour of Osmerrow dug by its forty men?', answer: '1731' })}\n`,
    );
    const question = (text: string) =>
      ask(call(), Server.decide, { project, decision: { kind: 'question', document: 'docs/harbour.md', text } });
    expect((await failed(question('When was the harbour of Osmerrow dug, by its forty men?'))).code).toBe('leak');
    expect((await question('How often did it silt up?')).question).toMatch(/^[0-9a-f]{32}$/);
  });

  it('marks samples stale when their document changed on disk', async () => {
    await writeFile(join(project, 'docs', 'harbour.md'), `${HARBOUR}\nIt was dredged in 1802.\n`);
    await ask(call(), Server.corpus, { project, refresh: true });
    expect(await ask(call(), Server.sampleCounts, { project })).toMatchObject({ total: 12, stale: 12 });
  });

  it('shows the lineage even of a sample whose log is gone', async () => {
    const lineage = await ask(call(), Server.lineage, { project, sample: sample(3).id });
    expect(lineage.document).toMatchObject({ id: 'docs/harbour.md', title: 'Harbour' });
    expect(lineage.completion).toBeNull();
    expect(lineage.siblings).toHaveLength(4);
    const error = await failed(ask(call(), Server.lineage, { project, sample: 'f'.repeat(32) }));
    expect(error).toMatchObject({ code: 'unknown_sample' });
  });

  it('has no run outside the project’s own', async () => {
    const error = await failed(ask(call(), Server.jobEvents, { project, run: '../../etc', limit: 10 }));
    expect(error.code).toBe('unknown_run');
  });

  it('ends when its editor does, and wrote nothing but the protocol', async () => {
    expect(await server.stop()).toBe(0);
    expect(server.errors()).toBe('');
    expect(existsSync(join(config, 'endpoints.yaml'))).toBe(false);
    rmSync(config, { recursive: true });
  });
});
