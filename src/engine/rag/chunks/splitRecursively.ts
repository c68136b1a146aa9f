import { type Span, splitSentences } from '../../corpus/index.ts';

export interface SplitOptions {
  /** Most units of one piece. */
  size: number;
  /** Most units that a piece shares with the one before it. */
  overlap: number;
  /** Units of a text: characters, or tokens of the student. Never negative, 0 for ''. */
  measure: (text: string) => number;
}

/** Where a text is cut, in order: a coarser cut is tried first, a finer one only inside what is still too long. */
type Level = (text: string, span: Span) => Span[];

const LEVELS: readonly Level[] = [
  (text, span) => cutAt(text, span, /\n[ \t]*\n\s*/g),
  (text, span) => cutAt(text, span, /\n\s*/g),
  (text, span) =>
    splitSentences(text.slice(span.start, span.end)).map(({ start, end }) => ({
      start: span.start + start,
      end: span.start + end,
    })),
  (text, span) => cutAt(text, span, /\s+/g),
];

/**
 * Splits a text at paragraphs, then lines, sentences, words and at last characters, and joins neighbours again as long
 * as they fit. Pieces are spans of the text in order, without white space at their ends; every character that is not
 * white space lies in one, and none measures more than `size` (a single character excepted).
 */
export function splitRecursively(text: string, options: SplitOptions): Span[] {
  const { size, overlap, measure } = options;
  const budget = Math.max(1, size - overlap);
  const whole = trimmed(text, { start: 0, end: text.length });
  if (!whole) return [];
  const spans = fitting(text, whole, 0, { budget, measure });
  return overlap === 0 ? spans : spans.map((span, index) => extended(text, spans[index - 1], span, options));
}

interface Fit {
  budget: number;
  measure: SplitOptions['measure'];
}

function fitting(text: string, span: Span, level: number, fit: Fit): Span[] {
  if (fit.measure(text.slice(span.start, span.end)) <= fit.budget) return [span];
  const cut = LEVELS[level];
  if (!cut) return byCharacters(text, span, fit);
  const done: Span[] = [];
  let open: Span | undefined;
  /** Sum of the parts with the white space before each: an upper bound of the whole, nearly always. */
  let used = 0;
  for (const piece of cut(text, span)) {
    const cost = fit.measure(text.slice(open?.end ?? piece.start, piece.end));
    if (open && used + cost <= fit.budget) {
      open = { start: open.start, end: piece.end };
      used += cost;
      continue;
    }
    if (open) done.push(open);
    open = piece;
    used = fit.measure(text.slice(piece.start, piece.end));
    if (used <= fit.budget) continue;
    // Its last part is joined with what follows.
    const parts = fitting(text, piece, level + 1, fit);
    open = parts.pop();
    done.push(...parts);
    used = open ? fit.measure(text.slice(open.start, open.end)) : 0;
  }
  if (open) done.push(open);
  // Tokens of joined parts can be more than their sum: such a piece is cut once more, one level deeper.
  return done.flatMap((piece) =>
    fit.measure(text.slice(piece.start, piece.end)) <= fit.budget ? [piece] : fitting(text, piece, level + 1, fit),
  );
}

/** Halves, never inside a surrogate pair. */
function byCharacters(text: string, span: Span, fit: Fit): Span[] {
  const length = span.end - span.start;
  if (length <= 1 || fit.measure(text.slice(span.start, span.end)) <= fit.budget) return [span];
  const most = Math.max(
    1,
    Math.min(length - 1, Math.floor((length * fit.budget) / fit.measure(text.slice(span.start, span.end)))),
  );
  let at = span.start + most;
  if (/[\ud800-\udbff]/.test(text.charAt(at - 1))) at += at - 1 > span.start ? -1 : 1;
  if (at >= span.end) return [span];
  return [
    ...byCharacters(text, { start: span.start, end: at }, fit),
    ...byCharacters(text, { start: at, end: span.end }, fit),
  ];
}

/** The same piece with words of the one before it in front, up to `overlap` units and never more than `size` in all. */
function extended(text: string, before: Span | undefined, span: Span, { size, overlap, measure }: SplitOptions): Span {
  if (!before) return span;
  let start = span.start;
  const words = cutAt(text, { start: before.start, end: span.start }, /\s+/g).reverse();
  for (const word of words) {
    if (measure(text.slice(word.start, span.start)) > overlap || measure(text.slice(word.start, span.end)) > size)
      break;
    start = word.start;
  }
  return { start, end: span.end };
}

function cutAt(text: string, span: Span, separator: RegExp): Span[] {
  const source = text.slice(span.start, span.end);
  const spans: Span[] = [];
  let from = 0;
  const push = (to: number) => {
    const piece = trimmed(text, { start: span.start + from, end: span.start + to });
    if (piece) spans.push(piece);
  };
  for (const match of source.matchAll(separator)) {
    push(match.index);
    from = match.index + match[0].length;
  }
  push(source.length);
  return spans;
}

function trimmed(text: string, { start, end }: Span): Span | undefined {
  let [from, to] = [start, end];
  while (from < to && /\s/.test(text.charAt(from))) from += 1;
  while (to > from && /\s/.test(text.charAt(to - 1))) to -= 1;
  return to > from ? { start: from, end: to } : undefined;
}
