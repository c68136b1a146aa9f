import type { CorpusDocument } from '../../../contract/corpus.ts';
import type { Chunk, RetrievalSettings } from '../../../contract/retrieval.ts';
import { contentHash } from '../../contentHash.ts';
import type { Span, TokenCounter } from '../../corpus/index.ts';
import { chunkHeader } from './chunkHeader.ts';
import { splitRecursively } from './splitRecursively.ts';

/** How texts are cut: the part of the settings that decides what a chunk is. */
export interface Chunking {
  unit: RetrievalSettings['chunk_unit'];
  size: number;
  overlap: number;
  /** Vocabulary that counts, where the unit is tokens: another one makes other chunks. */
  tokens?: string | undefined;
}

export function chunkingOf(
  settings: RetrievalSettings,
  counter: Pick<TokenCounter, 'id' | 'by'> | undefined,
): Chunking {
  const { chunk_unit: unit, chunk_size: size, chunk_overlap: overlap } = settings;
  return { unit, size, overlap, ...(unit === 'tokens' ? { tokens: counter?.id ?? counter?.by } : {}) };
}

/** Changes with whatever a document's chunks are made from: its text and what describes it. */
export function documentHash(document: CorpusDocument): string {
  return contentHash(`${document.text_hash}\n${chunkHeader(document)}\n${document.pages?.length ?? 0}`);
}

/** A document's chunks in order, as spans of its extracted text. */
export function documentSpans(text: string, chunking: Chunking, counter: Pick<TokenCounter, 'count'>): Span[] {
  const measure =
    chunking.unit === 'characters' ? (part: string) => part.length : (part: string) => counter.count(part);
  return splitRecursively(text, { size: chunking.size, overlap: chunking.overlap, measure });
}

/** Stable while the document and the chunking are. */
export const chunkId = (document: string, { start, end }: Span): string => `${document}:${start}-${end}`;

/** The chunk at a span: `text.slice(start, end)` of the extracted text is its text. */
export function chunkAt(document: CorpusDocument, text: string, span: Span): Chunk {
  const page = pageOf(document.pages, span.start);
  return {
    id: chunkId(document.id, span),
    document: document.id,
    title: document.title,
    start: span.start,
    end: span.end,
    ...(page === undefined ? {} : { page }),
    header: chunkHeader(document),
    text: text.slice(span.start, span.end),
  };
}

/** 1-based page in which an offset lies; `pages[i]` is where page i + 1 begins. */
export function pageOf(pages: readonly number[] | undefined, offset: number): number | undefined {
  if (!pages || pages.length === 0) return undefined;
  let [low, high] = [0, pages.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((pages[middle] ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return Math.max(1, low);
}
