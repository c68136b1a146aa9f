export interface Span {
  start: number;
  end: number;
}

/** Words before a full stop that does not end a sentence. Lower case, without the stop. */
const ABBREVIATIONS = new Set(
  'mr mrs ms dr prof st sr jr rev hon capt col gen lt sgt gov sen rep fr mt no nos vol vols ch pp p fig figs eq sec art ed eds vs etc cf al e.g i.e viz approx ca c dept est inc ltd co corp bros jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun a.m p.m u.s u.k u.n'.split(
    ' ',
  ),
);
/** Of these, the ones that often do end a sentence: it does when the next word begins like one. */
const AMBIGUOUS = new Set('etc inc ltd co corp al a.m p.m u.s u.k u.n jr sr'.split(' '));

const END = /[.!?…]+["'”’»)\]]*(?=\s)|[。！？]+[”’」』）]*/gu;
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
    if (match[0].startsWith('.') && !endsSentence(source, start, match.index, end)) continue;
    push(sentences, source, block.start, start, end);
    start = end;
  }
  push(sentences, source, block.start, start, source.length);
}

function endsSentence(source: string, start: number, stop: number, end: number): boolean {
  const next = /^\s+["'“‘«([]*(\S)/u.exec(source.slice(end, end + 40))?.[1];
  if (next === undefined) return true;
  const word = /[\p{L}\p{N}.]+$/u.exec(source.slice(Math.max(start, stop - 24), stop))?.[0] ?? '';
  const bare = word.toLowerCase();
  // "1. First" at the start of a block is a list number, "J. R. Tolk" are initials.
  if (/^\d{1,3}$/.test(word) && source.slice(start, stop).trim() === word) return false;
  if (/^\p{Lu}$/u.test(word)) return false;
  if (/\p{Ll}/u.test(next)) return false;
  if (/^(no|nos|p|pp|vol|ch|fig|figs|sec|art|c|ca|eq)$/.test(bare))
    return !/\p{N}/u.test(next) && !ABBREVIATIONS.has(bare);
  if (AMBIGUOUS.has(bare)) return /[\p{Lu}\p{N}]/u.test(next);
  if (/^(jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec)$/.test(bare)) return !/\p{N}/u.test(next);
  return !ABBREVIATIONS.has(bare);
}

function push(sentences: Span[], source: string, offset: number, start: number, end: number): void {
  let from = start;
  let to = end;
  while (from < to && /\s/.test(source.charAt(from))) from += 1;
  while (to > from && /\s/.test(source.charAt(to - 1))) to -= 1;
  if (to > from) sentences.push({ start: offset + from, end: offset + to });
}
