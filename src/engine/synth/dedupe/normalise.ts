const ASCII = /^[\0-\x7f]*$/;
const ASCII_WORD = /\d+(?:[.,]\d+)*|[a-z0-9]+(?:'[a-z]+)?/g;
const WORD = /\d+(?:[.,]\d+)*|[\p{L}\p{N}]+(?:['’][\p{L}]+)?/gu;

/** The same texts of an answer are asked for several times in a row: for the evidence, the id, leaks and duplicates. */
const recent = new Map<string, readonly string[]>();
const MOST_RECENT = 64;
const LONGEST_RECENT = 4_000;

/** Words of a text, lower-cased, compatibility-folded, without accents and punctuation; numbers keep `.` and `,` inside. */
export function words(text: string): readonly string[] {
  if (text.length > LONGEST_RECENT) return cut(text);
  const known = recent.get(text);
  if (known !== undefined) return known;
  const found = cut(text);
  recent.set(text, found);
  if (recent.size > MOST_RECENT) {
    const [oldest = text] = recent.keys();
    recent.delete(oldest);
  }
  return found;
}

type Said = { readonly [part in 'question' | 'explanation' | 'answer' | 'text']?: string | undefined };

/** All that a sample says, as one text. */
export function saidBy({ question, explanation, answer, text }: Said): string {
  return [question, explanation, answer, text].filter((part) => part !== undefined).join(' ');
}

function cut(text: string): readonly string[] {
  // Most English answers: the same words without a look at Unicode's tables.
  if (ASCII.test(text)) return text.toLowerCase().match(ASCII_WORD) ?? [];
  const folded = text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
  return folded.match(WORD) ?? [];
}

/** The form in which two texts are "the same": what duplicates, leaks and sample ids go by. */
export function normalised(text: string): string {
  return words(text).join(' ');
}

/**
 * `It’s` as `It's`: where a person's file and a model's words are compared, which quote either types says nothing. Not in
 * `words` itself, as ids of samples go by those.
 */
export function straightQuotes(text: string): string {
  return ASCII.test(text) ? text : text.replace(/[‘’ʼ′]/g, "'");
}

export function hasDigit(word: string): boolean {
  for (let at = 0; at < word.length; at++) {
    const code = word.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) return true;
  }
  return false;
}
