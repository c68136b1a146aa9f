import type { CorpusDocument } from '../../../contract/corpus.ts';

/** A header longer than this would crowd out the chunk it stands before. */
const LONGEST = 300;
/** What programs write where no author was given. */
const NOBODY = /^(anonymous|unknown|author|user|admin(istrator)?)$/i;

/**
 * What stands before a chunk in prompts, embeddings and the full-text index: title, author and year, and for filings
 * company, type and period (recipe §5). The file's name is added where it says more than the title, since a filing's
 * own title is often no more than "Form 10-K", and in words: a question says "10-Q" and "Q2 2023", not "2023Q2_10Q". One
 * line each, without labels: they would be words of every chunk.
 */
export function chunkHeader({
  title,
  metadata,
  path,
  id,
}: Pick<CorpusDocument, 'title' | 'metadata' | 'path' | 'id'>): string {
  const { author, authors, creator, year, date, published, company, doc_type, doc_period, doc_name } = metadata;
  const described = [
    isFileName(title, path) ? inWords(title) : title,
    [author ?? authors ?? creator].find((name) => name && !NOBODY.test(name.trim())),
    year ?? yearOf(date) ?? yearOf(published),
    [company, doc_type, doc_period].filter(Boolean).join(', ') || undefined,
    doc_name ?? (id === path ? fileName(path) : undefined),
  ];
  const lines: string[] = [];
  for (const line of described) {
    const clean = line?.replace(/\s+/g, ' ').trim().slice(0, LONGEST);
    if (clean && !lines.some((known) => words(known).includes(words(clean)))) lines.push(clean);
  }
  return lines.join('\n');
}

function yearOf(date: string | undefined): string | undefined {
  return date ? /\b(1[5-9]|20)\d\d\b/.exec(date)?.[0] : undefined;
}

const stem = (path: string): string => (path.split('/').at(-1) ?? path).replace(/\.[a-z0-9]{1,9}$/i, '');
const fileName = (path: string): string => inWords(stem(path));

/** A document without a title of its own goes by its file's name, or has a PDF's title that was one. */
function isFileName(title: string, path: string): boolean {
  return title === stem(path) || !/\s/.test(title);
}

/** `AMCOR_2023Q2_10Q` → "AMCOR 2023 Q2 10-Q": years, quarters and forms as words of their own. */
function inWords(name: string): string {
  return name
    .replaceAll('_', ' ')
    .replace(/\b((?:19|20)\d\d)(?=[A-Za-z])/g, '$1 ')
    .replace(/\b(\d{1,2})(?=[A-Za-z]\b)/g, '$1-');
}

const words = (text: string): string =>
  inWords(text)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
