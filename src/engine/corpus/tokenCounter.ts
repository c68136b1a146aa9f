import { type EncodingSource, loadEncoding } from './encoding.ts';
import { findTokenizer, type TokenizerSearch } from './tokenizerFile.ts';
import type { CountAnswer, CountRequest } from './tokenWorker.ts';
import type { TokenCounter } from './types.ts';
import { WorkerPool } from './workerPool.ts';

/** Up to this many characters are counted where they stand (some 20 ms); a worker's start would cost more. */
const INLINE_CHARACTERS = 20_000;
/** Characters of one worker request: small enough to share the work and to stop soon. */
const BATCH_CHARACTERS = 200_000;

/**
 * A counter in the student's tokens where its `tokenizer.json` is at hand, else a labelled estimate: `exact` and `by`
 * say which, and `by` why there is only an estimate. Never fails for want of a tokenizer.
 */
export async function openTokenCounter(search: TokenizerSearch): Promise<TokenCounter> {
  const found = await findTokenizer(search);
  if ('path' in found) {
    const source: EncodingSource = { kind: 'tokenizer', path: found.path };
    try {
      const { id, count } = await loadEncoding(source);
      return counter({ id, count, source, by: found.label, exact: true });
    } catch (error) {
      return estimate(`${found.path} cannot be used: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  // Only a configured path that is wrong is worth a word beside every count; having none is the normal case.
  return estimate(search.student.tokenizer === undefined ? undefined : found.missing);
}

/** Tokens by OpenAI's o200k vocabulary: the labelled estimate, and what windows are measured with. */
export function openEstimateCounter(): Promise<TokenCounter> {
  return estimate(undefined);
}

async function estimate(problem: string | undefined): Promise<TokenCounter> {
  const source: EncodingSource = { kind: 'o200k' };
  const { id, count } = await loadEncoding(source);
  return counter({
    id,
    count,
    source,
    by: problem ? `estimate (o200k): ${problem}` : 'estimate (o200k)',
    exact: false,
  });
}

function counter(options: {
  id: string;
  by: string;
  exact: boolean;
  count(text: string): number;
  source: EncodingSource;
}): TokenCounter {
  const { id, by, exact, count, source } = options;
  let pool: WorkerPool<CountRequest, CountAnswer> | undefined;
  return {
    id,
    by,
    exact,
    count,
    async countAll(texts, signal) {
      signal?.throwIfAborted();
      const characters = texts.reduce((sum, text) => sum + text.length, 0);
      if (characters <= INLINE_CHARACTERS) return texts.map(count);
      pool ??= new WorkerPool('tokenWorker', { workerData: source });
      const workers = pool;
      const counts = await Promise.all(batches(texts).map((batch) => workers.run(batch, signal)));
      return counts.flat();
    },
    async close() {
      await pool?.close();
      pool = undefined;
    },
  };
}

function batches(texts: readonly string[]): string[][] {
  const all: string[][] = [];
  let batch: string[] = [];
  let characters = 0;
  for (const text of texts) {
    if (batch.length > 0 && characters + text.length > BATCH_CHARACTERS) {
      all.push(batch);
      batch = [];
      characters = 0;
    }
    batch.push(text);
    characters += text.length;
  }
  if (batch.length > 0) all.push(batch);
  return all;
}
