import picomatch from 'picomatch';
import type { CorpusDocument } from '../../../contract/corpus.ts';
import type { Corpus } from '../../corpus/types.ts';
import type { DocumentSize } from '../types.ts';
import { previewDocuments } from './shares.ts';
import { PlannedDocument } from './synthRequest.ts';

/**
 * The documents a run is about, in corpus order.
 * @param globs over document ids and paths; empty = all
 */
export function chosenDocuments(documents: readonly CorpusDocument[], globs: readonly string[]): CorpusDocument[] {
  const matches = globs.length === 0 ? () => true : picomatch([...globs], { dot: true });
  return documents.filter(
    ({ id, path }) => globs.length === 0 || globs.includes(id) || globs.includes(path) || matches(id) || matches(path),
  );
}

/** Those of them that a preview of `limit` new requests shows, and the most requests of each. */
export function previewed(
  chosen: readonly CorpusDocument[],
  limit: number,
  stages: number,
): { documents: CorpusDocument[]; perDocument: number } {
  const sizes = chosen.map((document) => document.tokens.tokens);
  const spread = previewDocuments(sizes, limit, stages);
  return {
    documents: spread.flatMap((index) => chosen[index] ?? []),
    perDocument: Math.ceil(limit / Math.max(1, spread.length)),
  };
}

/** A document of the corpus with the texts of its windows. */
export async function readDocument(
  corpus: Pick<Corpus, 'text' | 'windows'>,
  { id, title, metadata, text_hash }: CorpusDocument,
): Promise<PlannedDocument> {
  const [text, windows] = await Promise.all([corpus.text(id), corpus.windows(id)]);
  const texts = windows.map(({ index, start, end, tokens }) => ({
    index,
    start,
    end,
    tokens,
    text: text.slice(start, end),
  }));
  return new PlannedDocument({ id, title, metadata, windows: texts }, text_hash);
}

export function sizeOf({ windows, tokens, characters }: CorpusDocument): DocumentSize {
  return { windows, tokens: tokens.tokens, characters };
}
