import type { CachedDocument } from './scanCache.ts';
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
  counter: TokenCounter;
  signal?: AbortSignal | undefined;
  onCounted?: ((done: number, total: number) => void) | undefined;
}

/** Makes sure that every document has its tokens and windows by this counter; true if anything was new. */
export async function countDocuments(options: CountOptions): Promise<boolean> {
  const { documents, textOf, maxTokens, overlapTokens, counter, signal, onCounted } = options;
  const by = counter.id ?? counter.by;
  const key = `${by}/${maxTokens}/${overlapTokens}`;
  const missing = documents.filter(
    ({ tokens, windows }) => tokens?.counter !== by || (tokens.tokens > maxTokens && windows?.key !== key),
  );
  let done = 0;
  for (const batch of batches(missing)) {
    const texts = await Promise.all(batch.map(textOf));
    const counts = await counter.countAll(texts, signal);
    for (const [at, document] of batch.entries()) {
      const tokens = counts[at] ?? 0;
      document.tokens = { counter: by, tokens };
      delete document.windows;
      if (tokens > maxTokens) {
        const windows = await splitWindows(texts[at] ?? '', { maxTokens, overlapTokens, counter, signal });
        document.windows = { key, spans: windows.map(({ start, end, tokens }) => [start, end, tokens]) };
      }
      done += 1;
      onCounted?.(done, missing.length);
    }
  }
  return missing.length > 0;
}

/** The windows of a counted document: one over all of it where it fits. */
export function windowsOf(document: CachedDocument): DocumentWindow[] {
  if (!document.windows)
    return [{ index: 0, start: 0, end: document.characters, tokens: document.tokens?.tokens ?? 0 }];
  return document.windows.spans.map(([start, end, tokens], index) => ({ index, start, end, tokens }));
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
