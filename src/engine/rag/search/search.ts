import type { Chunk, RetrievalSettings, RetrievedChunk } from '../../../contract/retrieval.ts';
import type { Embedder } from '../embed/embedder.ts';
import { RetrievalProblem } from '../problem.ts';
import { inPieces, type Reranker } from '../rerank/reranker.ts';
import { bodyOf } from '../store/chunkRow.ts';
import { byScore, type ChunkTable, type Found, type Hit } from '../store/chunkTable.ts';
import { type RetrievalQuery, wholeQuery } from '../types.ts';
import { reciprocalRankFusion } from './reciprocalRank.ts';
import { ScoreCache } from './scoreCache.ts';

export interface SearchParts {
  table: ChunkTable;
  folder: string;
  fingerprint: string;
  mode: RetrievalSettings['mode'];
  settings: RetrievalSettings;
  /** Whether what was found is remembered on disk. */
  writes: boolean;
  reranker: Reranker | undefined;
  /** At the first query that needs one: a server may have to be started. */
  openEmbedder: () => Promise<Embedder | undefined>;
  signal: AbortSignal | undefined;
}

/** Chunks by stage for one query. */
interface Stages {
  vector?: readonly Hit[];
  text?: readonly Hit[];
  fused?: readonly Hit[];
  rerank?: readonly Hit[];
}

/** Queries searched together: LanceDB and a reranker work on several while an embedder fills a batch. */
const PARALLEL = 4;
/** Queries whose candidates are in memory together, with the chunks' texts. */
const GROUP = 64;

/** The stages of one retrieval, each through its cache. */
export class Search {
  readonly #parts: SearchParts;
  readonly #vectors: ScoreCache;
  readonly #texts: ScoreCache;
  readonly #reranked: ScoreCache;
  #embedder: Promise<Embedder | undefined> | undefined;

  constructor(parts: SearchParts) {
    this.#parts = parts;
    const { folder, fingerprint, writes, settings, reranker } = parts;
    const { candidates, embedder } = settings;
    this.#vectors = new ScoreCache(folder, fingerprint, ['vector', candidates, embedder.query_prefix], writes);
    this.#texts = new ScoreCache(folder, fingerprint, ['text', candidates], writes);
    this.#reranked = new ScoreCache(folder, fingerprint, ['rerank', reranker?.id ?? ''], writes);
  }

  async retrieve(queries: readonly RetrievalQuery[]): Promise<RetrievedChunk[][]> {
    const { mode, signal } = this.#parts;
    const different = [...new Map(queries.map((query) => [keyOf(query), query])).values()];
    const best = new Map<string, RetrievedChunk[]>();
    for (let from = 0; from < different.length; from += GROUP) {
      const group = different.slice(from, from + GROUP);
      const vectors = mode === 'text' ? new Map<string, Found>() : await this.#byVector(group.map(wholeQuery));
      await inPieces(group, { size: 1, parallel: PARALLEL }, async (piece) => {
        signal?.throwIfAborted();
        for (const query of piece) best.set(keyOf(query), await this.#best(query, vectors.get(wholeQuery(query))));
        return [];
      });
    }
    return queries.map((query) => best.get(keyOf(query)) ?? []);
  }

  async chunk(id: string): Promise<Chunk> {
    const chunk = (await this.#parts.table.chunks([id])).get(id);
    if (chunk) return chunk;
    throw new RetrievalProblem(
      'unknown',
      `The index has no chunk "${id}". It was built again since, or its document has changed.`,
    );
  }

  async close(): Promise<void> {
    await this.#parts.reranker?.close();
    await (await this.#embedder?.catch(() => undefined))?.close();
  }

  async #best(query: RetrievalQuery, vector: Found | undefined): Promise<RetrievedChunk[]> {
    const { mode, settings, table, reranker } = this.#parts;
    const stages: Stages = { ...(vector ? { vector: vector.hits } : {}) };
    const text = mode === 'vector' ? undefined : await this.#byText(query);
    if (text) stages.text = text.hits;
    let order: readonly Hit[] = stages.text ?? stages.vector ?? [];
    if (stages.text && stages.vector) {
      order = reciprocalRankFusion([stages.vector, stages.text]).slice(0, settings.candidates);
      stages.fused = order;
    }
    // Of a search without a reranker only the chunks that are shown are read.
    const wanted = reranker ? order : order.slice(0, settings.top_k);
    const chunks = new Map(wanted.map(({ id }) => [id, vector?.chunk(id) ?? text?.chunk(id)]));
    const unread = [...chunks].filter(([, chunk]) => chunk === undefined).map(([id]) => id);
    if (unread.length > 0) for (const [id, chunk] of await table.chunks(unread)) chunks.set(id, chunk);
    if (reranker) {
      const passages = order.flatMap(({ id }) => chunks.get(id) ?? []);
      stages.rerank = await this.#rerank(reranker, wholeQuery(query), passages);
      order = stages.rerank;
    }
    const places = placesOf(stages);
    return order.slice(0, settings.top_k).flatMap(({ id }, index) => {
      const chunk = chunks.get(id);
      return chunk ? [{ ...chunk, rank: index + 1, ...places(id) }] : [];
    });
  }

  /** Vectors of all queries that are not remembered, embedded in batches; then one search each. */
  async #byVector(texts: readonly string[]): Promise<Map<string, Found>> {
    const { table, settings, signal } = this.#parts;
    const found = new Map<string, Found>();
    const fresh: string[] = [];
    for (const text of texts) {
      const known = await this.#vectors.get(text);
      if (known) found.set(text, remembered(known));
      else fresh.push(text);
    }
    if (fresh.length === 0) return found;
    this.#embedder ??= this.#parts.openEmbedder();
    const embedder = await this.#embedder;
    if (!embedder) throw new RetrievalProblem('settings', 'There is no embedder to search by vectors with.');
    await inPieces(fresh, { size: embedder.batch, parallel: embedder.parallel }, async (batch) => {
      const vectors = await embedder.embed(batch, 'query', signal);
      for (const [index, text] of batch.entries()) {
        const vector = vectors[index];
        if (!vector) continue;
        const near = await table.nearest(vector, settings.candidates);
        found.set(text, near);
        await this.#vectors.put(text, near.hits);
      }
      return [];
    });
    return found;
  }

  async #byText(query: RetrievalQuery): Promise<Found> {
    const known = await this.#texts.get(keyOf(query));
    if (known) return remembered(known);
    const found = await this.#parts.table.matching(query, this.#parts.settings.candidates);
    await this.#texts.put(keyOf(query), found.hits);
    return found;
  }

  async #rerank(reranker: Reranker, query: string, passages: readonly Chunk[]): Promise<Hit[]> {
    const known = new Map((await this.#reranked.get(query))?.map(({ id, score }) => [id, score]));
    const fresh = passages.filter(({ id }) => !known.has(id));
    if (fresh.length > 0) {
      const scores = await reranker.score(query, fresh.map(bodyOf), this.#parts.signal);
      for (const [index, { id }] of fresh.entries()) known.set(id, scores[index] ?? Number.NEGATIVE_INFINITY);
      await this.#reranked.put(
        query,
        [...known].map(([id, score]) => ({ id, score })),
      );
    }
    return passages.map(({ id }) => ({ id, score: known.get(id) ?? Number.NEGATIVE_INFINITY })).sort(byScore);
  }
}

/** The same words are another search where some of them are context. */
const keyOf = ({ context, text }: RetrievalQuery): string => (context ? `${context}\0${text}` : text);

/** The cache keeps ids and scores; the chunks are read from the table. */
function remembered(hits: readonly Hit[]): Found {
  return { hits, chunk: () => undefined };
}

/** Score and 1-based rank of a chunk in every stage that saw it. */
function placesOf({ vector, text, fused, rerank }: Stages) {
  const places = (hits: readonly Hit[] | undefined) =>
    new Map(hits?.map(({ id, score }, index) => [id, { score, rank: index + 1 }]));
  const [byVector, byText, byBoth, byReranker] = [vector, text, fused, rerank].map(places);
  return (id: string) => {
    const [one, two, three, four] = [byVector?.get(id), byText?.get(id), byBoth?.get(id), byReranker?.get(id)];
    return {
      ...(one ? { vector: one } : {}),
      ...(two ? { text_match: two } : {}),
      ...(three ? { fused: three } : {}),
      ...(four ? { rerank: four } : {}),
    };
  };
}
