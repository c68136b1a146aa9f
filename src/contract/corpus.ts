import { z } from 'zod';

export const DocumentFormat = z.enum(['md', 'txt', 'html', 'pdf', 'docx', 'epub', 'jsonl']);
export type DocumentFormat = z.infer<typeof DocumentFormat>;

export const UnreadableReason = z.enum([
  'encrypted',
  'scanned', // a PDF whose pages hold no text
  'encoding', // neither UTF-8 nor a UTF-16 file with a byte order mark
  'empty',
  'too_large',
  'outside', // a link that leaves the project folder
  'malformed',
  'unsupported',
  'permission',
  'report', // a report of this product, which tells evaluation questions
]);

/** Stands at the beginning of every report that we write, so that one saved beside the documents is none of them. */
export const REPORT_MARK = '<!-- Synthetic Mixed Training: results -->';

export type UnreadableReason = z.infer<typeof UnreadableReason>;

export const TokenCount = z.object({
  tokens: z.number().int().nonnegative(),
  /** False: an estimate by another tokenizer, to be labelled wherever it is shown. */
  exact: z.boolean(),
  /** What counted: the student's tokenizer file, or `estimate (o200k)`. */
  by: z.string(),
});
export type TokenCount = z.infer<typeof TokenCount>;

/** What the corpus view, the terminal (`corpus --json`) and the plan know of a document. The text is read apart. */
export const CorpusDocument = z.object({
  v: z.literal(1),
  /** Project-relative POSIX path; `path#id` for a row of a JSONL file. */
  id: z.string(),
  /** Project-relative POSIX path of its file. */
  path: z.string(),
  format: DocumentFormat,
  title: z.string(),
  /** Title, author, date, company … as the source gives them. */
  metadata: z.record(z.string(), z.string()),
  characters: z.number().int(),
  tokens: TokenCount,
  /** Content hash of the extracted text: the identity that prompts and samples are made from. */
  text_hash: z.string(),
  /** PDF: where each page starts in the extracted text. `pages[i]` is the offset of page i + 1. */
  pages: z.array(z.number().int()).optional(),
  windows: z.number().int().positive(),
});
export type CorpusDocument = z.infer<typeof CorpusDocument>;

export const UnreadableFile = z.object({
  path: z.string(),
  reason: UnreadableReason,
  /** What to do about it. */
  message: z.string(),
});
export type UnreadableFile = z.infer<typeof UnreadableFile>;

export const CorpusSnapshot = z.object({
  revision: z.number().int(),
  documents: z.array(CorpusDocument),
  unreadable: z.array(UnreadableFile),
  tokens: TokenCount,
});
export type CorpusSnapshot = z.infer<typeof CorpusSnapshot>;
