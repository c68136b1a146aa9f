import type { CorpusDocument } from '../../../contract/corpus.ts';
import type { Chunk, RetrievalSettings } from '../../../contract/retrieval.ts';
import { contentHash } from '../../contentHash.ts';
import type { TokenCounter } from '../../corpus/index.ts';
import { chunkHeader } from './chunkHeader.ts';
import { splitRecursively } from './splitRecursively.ts';

/** How texts are cut: the part of the settings that decides what a chunk is. */
export interface Chunking {
  unit: RetrievalSettings['chunk_unit'];
  size: number;
  overlap: number;
  /** Vocabulary that counts, where the unit is tokens: another one makes other chunks. */
  tokens?: string;
}

export function chunkingOf(settings: RetrievalSettings, counter: TokenCounter): Chunking {
  const { chunk_unit: unit, chunk_size: size, chunk_overlap: overlap } = settings;
  return { unit, size, overlap, ...(unit === 'tokens' ? { tokens: counter.id ?? counter.by } : {}) };
}

/** Changes with whatever a document's chunks are made from: its text and what describes it. */
export function documentHash(document: CorpusDocument): string {
  return contentHash(`${document.text_hash}\n${chunkHeader(document)}\n${document.pages?.length ?? 0}`);
}

/** A document's chunks in order. `text.slice(start, end)` of the extracted text is each chunk's text. */
export function documentChunks(
  document: CorpusDocument,
  text: string,
  chunking: Chunking,
  counter: Pick<TokenCounter, 'count'>,
): Chunk[] {
  const header = chunkHeader(document);
  const measure =
    chunking.unit === 'characters' ? (part: string) => part.length : (part: string) => counter.count(part);
  return splitRecursively(text, { size: chunking.size, overlap: chunking.overlap, measure }).map(({ start, end }) => {
    const page = pageOf(document.pages, start);
    return {
      id: `${document.id}:${start}-${end}`,
      document: document.id,
      title: document.title,
      start,
      end,
      ...(page === undefined ? {} : { page }),
      header,
      text: text.slice(start, end),
    };
  });
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
