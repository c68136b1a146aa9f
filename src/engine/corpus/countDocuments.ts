import type { CachedDocument } from './scanCache.ts';
import { openEstimateCounter } from './tokenCounter.ts';
import type { DocumentWindow, TokenCounter } from './types.ts';
import { splitWindows } from './windows.ts';

/** Characters of document text held in memory at a time. */
const BATCH_CHARACTERS = 4_000_000;

export interface CountOptions {
  /** Counts and windows that are new are written into these. */
  documents: readonly CachedDocument[];
  textOf(document: CachedDocument): Promise<string>;
  maxTokens: number;
  overlapTokens: number;
  /** The student's tokens: what budgets go by. */
  counter: TokenCounter;
  signal?: AbortSignal | undefined;
  onCounted?: ((done: number, total: number) => void) | undefined;
}

/**
 * What windows are measured with: always the same estimate, never the student's tokenizer. A tokenizer that turns up
 * later must not move windows, as their texts are part of every request's id and would be paid for again.
 */
const WINDOW_ENCODING = 'o200k';

/** Makes sure that every document has its tokens and windows; true if anything was new. */
export async function countDocuments(options: CountOptions): Promise<boolean> {
  const { documents, textOf, maxTokens, overlapTokens, counter, signal, onCounted } = options;
  const by = counter.id ?? counter.by;
  const key = `${WINDOW_ENCODING}/${maxTokens}/${overlapTokens}`;
  const missing = documents.filter(({ tokens, windows }) => tokens?.counter !== by || windows?.key !== key);
  if (missing.length === 0) return false;
  const windowCounter = by === WINDOW_ENCODING ? counter : await openEstimateCounter();
  try {
    let done = 0;
    for (const batch of batches(missing)) {
      const texts = await Promise.all(batch.map(textOf));
      const counts = await counter.countAll(texts, signal);
      const lengths = windowCounter === counter ? counts : await windowCounter.countAll(texts, signal);
      for (const [at, document] of batch.entries()) {
        const length = lengths[at] ?? 0;
        document.tokens = { counter: by, tokens: counts[at] ?? 0 };
        if (length <= maxTokens) document.windows = { key, spans: [[0, document.characters, length]] };
        else if (document.windows?.key !== key) {
          const limits = { maxTokens, overlapTokens, counter: windowCounter, signal };
          const windows = await splitWindows(texts[at] ?? '', limits);
          document.windows = { key, spans: windows.map(({ start, end, tokens }) => [start, end, tokens]) };
        }
        done += 1;
        onCounted?.(done, missing.length);
      }
    }
  } finally {
    if (windowCounter !== counter) await windowCounter.close();
  }
  return true;
}

/** The windows of a counted document: one over all of it where it fits. */
export function windowsOf(document: CachedDocument): DocumentWindow[] {
  const spans = document.windows?.spans ?? [[0, document.characters, document.tokens?.tokens ?? 0]];
  return spans.map(([start = 0, end = 0, tokens = 0], index) => ({ index, start, end, tokens }));
}

function* batches(documents: readonly CachedDocument[]): Generator<CachedDocument[]> {
  let batch: CachedDocument[] = [];
  let characters = 0;
  for (const document of documents) {
    if (batch.length > 0 && characters + document.characters > BATCH_CHARACTERS) {
      yield batch;
      batch = [];
      characters = 0;
    }
    batch.push(document);
    characters += document.characters;
  }
  if (batch.length > 0) yield batch;
}
