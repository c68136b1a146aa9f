import type { CorpusDocument } from '../../../contract/corpus.ts';

/** A header longer than this would crowd out the chunk it stands before. */
const LONGEST = 300;

/**
 * What stands before a chunk in prompts, embeddings and the full-text index: title, author and year, and for filings
 * company, type and period (recipe §5). The file's name is added where it says more than the title, since a filing's
 * own title is often no more than "Form 10-K". One line each, without labels: they would be words of every chunk.
 */
export function chunkHeader({
  title,
  metadata,
  path,
  id,
}: Pick<CorpusDocument, 'title' | 'metadata' | 'path' | 'id'>): string {
  const { author, authors, creator, year, date, published, company, doc_type, doc_period, doc_name } = metadata;
  const described = [
    title,
    author ?? authors ?? creator,
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

function fileName(path: string): string {
  const name = path.split('/').at(-1) ?? path;
  return name.replace(/\.[a-z0-9]{1,9}$/i, '').replaceAll('_', ' ');
}

const words = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
