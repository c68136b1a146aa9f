/** Words of a text, lower-cased, compatibility-folded, without accents and punctuation; numbers keep `.` and `,` inside. */
export function words(text: string): string[] {
  const folded = text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
  return folded.match(/\d+(?:[.,]\d+)*|[\p{L}\p{N}]+(?:['’][\p{L}]+)?/gu) ?? [];
}

/** The form in which two texts are "the same": what duplicates, leaks and sample ids go by. */
export function normalised(text: string): string {
  return words(text).join(' ');
}
