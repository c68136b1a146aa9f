import { readDocx } from './docx.ts';
import { readEpub } from './epub.ts';
import { readHtml } from './html.ts';
import { readJsonl } from './jsonl.ts';
import { readPdf } from './pdf.ts';
import { readMarkdown, readTxt } from './text.ts';
import type { Readers } from './types.ts';

/** A format is one file here, one line in this table and its extensions in formats.ts. */
export const readers: Readers = {
  md: readMarkdown,
  txt: readTxt,
  html: readHtml,
  pdf: readPdf,
  docx: readDocx,
  epub: readEpub,
  jsonl: readJsonl,
};
