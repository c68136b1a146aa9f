import type { CorpusDocument, TokenCount, UnreadableFile } from '../../contract/corpus.ts';

/** A contiguous piece of a document's extracted text that fits the generator: character offsets, 0-based index. */
export interface DocumentWindow {
  index: number;
  start: number;
  end: number;
  tokens: number;
}

/** Counts tokens of short texts where they stand; documents are counted by `countAll` in worker threads. */
export interface TokenCounter {
  /** Identity of the vocabulary, for caches: counts by the same id are the same. `by` stands in where it is left out. */
  readonly id?: string;
  /** Label shown beside every count: the tokenizer's origin, or `estimate (o200k)`. */
  readonly by: string;
  /** True: the student's own tokenizer. */
  readonly exact: boolean;
  count(text: string): number;
  countAll(texts: readonly string[], signal?: AbortSignal): Promise<number[]>;
  close(): Promise<void>;
}

/** The documents of a project as they are now. Files are never written to. */
export interface Corpus {
  readonly documents: readonly CorpusDocument[];
  readonly unreadable: readonly UnreadableFile[];
  readonly tokens: TokenCount;
  /** The extracted text that all offsets refer to. */
  text(documentId: string): Promise<string>;
  windows(documentId: string): Promise<DocumentWindow[]>;
}
