import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RetrievalOverride } from '../../../src/contract/retrieval.ts';
import { openProjectCorpus } from '../../../src/engine/generate/projectCorpus.ts';
import { recordConsent } from '../../../src/engine/llm/index.ts';
import type { Project } from '../../../src/engine/project/index.ts';
import { buildIndex, indexState, openRetriever, RetrievalProblem } from '../../../src/engine/rag/index.ts';
import { outdatedKeys, readManifest, retrievalFolder, TABLE_VERSION } from '../../../src/engine/rag/store/manifest.ts';
import { EmbeddingServer, embeddingOf } from './embeddingServer.ts';
import { ragProject } from './ragProject.ts';

const DOCUMENTS = {
  'docs/bridge.md':
    '# The bridge\n\nOsmer built the bridge of Varn in 1871.\n\nIts stones came from the quarry at Hesk.',
  'docs/ferry.md': '# The ferry\n\nBefore the bridge a ferry crossed the Lunt.\n\nIts last ferryman was called Quill.',
  'docs/mill.md': '# The mill\n\nThe mill of Varn grinds barley.',
};
const RETRIEVAL = '{chunk_size: 64, embedder: {endpoint: bag}, candidates: 20, top_k: 3}';

let server: EmbeddingServer;
const roots: string[] = [];
beforeEach(async () => {
  server = await new EmbeddingServer().start();
});
afterEach(async () => {
  await server.close();
  for (const root of roots.splice(0)) await rm(root, { recursive: true, force: true });
});

async function made(documents: Record<string, string> = DOCUMENTS, retrieval = RETRIEVAL) {
  const all = await ragProject(documents, { retrieval, endpoints: { bag: server.url } });
  roots.push(all.root);
  return all;
}

const build = (project: Project, settings: RetrievalOverride = {}) =>
  buildIndex(project, { settings, keys: {}, setUp: false });

async function stateOf(project: Project, settings: RetrievalOverride = {}) {
  const { corpus, counter } = await openProjectCorpus(project);
  await counter.close();
  return indexState(project, corpus, { settings });
}

async function found(project: Project, query: string, settings: RetrievalOverride = {}) {
  const retriever = await openRetriever(project, { settings, keys: {} });
  try {
    const [chunks = []] = await retriever.retrieve([{ id: 'q', text: query }]);
    return { chunks, retriever };
  } finally {
    await retriever.close();
  }
}

/** What was thrown, as a problem of this room. */
async function problemOf(work: Promise<unknown>): Promise<RetrievalProblem> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof RetrievalProblem) return error;
  throw new Error(`expected a problem, got ${String(error)}`);
}

describe('building and searching', () => {
  it('indexes every chunk with header, offsets and vector, and finds it with the score of each stage', async () => {
    const { project } = await made();
    expect(await stateOf(project)).toMatchObject({ state: 'none' });
    const built = await build(project);
    expect(built).toMatchObject({ documents: 3, dimension: 24, embedder: 'bag-of-words (bag)', removed: 0 });
    expect(built.chunks).toBe(built.added);
    expect(await stateOf(project)).toMatchObject({
      state: 'ready',
      chunks: built.chunks,
      fingerprint: built.fingerprint,
    });
    // A header stands before each text that is embedded; the first request only asks for the dimension.
    expect(server.embedded.slice(1)).toContain('The mill\n\n# The mill\n\nThe mill of Varn grinds barley.');

    const { chunks, retriever } = await found(project, 'Who built the bridge of Varn?');
    expect(retriever.mode).toBe('hybrid');
    expect(chunks[0]).toMatchObject({ rank: 1, document: 'docs/bridge.md', header: 'The bridge', fused: { rank: 1 } });
    expect(chunks[0]?.text).toContain('Osmer built the bridge');
    expect(chunks.map(({ rank }) => rank)).toEqual([1, 2, 3]);
    const { corpus, counter } = await openProjectCorpus(project);
    await counter.close();
    for (const chunk of chunks) {
      expect((await corpus.text(chunk.document)).slice(chunk.start, chunk.end)).toBe(chunk.text);
      expect(chunk.fused?.score).toBeCloseTo(
        (chunk.vector ? 1 / (60 + chunk.vector.rank) : 0) + (chunk.text_match ? 1 / (60 + chunk.text_match.rank) : 0),
        12,
      );
    }
  });

  it('embeds again only what changed: a new, a changed and a removed document', async () => {
    const { project, write, remove } = await made();
    const first = await build(project);
    const embeddedFirst = server.embedded.length;
    expect(await build(project)).toMatchObject({ added: 0, removed: 0, fingerprint: first.fingerprint });
    expect(server.embedded.slice(embeddedFirst)).toEqual(['dimension']);

    await write('docs/mill.md', '# The mill\n\nThe mill of Varn burned down in 1902.');
    await write('docs/school.md', '# The school\n\nThe school has one teacher.');
    await remove('docs/ferry.md');
    expect(await stateOf(project)).toMatchObject({
      state: 'stale',
      reason: 'Documents since then: 1 new, 1 changed, 1 removed.',
    });
    const embedded = server.embedded.length;
    const second = await build(project);
    expect(second).toMatchObject({ added: 2, removed: 2, documents: 3 });
    expect(second.fingerprint).not.toBe(first.fingerprint);
    expect(server.embedded.slice(embedded + 1).sort()).toEqual([
      'The mill\n\n# The mill\n\nThe mill of Varn burned down in 1902.',
      'The school\n\n# The school\n\nThe school has one teacher.',
    ]);
    const { chunks } = await found(project, 'ferryman Quill barley', { top_k: 20 });
    expect(chunks.map(({ document }) => document)).not.toContain('docs/ferry.md');
    expect(chunks.some(({ text }) => text.includes('barley'))).toBe(false);
  });

  it('keeps one table for each chunking and embedder, beside the samples', async () => {
    const { project } = await made();
    await build(project);
    await build(project, { chunk_size: 200 });
    await build(project, { embedder: { endpoint: 'none', query_prefix: '' } });
    const tables = (await readdir(retrievalFolder(project.paths))).filter((name) => name.endsWith('.lance'));
    expect(tables).toHaveLength(3);
    expect((await found(project, 'bridge', { chunk_size: 200 })).chunks[0]?.text.length).toBeGreaterThan(64);
  });

  it('a model of another dimension behind the same name: built again, not mixed', async () => {
    const { project, write } = await made();
    await build(project);
    server.dimension = 32;
    await write('docs/school.md', 'One teacher.');
    const again = await build(project);
    expect(again).toMatchObject({ dimension: 32, added: again.chunks });
  });

  it('counts in the student’s tokens where that is the unit', async () => {
    const { project } = await made(DOCUMENTS, '{chunk_unit: tokens, chunk_size: 32, embedder: {endpoint: none}}');
    const { chunks } = await build(project);
    expect(chunks).toBeGreaterThanOrEqual(3);
    expect((await found(project, 'barley')).chunks[0]?.document).toBe('docs/mill.md');
  });
});

describe('without vectors', () => {
  it('full text works before any model is there; hybrid becomes full text and says so; vector refuses', async () => {
    const { project } = await made();
    await build(project, { embedder: { endpoint: 'none', query_prefix: '' } });
    expect(server.requests).toHaveLength(0);
    const { chunks, retriever } = await found(project, 'Who built the bridge?');
    expect(retriever.mode).toBe('text');
    expect(retriever.notes.join(' ')).toMatch(/no vectors of the embedder "bag".*BM25/);
    expect(chunks[0]?.document).toBe('docs/bridge.md');
    expect(chunks[0]?.vector).toBeUndefined();
    expect((await problemOf(found(project, 'x', { mode: 'vector' }))).message).toMatch(/Build it again/);
    expect(await stateOf(project)).toMatchObject({
      state: 'stale',
      reason: expect.stringMatching(/full-text search only/),
    });
  });

  it('says what to do where nothing is built, and where there is no document', async () => {
    const { project } = await made();
    expect(await problemOf(found(project, 'x'))).toMatchObject({
      code: 'no_index',
      message: expect.stringMatching(/smt index/),
    });
    const { project: empty } = await made({});
    expect((await problemOf(build(empty))).message).toMatch(/No document to read/);
  });
});

describe('an interrupted build', () => {
  const many = Object.fromEntries(
    Array.from({ length: 40 }, (_, at) => [`docs/${at}.md`, `Document number ${at} tells of the matter ${at * 7}.`]),
  );

  it('keeps what was embedded, says that it is partial, and embeds only the rest', async () => {
    const { project } = await made(many);
    const stop = new AbortController();
    // Which models, which dimension, one batch; the second batch is never answered.
    server.fault = ({ number }) => (number >= 4 ? { hold: true } : undefined);
    const stopped = buildIndex(project, {
      keys: {},
      setUp: false,
      signal: stop.signal,
      onProgress: (step) => step.phase === 'embed' && step.done > 0 && stop.abort(),
    });
    await expect(stopped).rejects.toThrow(/abort/i);
    expect(await stateOf(project)).toMatchObject({ state: 'partial' });
    const kept = new Set(
      server.requests.slice(2, 3).flatMap(({ body }) => (Array.isArray(body.input) ? body.input.map(String) : [])),
    );
    server.fault = undefined;
    const before = server.embedded.length;
    const built = await build(project);
    expect(built.chunks).toBe(40);
    const again = server.embedded.slice(before + 1);
    // The batch that had been answered is not embedded a second time.
    expect(again).toHaveLength(8);
    expect(built.added).toBe(8);
    expect(kept.size).toBe(32);
    expect(again.filter((text) => kept.has(text))).toEqual([]);
    expect(await stateOf(project)).toMatchObject({ state: 'ready', chunks: 40 });
  });

  it('after an endpoint that fails for good: what was embedded is kept as well', async () => {
    const { project } = await made(many);
    server.fault = ({ number }) => (number >= 4 ? { status: 401, body: { error: { message: 'bad key' } } } : undefined);
    expect(await problemOf(build(project))).toMatchObject({ code: 'key', message: expect.stringMatching(/bad key/) });
    server.fault = undefined;
    expect((await build(project)).added).toBe(8);
  });

  it('a manifest that a crash left half written is no manifest: everything is built again', async () => {
    const { project } = await made();
    await build(project);
    const folder = retrievalFolder(project.paths);
    const file = (await readdir(folder)).find((name) => name.endsWith('.json')) ?? '';
    await writeFile(join(folder, file), (await readFile(join(folder, file), 'utf8')).slice(0, 100));
    expect(await stateOf(project)).toMatchObject({ state: 'none' });
    const built = await build(project);
    expect(built.added).toBe(built.chunks);
  });

  it('an index of a newer version is refused, not misread', async () => {
    const { project } = await made();
    await build(project);
    const folder = retrievalFolder(project.paths);
    const file = (await readdir(folder)).find((name) => name.endsWith('.json')) ?? '';
    const text = await readFile(join(folder, file), 'utf8');
    await writeFile(join(folder, file), text.replace(/"table_version":\d+/, `"table_version":${TABLE_VERSION + 1}`));
    const key = file.slice('chunks_'.length, -'.json'.length);
    expect(await problemOf(readManifest(folder, key))).toMatchObject({ code: 'newer' });
    expect(await outdatedKeys(folder)).toEqual([]);
  });

  it('one of an older version is not read, and known as left over', async () => {
    const { project } = await made();
    await build(project);
    const folder = retrievalFolder(project.paths);
    const file = (await readdir(folder)).find((name) => name.endsWith('.json')) ?? '';
    const text = await readFile(join(folder, file), 'utf8');
    await writeFile(join(folder, file), text.replace(/"table_version":\d+/, '"table_version":1'));
    const key = file.slice('chunks_'.length, -'.json'.length);
    expect(await stateOf(project)).toMatchObject({ state: 'none' });
    expect(await outdatedKeys(folder)).toEqual([key]);
  });
});

describe('an endpoint that misbehaves', () => {
  it('is asked for less at once after it refused a batch for its size', async () => {
    const { project } = await made(
      Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`docs/${at}.md`, `Matter ${at}.`])),
    );
    server.fault = ({ body }) =>
      Array.isArray(body.input) && body.input.length > 8
        ? { status: 413, body: { error: 'batch size 32 > maximum 8' } }
        : undefined;
    expect(await build(project)).toMatchObject({ chunks: 40, added: 40 });
  });

  it('is waited for as long as Retry-After says', async () => {
    const { project } = await made();
    let refused = 0;
    server.fault = ({ number }) => {
      if (number !== 3 && number !== 4) return undefined;
      refused += 1;
      return { status: 429, headers: { 'retry-after-ms': '40' }, body: { error: { message: 'slow down' } } };
    };
    expect((await build(project)).added).toBeGreaterThan(0);
    expect(refused).toBe(2);
  });

  it.each([
    ['too few vectors', { data: [] }, /0 vectors for 1 texts/],
    ['no list', { embeddings: [[1, 2]] }, /no list "data"/],
    ['a vector of zeros', { data: [{ index: 0, embedding: [0, 0, 0] }] }, /zero/],
    ['words instead of numbers', { data: [{ index: 0, embedding: ['a', 'b'] }] }, /not a list of numbers/],
    ['an index out of range', { data: [{ index: 7, embedding: [1, 2] }] }, /index 7/],
  ])('%s: said plainly, nothing is stored', async (_, body, message) => {
    const { project } = await made();
    server.fault = ({ path }) => (path === '/v1/embeddings' ? { body } : undefined);
    expect(await problemOf(build(project))).toMatchObject({
      code: 'malformed',
      message: expect.stringMatching(message),
    });
    expect(await stateOf(project)).toMatchObject({ state: 'none' });
  });

  it('reads base64 vectors, which some servers send whatever was asked for', async () => {
    const { project } = await made();
    await build(project);
    const plain = await found(project, 'ferry');
    const { project: second } = await made();
    server.fault = ({ path, body }) => {
      if (path !== '/v1/embeddings' || !Array.isArray(body.input)) return undefined;
      return {
        body: {
          data: body.input.map((text, index) => ({
            index,
            embedding: Buffer.from(Float32Array.from(embeddingOf(String(text))).buffer).toString('base64'),
          })),
        },
      };
    };
    await build(second);
    const coded = await found(second, 'ferry');
    expect(coded.chunks.map(({ id, vector }) => [id, vector?.score.toFixed(5)])).toEqual(
      plain.chunks.map(({ id, vector }) => [id, vector?.score.toFixed(5)]),
    );
  });

  it('does not follow a redirect, and says where it pointed', async () => {
    const { project } = await made();
    server.fault = ({ path }) =>
      path === '/v1/embeddings'
        ? { status: 307, headers: { location: 'http://elsewhere.test/' }, body: {} }
        : undefined;
    expect(await problemOf(build(project))).toMatchObject({
      code: 'endpoint',
      message: expect.stringMatching(/elsewhere\.test/),
    });
  });
});

describe('what leaves the machine', () => {
  it('nothing goes to an origin nobody agreed to, not even the question which models it has', async () => {
    const away = server.url.replace('127.0.0.1', 'smt-remote.test');
    const { project, root } = await ragProject(DOCUMENTS, {
      retrieval: '{embedder: {endpoint: away}}',
      endpoints: { away },
    });
    roots.push(root);
    const refused = await problemOf(build(project));
    expect(refused).toMatchObject({ code: 'consent', message: expect.stringMatching(/smt-remote\.test.*--send-to/) });
    expect(server.requests).toHaveLength(0);
    await recordConsent(new URL(away).origin);
    // Agreed to: now it is tried (and the invented name cannot be reached).
    expect((await problemOf(build(project))).code).toBe('endpoint');
  });

  it('a key goes to its own origin only', async () => {
    const { project } = await made();
    await buildIndex(project, { keys: { 'http://127.0.0.1:1': 'other' }, setUp: false });
    expect(server.requests.every(({ authorization }) => authorization === undefined)).toBe(true);
    await buildIndex(project, { keys: { [new URL(server.url).origin]: 'own' }, setUp: false, rebuild: true });
    expect(server.requests.at(-1)?.authorization).toBe('Bearer own');
  });

  it('the built-in embedder is never downloaded without a word', async () => {
    const { project } = await made(DOCUMENTS, '{}');
    const cache = process.env.SMT_CACHE;
    process.env.SMT_CACHE = join(project.root, 'cache');
    try {
      expect(await problemOf(build(project))).toMatchObject({
        code: 'builtin',
        message: expect.stringMatching(/download of \d+ MB|Python/),
      });
    } finally {
      if (cache === undefined) delete process.env.SMT_CACHE;
      else process.env.SMT_CACHE = cache;
    }
  });
});

describe('what is remembered', () => {
  it('the same question costs nothing a second time, whatever k is; another corpus is another memory', async () => {
    const { project, write } = await made();
    await build(project);
    const one = await found(project, 'Who built the bridge?');
    const asked = server.requests.length;
    const two = await found(project, 'Who built the bridge?', { top_k: 2 });
    expect(server.requests).toHaveLength(asked);
    expect(two.chunks).toEqual(one.chunks.slice(0, 2));
    const cache = join(retrievalFolder(project.paths), 'cache');
    const [file = ''] = await readdir(cache);
    await writeFile(join(cache, file), `${await readFile(join(cache, file), 'utf8')}{"v":1,"query":"torn`);
    expect((await found(project, 'Who built the bridge?')).chunks).toEqual(one.chunks);

    await write('docs/bridge.md', '# The bridge\n\nNobody remembers who built it.');
    await build(project);
    const three = await found(project, 'Who built the bridge?');
    expect(server.requests.length).toBeGreaterThan(asked);
    expect(three.retriever.fingerprint).not.toBe(one.retriever.fingerprint);
    expect(three.chunks.some(({ text }) => text.includes('Osmer'))).toBe(false);
  });

  it('puts the prefix before questions, not before documents', async () => {
    const { project } = await made(DOCUMENTS, '{chunk_size: 64, embedder: {endpoint: bag, query_prefix: "Query: "}}');
    await build(project);
    expect(server.embedded.some((text) => text.startsWith('Query: '))).toBe(false);
    await found(project, 'barley');
    expect(server.embedded.at(-1)).toBe('Query: barley');
  });
});
