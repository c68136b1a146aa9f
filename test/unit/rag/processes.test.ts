import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobStatus } from '../../../src/contract/events.ts';
import { RetrievedChunk } from '../../../src/contract/retrieval.ts';
import { RetrievalServer } from '../../../src/contract/retrievalRpc.ts';
import { Pushed, Server } from '../../../src/contract/rpc.ts';
import { asFailure, ask } from '../../../src/contract/rpcConnection.ts';
import { type RunningServer, startServer } from '../server/serverProcess.ts';
import { EmbeddingServer } from './embeddingServer.ts';
import { ragProject } from './ragProject.ts';

const tree = resolve(__dirname, '..', '..', '..');

/** Some 3,000 chunks of one document: more than one batch of rows. */
const LONG = Array.from({ length: 3000 }, (_, at) => `Matter ${at} was noted by the clerk.`).join('\n\n');

describe('server and job as processes of their own', () => {
  let outdir: string;
  let embeddings: EmbeddingServer;
  let made: Awaited<ReturnType<typeof ragProject>>;
  let server: RunningServer;
  let jobs: readonly JobStatus[] = [];
  const waiting = new Set<() => void>();

  beforeAll(async () => {
    const cache = join(tree, 'node_modules', '.cache');
    mkdirSync(cache, { recursive: true });
    outdir = mkdtempSync(join(cache, 'smt-rag-test-'));
    const { nodeBundle } = await import('../../../scripts/nodeBundle.mjs');
    await build({
      ...nodeBundle,
      absWorkingDir: tree,
      entryPoints: [
        'src/server.ts',
        'src/cli.ts',
        'src/engine/corpus/tokenWorker.ts',
        'src/engine/corpus/readWorker.ts',
      ],
      entryNames: '[name]',
      outdir,
      logLevel: 'error',
    });
    embeddings = await new EmbeddingServer().start();
    made = await ragProject(
      { 'docs/bridge.md': 'Osmer built the bridge of Varn in 1871.', 'docs/notes.md': LONG },
      { endpoints: { bag: embeddings.url }, retrieval: '{chunk_size: 48, embedder: {endpoint: bag}, top_k: 2}' },
    );
    server = startServer(join(outdir, 'server.js'));
    server.connection.onNotification(Pushed.jobsChanged, (pushed) => {
      jobs = pushed.jobs;
      for (const look of waiting) look();
    });
  }, 60_000);
  afterAll(async () => {
    if (server.child.exitCode === null) await server.stop();
    await embeddings.close();
    rmSync(outdir, { recursive: true, force: true });
    await rm(made.root, { recursive: true, force: true });
  });

  const of = () => ({ project: made.root });
  const failed = (work: Promise<unknown>) =>
    work.then(() => Promise.reject(new Error('expected a failure')), asFailure);
  /** Waits for a pushed state of a run. */
  const until = (run: string, is: (job: JobStatus) => boolean): Promise<JobStatus> =>
    new Promise((done) => {
      const look = () => {
        const job = jobs.find((each) => each.run === run);
        if (!job || !is(job)) return;
        waiting.delete(look);
        done(job);
      };
      waiting.add(look);
      look();
    });
  const start = () =>
    ask(server.connection, RetrievalServer.startIndex, {
      ...of(),
      params: { settings: {}, rebuild: false, tune: false },
      keys: {},
      title: 'Index',
    });

  it('says that nothing is indexed, and what to do', async () => {
    const overview = await ask(server.connection, RetrievalServer.overview, of());
    expect(overview).toMatchObject({
      state: { state: 'none' },
      indexed: [],
      needs: { origins: [], download_mb: null },
    });
    const asked = await failed(
      ask(server.connection, RetrievalServer.retrieve, { ...of(), query: 'x', settings: {}, keys: {} }),
    );
    expect(asked).toMatchObject({ code: 'no_index', message: expect.stringMatching(/Build Retrieval Index/) });
  });

  it('kill -9 in the middle: what was written stays, resume embeds the rest, one job at a time', {
    timeout: 120_000,
  }, async () => {
    // After some 2,400 chunks the endpoint says nothing more.
    embeddings.fault = ({ number }) => (number >= 78 ? { hold: true } : undefined);
    const { run } = await start();
    const running = await until(
      run,
      ({ state, progress }) => state === 'running' && progress?.unit === 'chunk' && progress.done >= 2100,
    );
    expect(running.progress?.total).toBeGreaterThan(2900);
    expect(await failed(start())).toMatchObject({ code: 'already_running' });
    process.kill(running.pid ?? 0, 'SIGKILL');
    await until(run, ({ state }) => state === 'lost');
    expect(await ask(server.connection, RetrievalServer.overview, of())).toMatchObject({ state: { state: 'partial' } });

    embeddings.fault = undefined;
    const before = embeddings.embedded.length;
    await ask(server.connection, Server.resumeJob, { ...of(), run, keys: {} });
    const ended = await until(run, ({ state }) => state === 'succeeded' || state === 'failed');
    expect(ended).toMatchObject({ state: 'succeeded', attempt: 2 });
    expect(embeddings.embedded.length - before).toBeLessThan(1100);
    expect(ended.message).toMatch(/chunks of 2 documents \(bag-of-words \(bag\), 24 dimensions\)/);
  });

  it('answers with ranked passages, and compares with another chunking only once it is indexed', async () => {
    const { state } = await ask(server.connection, RetrievalServer.overview, of());
    expect(state).toMatchObject({ state: 'ready', documents: 2 });
    const question = { ...of(), query: 'Who built the bridge of Varn?', keys: {} };
    const { chunks, mode } = await ask(server.connection, RetrievalServer.retrieve, { ...question, settings: {} });
    expect(mode).toBe('hybrid');
    expect(chunks[0]).toMatchObject({
      rank: 1,
      document: 'docs/bridge.md',
      text_match: { rank: 1 },
      fused: { rank: 1 },
    });
    const other = { settings: { chunk_size: 500 } };
    expect(await failed(ask(server.connection, RetrievalServer.retrieve, { ...question, ...other }))).toMatchObject({
      code: 'no_index',
    });
  });

  it('the terminal finds the same: words for people, one JSON object a line for programs, exit 2 with what to do', () => {
    const smt = (...args: string[]) =>
      spawnSync(process.execPath, [join(outdir, 'cli.js'), ...args, '--project', made.root], { encoding: 'utf8' });
    const told = smt('retrieve', 'Who mended the bridge of Varn?', '--mode', 'text', '--limit', '1');
    expect(told.status).toBe(0);
    expect(told.stdout).toMatch(
      /^1\. bridge \(docs\/bridge\.md, 0–39\)\n {3}text [\d.]+ \(#1\)\n {3}Osmer built the bridge of Varn in 1871\.\n$/,
    );
    const lines = smt('retrieve', 'clerk', '--mode', 'text', '--limit', '2', '--json').stdout.trim().split('\n');
    expect(lines.map((line) => RetrievedChunk.parse(JSON.parse(line)).rank)).toEqual([1, 2]);
    expect(smt('retrieve')).toMatchObject({ status: 2, stderr: expect.stringMatching(/the question/) });
    expect(smt('retrieve', 'x', '--chunk-size', '400')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/smt index/),
    });
    expect(smt('retrieve', 'x', '--mode', 'telepathy')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/--mode/),
    });
    const built = smt('index', '--chunk-size', '400', '--embedder', 'none');
    expect(built).toMatchObject({ status: 0, stdout: expect.stringMatching(/full text only/) });
  });

  it('in a folder nobody trusts asks nothing, starts nothing, and still shows what there is', async () => {
    const restricted = startServer(join(outdir, 'server.js'), { SMT_RESTRICTED: '1' });
    try {
      const asked = embeddings.requests.length;
      const query = ask(restricted.connection, RetrievalServer.retrieve, {
        ...of(),
        query: 'bridge',
        settings: {},
        keys: {},
      });
      expect(await failed(query)).toMatchObject({ code: 'restricted' });
      expect(await ask(restricted.connection, RetrievalServer.overview, of())).toMatchObject({
        state: { state: 'ready' },
      });
      expect(embeddings.requests).toHaveLength(asked);
    } finally {
      await restricted.stop();
    }
  });
});
