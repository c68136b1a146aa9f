import type { Chunk, RetrievalSettings, RetrievedChunk } from '../../contract/retrieval.ts';

/** A question to retrieve for: the question block with its context line and options, without a reasoning suffix. */
export interface RetrievalQuery {
  id: string;
  /** What the question is about: title, company, period. Full text looks for it in the chunks' headers only. */
  context?: string;
  /** Question and options. */
  text: string;
}

/** What an embedder and a reranker read. */
export function wholeQuery({ context, text }: Pick<RetrievalQuery, 'context' | 'text'>): string {
  return context ? `${context}\n${text}` : text;
}

/** What is known of an index before anything is searched. */
export interface IndexSummary {
  state: 'partial' | 'stale' | 'ready';
  /** Why it should be built again, for a person; '' when ready. */
  reason: string;
  chunks: number;
  documents: number;
  /** Label of the embedder that made the vectors; null: full text alone. */
  embedder: string | null;
  dimension: number | null;
}

/** Finds passages for questions in one index. Close it when done. */
export interface Retriever {
  /** Identity of (corpus as indexed, chunking, embedder): part of request ids and of every cached retrieval. */
  readonly fingerprint: string;
  readonly state: IndexSummary;
  /** What is used: `hybrid` and `vector` become `text` where there are no vectors, and a note says so. */
  readonly mode: RetrievalSettings['mode'];
  /** Differences between what was asked for and what is done, for a person. */
  readonly notes: readonly string[];
  /**
   * The best `top_k` chunks a query, best first, `rank` from 1, with the score of each stage. (A prompt places the best
   * last.) Cached on disk with the reranker's scores; `top_k` is applied afterwards.
   * @throws RetrievalProblem, AbortError
   */
  retrieve(queries: readonly RetrievalQuery[]): Promise<RetrievedChunk[][]>;
  /** @throws RetrievalProblem where the index has no such chunk */
  chunk(id: string): Promise<Chunk>;
  close(): Promise<void>;
}
