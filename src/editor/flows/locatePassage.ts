/**
 * Where a passage of one text stands in another that has other white space and markup: a selection in the file looked
 * up in the extracted text, and the other way round. Characters that are neither letters nor digits are ignored, as
 * extraction drops Markdown and HTML signs.
 *
 * `hint` (0–1) is where in the file the passage stands: of several equal passages the nearest is taken.
 * Returns character offsets, or undefined when the passage is not there.
 */
export function locatePassage(text: string, passage: string, hint = 0): { start: number; end: number } | undefined {
  const within = bare(text);
  const wanted = bare(passage).letters;
  if (wanted === '') return undefined;
  const expected = hint * within.letters.length;
  let best: number | undefined;
  for (let at = within.letters.indexOf(wanted); at >= 0; at = within.letters.indexOf(wanted, at + 1)) {
    if (best === undefined || Math.abs(at - expected) < Math.abs(best - expected)) best = at;
  }
  if (best === undefined) return undefined;
  const first = within.offsets[best];
  const last = within.offsets[best + wanted.length - 1];
  if (first === undefined || last === undefined) return undefined;
  return { start: first, end: last + 1 };
}

/** Letters and digits only, lower case, with the offset each came from. UTF-16 units throughout. */
function bare(text: string): { letters: string; offsets: number[] } {
  const letters: string[] = [];
  const offsets: number[] = [];
  for (const { 0: found, index } of text.matchAll(/[\p{L}\p{N}]/gu)) {
    const lower = found.toLowerCase();
    for (let unit = 0; unit < lower.length; unit++) {
      letters.push(lower[unit] ?? '');
      offsets.push(index + Math.min(unit, found.length - 1));
    }
  }
  return { letters: letters.join(''), offsets };
}
