const ASCII = /^[\0-\x7f]*$/;
const ASCII_WORD = /\d+(?:[.,]\d+)*|[a-z0-9]+(?:'[a-z]+)?/g;
const WORD = /\d+(?:[.,]\d+)*|[\p{L}\p{N}]+(?:['’][\p{L}]+)?/gu;

/** Words of a text, lower-cased, compatibility-folded, without accents and punctuation; numbers keep `.` and `,` inside. */
export function words(text: string): string[] {
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

export function hasDigit(word: string): boolean {
  for (let at = 0; at < word.length; at++) {
    const code = word.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) return true;
  }
  return false;
}
