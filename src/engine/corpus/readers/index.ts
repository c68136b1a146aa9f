import type { DocumentFormat } from '../../../contract/corpus.ts';
import { readDocx } from './docx.ts';
import { readEpub } from './epub.ts';
import { readHtml } from './html.ts';
import { readJsonl } from './jsonl.ts';
import { readPdf } from './pdf.ts';
import { readMarkdown, readTxt } from './text.ts';
import type { Readers } from './types.ts';

/** A format is one file here and one line in each of these two tables. */
export const readers: Readers = {
  md: readMarkdown,
  txt: readTxt,
  html: readHtml,
  pdf: readPdf,
  docx: readDocx,
  epub: readEpub,
  jsonl: readJsonl,
};

const formats: Readonly<Record<string, DocumentFormat>> = {
  md: 'md',
  markdown: 'md',
  txt: 'txt',
  text: 'txt',
  html: 'html',
  htm: 'html',
  xhtml: 'html',
  pdf: 'pdf',
  docx: 'docx',
  epub: 'epub',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
};

/** The format of a file by its extension, undefined for one that no reader knows. */
export function formatOf(path: string): DocumentFormat | undefined {
  return formats[/\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase() ?? ''];
}
