/**
 * Our retrieval beside bare LanceDB calls on the same table: CHUNKS chunks × 384 dimensions, 128 candidates, 8 passages.
 * Prints one JSON object. Arguments: folder, chunks, queries.
 */
import { connect } from '@lancedb/lancedb';
import { RetrievalSettings } from '../../src/contract/retrieval.ts';
import { normalised } from '../../src/engine/rag/embed/embedder.ts';
import { Search } from '../../src/engine/rag/search/search.ts';
import type { EmbeddedChunk } from '../../src/engine/rag/store/chunkRow.ts';
import { ChunkTable } from '../../src/engine/rag/store/chunkTable.ts';
import { ChunkWriter } from '../../src/engine/rag/store/chunkWriter.ts';

const [folder = '', chunks = '100000', asked = '40'] = process.argv.slice(2);
const [CHUNKS, QUERIES] = [Number(chunks), Number(asked)];
const [DIMENSION, CANDIDATES, TOP_K, NAME] = [384, 128, 8, 'chunks_bench'];
const MODES = ['vector', 'text', 'hybrid'] as const;
const COLUMNS = ['id', 'document', 'title', 'start', 'end', 'page', 'header', 'body'];

let seed = 1;
const random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};
const vector = (): Float32Array => {
  const made = normalised(Array.from({ length: DIMENSION }, () => random() - 0.5));
  if (!made) throw new Error('no direction');
  return made;
};
/** Words as frequent as in a language: the n-th with weight 1 / n, near enough. */
const words = (count: number) => Array.from({ length: count }, () => `w${Math.floor(20_000 ** random())}`).join(' ');

async function main() {
  const began = performance.now();
  const writer = new ChunkWriter(folder, NAME, undefined);
  for (let at = 0; at < CHUNKS; at += 2000) {
    const rows: EmbeddedChunk[] = Array.from({ length: Math.min(2000, CHUNKS - at) }, (_, index) => {
      const [document, start] = [`docs/${Math.floor((at + index) / 50)}.md`, ((at + index) % 50) * 1000];
      const chunk = { id: `${document}:${start}-${start + 900}`, document, title: 'A title', start, end: start + 900 };
      return { chunk: { ...chunk, header: 'A title', text: words(150) }, documentHash: 'h', vector: vector() };
    });
    await writer.put(rows);
  }
  const table = await writer.close();
  if (!table) throw new Error('nothing was written');
  const written = performance.now();
  await table.index(true);
  const indexed = performance.now();

  const queries = Array.from({ length: QUERIES }, (_, at) => ({ id: `q${at}`, text: words(12), vector: vector() }));
  const vectors = new Map(queries.map((query) => [query.text, query.vector]));
  const embedder = {
    ...{ id: 'known', label: 'known', queryPrefix: '', batch: 64, parallel: 1, truncated: 0 },
    embed: async (texts: readonly string[]) => texts.map((text) => vectors.get(text) ?? vector()),
    close: async () => {},
  };
  const reading = await ChunkTable.openToRead(folder, NAME);
  if (!reading) throw new Error('the table is gone');
  const search = (mode: (typeof MODES)[number]) =>
    new Search({
      ...{ table: reading, folder, fingerprint: 'bench', mode, writes: false, reranker: undefined, signal: undefined },
      settings: RetrievalSettings.parse({ mode, candidates: CANDIDATES, top_k: TOP_K }),
      openEmbedder: async () => embedder,
    });

  const bare = await (await connect(folder)).openTable(NAME);
  const byVector = (query: (typeof queries)[number]) =>
    bare
      .query()
      .nearestTo(query.vector)
      .distanceType('dot')
      .bypassVectorIndex()
      .select([...COLUMNS, '_distance'])
      .limit(CANDIDATES)
      .toArray();
  const byText = (query: (typeof queries)[number]) =>
    bare
      .query()
      .fullTextSearch(query.text, { columns: ['body'] })
      .select([...COLUMNS, '_score'])
      .limit(CANDIDATES)
      .toArray();
  const bareCalls = {
    vector: byVector,
    text: byText,
    hybrid: async (query: (typeof queries)[number]) => {
      await byVector(query);
      await byText(query);
    },
  };

  const result: Record<string, { bare_ms: number; ours_ms: number; ratio: number }> = {};
  for (const mode of MODES) {
    const [bareTimes, ourTimes]: [number[], number[]] = [[], []];
    // Both warm, then in turns: what else the machine does meets both alike.
    for (const [index, query] of [...queries.slice(0, 3), ...queries].entries()) {
      const ours = search(mode);
      const turns = [
        async () => timed(bareTimes, index >= 3, () => bareCalls[mode](query)),
        async () => timed(ourTimes, index >= 3, () => ours.retrieve([query])),
      ];
      for (const turn of index % 2 ? turns.reverse() : turns) await turn();
    }
    const [bare_ms, ours_ms] = [median(bareTimes), median(ourTimes)];
    result[mode] = { bare_ms, ours_ms, ratio: ours_ms / bare_ms };
  }
  const seconds = (ms: number) => Math.round(ms / 100) / 10;
  console.log(
    JSON.stringify({
      ...{ chunks: CHUNKS, dimension: DIMENSION, queries: QUERIES, candidates: CANDIDATES, top_k: TOP_K },
      ...{ write_s: seconds(written - began), index_s: seconds(indexed - written) },
      modes: result,
    }),
  );
}

async function timed(times: number[], counts: boolean, work: () => Promise<unknown>): Promise<void> {
  const began = performance.now();
  await work();
  if (counts) times.push(performance.now() - began);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return Math.round((sorted[sorted.length >> 1] ?? Number.NaN) * 100) / 100;
}

void main();
