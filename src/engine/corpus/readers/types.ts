import type { DocumentFormat, UnreadableReason } from '../../../contract/corpus.ts';

/** One document as a reader hands it on. Every later offset indexes `text` (UTF-16 code units, LF line ends). */
export interface ExtractedDocument {
  /** Set where a file holds several documents: the part of the id after `#`. */
  row?: string;
  title: string;
  metadata: Record<string, string>;
  text: string;
  /** PDF: offset of each page's first character in `text`. */
  pages?: number[];
}

/** Why a file, or one line of it, could not be read, and what a person can do about it. */
export interface Unreadable {
  /** 1-based line of a JSONL file. */
  line?: number;
  reason: UnreadableReason;
  message: string;
}

export interface Extraction {
  documents: ExtractedDocument[];
  unreadable: Unreadable[];
}

export interface ReadLimits {
  /** Bytes that the used parts of an archive may have once uncompressed. */
  uncompressedBytes: number;
}

export type FileBytes = Uint8Array<ArrayBufferLike>;

/** A reader: bytes of one file in, documents and reasons out. `name` is the file name without extension, the title of last resort. */
export type Reader = (bytes: FileBytes, name: string, limits: ReadLimits) => Promise<Extraction>;

export type Readers = Record<DocumentFormat, Reader>;

export function unreadable(reason: UnreadableReason, message: string): Extraction {
  return { documents: [], unreadable: [{ reason, message }] };
}
