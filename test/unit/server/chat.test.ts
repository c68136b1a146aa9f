import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChatServer, type Exchange } from '../../../src/contract/conversation.ts';
import { Pushed } from '../../../src/contract/rpc.ts';
import { asFailure, ask } from '../../../src/contract/rpcConnection.ts';
import { createJob, recordProcess } from '../../../src/engine/jobs/index.ts';
import { buildIndex } from '../../../src/engine/rag/index.ts';
import { type StreamingServer, streamingServer } from '../../fixtures/streamingServer.ts';
import { ragProject } from '../rag/ragProject.ts';
import { bundleServer, type RunningServer, startServer } from './serverProcess.ts';

describe('a talk with a served checkpoint', () => {
  let made: Awaited<ReturnType<typeof ragProject>>;
  let bundle: Awaited<ReturnType<typeof bundleServer>>;
  let server: RunningServer;
  let model: StreamingServer;
  let job: ChildProcess;
  let run = '';
  let told: { revision: number; exchange: Exchange }[] = [];
  const looking = new Set<() => void>();

  beforeAll(async () => {
    bundle = await bundleServer();
    model = await streamingServer(2048);
    made = await ragProject(
      {
        'docs/bridge.md': '# Bridge\n\nOsmer built the bridge of Varn in 1871.\n',
        'docs/bread.md': '# Bread\n\nRye bread is baked on Fridays in the oven of the mill.\n',
      },
      { retrieval: '{embedder: {endpoint: none}, mode: text, top_k: 1}' },
    );
    run = await servedRun();
    server = startServer(bundle.program);
    server.connection.onNotification(Pushed.exchangeChanged, (push) => {
      expect(push).toMatchObject({ project: made.root, run });
      told.push(push);
      for (const look of looking) look();
    });
  }, 60_000);
  afterAll(async () => {
    job?.kill('SIGKILL');
    if (server?.child.exitCode === null) await server.stop();
    model?.close();
    bundle?.remove();
    await rm(made.root, { recursive: true, force: true });
  });

  /** A run directory as the worker leaves it once its model answers, with a process that lives. */
  async function servedRun(): Promise<string> {
    const { dir, run, spec } = await createJob(made.project, {
      kind: 'serve',
      title: 'Serve',
      params: { model: 'm', model_path: 'nowhere', port: 0 },
    });
    job = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
    await once(job, 'spawn');
    await recordProcess(dir, job.pid ?? 0);
    const events = [
      {
        type: 'hello',
        schema: 'smt-events/1',
        kind: 'serve',
        host: hostname(),
        pid: job.pid,
        versions: {},
        spec_sha256: '',
      },
      { type: 'artifact', kind: 'endpoint', path: model.url, sha256: '0', bytes: 0 },
    ];
    for (const [at, event] of events.entries())
      appendFileSync(
        join(dir, 'events.jsonl'),
        `${JSON.stringify({ v: 1, seq: at + 1, ts: 1, run, attempt: 1, ...event })}\n`,
      );
    const status = {
      v: 1,
      run,
      kind: 'serve',
      title: 'Serve',
      state: 'running',
      phase: 'serve',
      created: spec.created,
    };
    writeFileSync(
      join(dir, 'status.json'),
      JSON.stringify({ ...status, updated: 1, pid: job.pid, host: hostname(), attempt: 1, last_seq: 2 }),
    );
    return run;
  }

  const of = () => ({ project: made.root, run });
  const say = async (question: string, grounding: 'closed_book' | 'rag' = 'closed_book') =>
    (await ask(server.connection, ChatServer.ask, { ...of(), question, grounding, keys: {} })).id;
  /** Waits for a pushed state of an exchange. */
  const until = (id: number, is: (exchange: Exchange) => boolean) =>
    new Promise<Exchange>((done) => {
      const look = () => {
        const last = told.findLast(({ exchange }) => exchange.id === id)?.exchange;
        if (!last || !is(last)) return;
        looking.delete(look);
        done(last);
      };
      looking.add(look);
      look();
    });
  const ended = (exchange: Exchange) => ['done', 'stopped', 'failed'].includes(exchange.answering.state);

  it('tells the answer as it is written, whole each time, with its pace at the end', async () => {
    const id = await say('When was the bridge built?');
    const answering = await model.next();
    expect(answering.body.messages).toEqual([{ role: 'user', content: 'When was the bridge built?' }]);
    answering.piece('In ');
    await until(id, ({ answer, answering: { state } }) => answer === 'In ' && state === 'writing');
    answering.piece('1871.');
    answering.end('stop', 4);
    const done = await until(id, ended);
    expect(done).toMatchObject({
      answer: 'In 1871.',
      answering: { state: 'done', cut: false },
      passages: [],
      notes: [],
    });
    expect(done.pace).toMatchObject({ tokens: 4, exact: true });
    const revisions = told.map(({ revision }) => revision);
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    expect((await ask(server.connection, ChatServer.conversation, of())).exchanges).toEqual([done]);
  });

  it('goes on with what was said before', async () => {
    const id = await say('By whom?');
    const answering = await model.next();
    expect(answering.body.messages.map(({ content }) => content)).toEqual([
      'When was the bridge built?',
      'In 1871.',
      'By whom?',
    ]);
    answering.end('stop', 0);
    await until(id, ended);
  });

  it('says where there is no index, and keeps the question', async () => {
    const exchange = await until(await say('Who built it?', 'rag'), ended);
    expect(exchange.answering).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('no retrieval index'),
    });
    expect(exchange.question).toBe('Who built it?');
  });

  it('shows passages of the project’s own index to the model, and which; a stale index is said', async () => {
    await buildIndex(made.project, { keys: {}, setUp: false });
    const id = await say('Who built the bridge of Varn?', 'rag');
    const answering = await model.next();
    const prompt = answering.body.messages.at(-1)?.content ?? '';
    expect(prompt).toContain('Osmer built the bridge of Varn in 1871.');
    expect(prompt.trimEnd().endsWith('Who built the bridge of Varn?')).toBe(true);
    answering.piece('Osmer.');
    answering.end('stop', 2);
    const { passages, notes } = await until(id, ended);
    expect(passages).toHaveLength(1);
    expect(passages[0]).toMatchObject({ document: 'docs/bridge.md', rank: 1, text_match: { rank: 1 } });
    expect(notes).toEqual([]);

    const read = new Promise((resolve) => server.connection.onNotification(Pushed.corpusChanged, resolve));
    await made.write('docs/ferry.md', '# Ferry\n\nThe ferry of Low Harrow crosses twice a day.\n');
    await read;
    const again = await say('Who built the bridge of Varn?', 'rag');
    (await model.next()).end('stop', 0);
    expect((await until(again, ended)).notes).toEqual(['The index is stale: Documents since then: 1 new.']);
  });

  it('keeps what was written when it is stopped, and tells the server', async () => {
    const id = await say('Tell me everything.');
    const answering = await model.next();
    answering.piece('First of all');
    await until(id, ({ answer }) => answer !== '');
    const busy = await say('And?').catch(asFailure);
    expect(busy).toMatchObject({ code: 'busy' });
    await ask(server.connection, ChatServer.stop, of());
    const stopped = await until(id, ended);
    expect(stopped).toMatchObject({ answer: 'First of all', answering: { state: 'stopped' } });
    await answering.left;
  });

  it('says what the served model said when it fails', async () => {
    model.refuse(400, '3000 prompt tokens do not fit a context of 2048');
    const failed = await until(await say('Again?'), ended);
    expect(failed.answering).toMatchObject({ state: 'failed', message: expect.stringContaining('do not fit') });
  });

  it('forgets everything when a new chat begins', async () => {
    expect((await ask(server.connection, ChatServer.clear, of())).exchanges).toEqual([]);
    told = [];
    const id = await say('Hello?');
    const answering = await model.next();
    expect(answering.body.messages).toHaveLength(1);
    answering.end('stop', 0);
    await until(id, ended);
  });

  it('sends nothing when the job has ended', async () => {
    const gone = once(job, 'exit');
    job.kill('SIGKILL');
    await gone;
    expect(await say('Still there?').catch(asFailure)).toMatchObject({ code: 'not_served' });
  });
});
