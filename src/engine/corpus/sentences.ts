export interface Span {
  start: number;
  end: number;
}

const words = (list: string) => new Set(list.split(' '));
/** Before a full stop these, in lower case, go on with the sentence. */
const TITLES = words(
  'mr mrs ms dr prof st rev hon capt col gen lt sgt gov sen rep fr mt vs cf al e.g i.e viz approx dept est',
);
/** These go on where a number follows ("No. 7", "4 Nov. 1938"); "no." and "may." else end a sentence. */
const BEFORE_NUMBERS = words(
  'no nos vol vols ch p pp fig figs eq sec art c ca jan feb mar apr jun jul aug sep sept oct nov dec',
);
/** These go on unless a word follows that begins sentences ("Boon Inc. The …"). */
const NAME_ENDS = words('inc ltd co corp bros jr sr u.s u.k u.n');
const BEGINNINGS = /^(The|A|An|In|On|At|It|Its|He|She|They|We|This|That|These|But|And|For|As|When|After|No)\b/;

// Bounded repetition: a dotted line of a table of contents must not cost the square of its length.
const END = /[.!?…]{1,8}["'”’»)\]]{0,8}(?=\s)|[。！？]+[”’」』）]{0,8}/gu;
/** A line that stands alone: heading, list item, table row, quotation, rule. */
const OWN_LINE = /^[ \t]{0,3}(#{1,6}[ \t]|[-*+•][ \t]|\d{1,3}[.)][ \t]|\||>|={3,}|-{3,}|\*[ \t]?\*[ \t]?\*)/;

/**
 * Sentences of a text as trimmed spans, in order; linear in its length. Blank lines, headings, list items and table
 * rows end a sentence, a single line break does not (PDF text and hard-wrapped files break lines anywhere).
 */
export function splitSentences(text: string): Span[] {
  const sentences: Span[] = [];
  for (const block of blocks(text)) splitBlock(text, block, sentences);
  return sentences;
}

/** Runs of lines between blank lines and lines that stand alone. */
function* blocks(text: string): Generator<Span> {
  let start = 0;
  let alone = false;
  let position = 0;
  while (position < text.length) {
    const newline = text.indexOf('\n', position);
    const end = newline === -1 ? text.length : newline;
    const line = text.slice(position, Math.min(end, position + 80));
    const blank = end - position < 80 ? !line.trim() : !text.slice(position, end).trim();
    const ownLine = OWN_LINE.test(line);
    // A heading is one line; a list item may run on in the next lines.
    if ((blank || ownLine || alone) && position > start) {
      yield { start, end: position };
      start = position;
    }
    alone = /^[ \t]{0,3}(#{1,6}[ \t]|\|)/.test(line);
    position = end + 1;
  }
  if (start < text.length) yield { start, end: text.length };
}

function splitBlock(text: string, block: Span, sentences: Span[]): void {
  const source = text.slice(block.start, block.end);
  let start = 0;
  END.lastIndex = 0;
  for (let match = END.exec(source); match; match = END.exec(source)) {
    const end = match.index + match[0].length;
    if (!endsSentence(source, { start, stop: match.index, end })) continue;
    push(sentences, source, block.start, start, end);
    start = end;
  }
  push(sentences, source, block.start, start, source.length);
}

/** Whether the mark at `stop`, with closing quotes up to `end`, ends the sentence that began at `start`. */
function endsSentence(source: string, { start, stop, end }: { start: number; stop: number; end: number }): boolean {
  const next = source.slice(end, end + 40).replace(/^[\s"'“‘«([]+/u, '');
  if (!next) return true;
  if (/^\p{Ll}/u.test(next)) return false;
  if (source.charAt(stop) !== '.') return true;
  const word = /[\p{L}\p{N}.]+$/u.exec(source.slice(Math.max(start, stop - 24), stop))?.[0] ?? '';
  // "1. First" at the beginning is a list number, "J. R. Lunt" are initials.
  if (
    /^\d{1,3}$/.test(word) &&
    source
      .slice(start, start + 8)
      .trimStart()
      .startsWith(`${word}.`)
  )
    return false;
  if (/^\p{Lu}$/u.test(word)) return false;
  const bare = word.toLowerCase();
  if (BEFORE_NUMBERS.has(bare)) return !/^\p{N}/u.test(next);
  if (NAME_ENDS.has(bare)) return BEGINNINGS.test(next);
  return !TITLES.has(bare);
}

function push(sentences: Span[], source: string, offset: number, start: number, end: number): void {
  let from = start;
  let to = end;
  while (from < to && /\s/.test(source.charAt(from))) from += 1;
  while (to > from && /\s/.test(source.charAt(to - 1))) to -= 1;
  if (to > from) sentences.push({ start: offset + from, end: offset + to });
}
