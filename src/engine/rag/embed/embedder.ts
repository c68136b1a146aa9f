/** Turns texts into vectors of one length, L2-normalised, so that the dot product is the cosine. */
export interface Embedder {
  /** Identity of the vectors: same id, same vectors. Endpoint, key and query prefix stay out of it. */
  readonly id: string;
  /** For people: model and where it runs. */
  readonly label: string;
  /** Put before queries; a part of the identity of a retrieval, not of the index. */
  readonly queryPrefix: string;
  /** Texts of one request. */
  readonly batch: number;
  /** Batches that may be under way together. */
  readonly parallel: number;
  /** Longest text in tokens, where it is known; what is longer is cut at its end. */
  readonly maxTokens?: number;
  /** Texts that were cut so far. */
  readonly truncated: number;
  /** @throws RetrievalProblem, AbortError */
  embed(texts: readonly string[], role: 'query' | 'document', signal?: AbortSignal): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/** The vector with length 1; undefined for one without direction (zeros, NaN), which no search could rank. */
export function normalised(vector: ArrayLike<number>): Float32Array | undefined {
  let sum = 0;
  for (let at = 0; at < vector.length; at += 1) sum += (vector[at] ?? 0) ** 2;
  const length = Math.sqrt(sum);
  if (!Number.isFinite(length) || length === 0) return undefined;
  const unit = new Float32Array(vector.length);
  for (let at = 0; at < unit.length; at += 1) unit[at] = (vector[at] ?? 0) / length;
  return unit;
}
