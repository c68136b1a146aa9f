import type { DocumentFormat } from '../../../contract/corpus.ts';

// Apart from the readers, so that who only asks for a format does not carry their libraries.
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
