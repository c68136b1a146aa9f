/**
 * Words as the full-text index sees them, so that texts which are not in the index (edited by a person, newer than the
 * table) are searched alike: Lance's `simple` tokenizer splits at everything that is not alphanumeric, then lower-cases,
 * drops long tokens and folds accents.
 */
export const LONGEST_WORD = 40;

/**
 * Words that stand in almost every English sentence: left out of index and queries. A query for one of them would list
 * nearly every sample, and cost most.
 */
export const STOP_WORDS =
  'a an and are as at be been but by for from had has have he her his i if in into is it its no not of on or our she such that the their them then there these they this to was we were what when where which who will with you your'.split(
    ' ',
  );
const stop = new Set(STOP_WORDS);

/** Distinct words of a text, without stop words. */
export function searchWords(text: string): string[] {
  const found = new Set<string>();
  for (const word of text.toLowerCase().split(/[^\p{Alphabetic}\p{N}]+/u)) {
    if (word === '' || Buffer.byteLength(word) > LONGEST_WORD) continue;
    const folded = word.normalize('NFD').replace(/\p{M}+/gu, '');
    if (!stop.has(folded)) found.add(folded);
  }
  return [...found];
}

/** Do all these words occur in the text? */
export function hasWords(text: string, words: readonly string[]): boolean {
  const found = new Set(searchWords(text));
  return words.every((word) => found.has(word));
}
