/** A document's text cut into pieces that can be drawn on their own: large documents stay fluent, offsets stay true. */
export interface Segment {
  /** Offsets into the document's text. */
  readonly start: number;
  readonly end: number;
  /** PDF: the page that starts here (1-based), when one does. */
  readonly page?: number;
}

const AIM = 1800;

/**
 * Cuts at page starts and, from `AIM` characters on, at the next paragraph or line end. The pieces cover the text
 * without gap or overlap.
 * @param pages offset at which each page starts; `pages[i]` is page i + 1
 */
export function segmentsOf(text: string, pages: readonly number[] = []): Segment[] {
  const segments: Segment[] = [];
  const stops = pages.length > 0 ? pages : [0];
  const firstStop = stops[0] ?? 0;
  if (firstStop > 0) cut(text, 0, firstStop, undefined, segments);
  stops.forEach((start, at) => {
    const end = Math.min(stops[at + 1] ?? text.length, text.length);
    cut(text, start, end, pages.length > 0 ? at + 1 : undefined, segments);
  });
  return segments;
}

function cut(text: string, from: number, to: number, page: number | undefined, into: Segment[]): void {
  let start = from;
  let first = true;
  while (start < to || (first && page !== undefined)) {
    const end = to - start <= AIM * 1.5 ? to : breakAfter(text, start + AIM, to);
    into.push(first && page !== undefined ? { start, end, page } : { start, end });
    first = false;
    start = end;
    if (start >= to) break;
  }
}

function breakAfter(text: string, from: number, to: number): number {
  const limit = Math.min(to, from + AIM);
  const paragraph = text.indexOf('\n\n', from);
  if (paragraph >= 0 && paragraph + 2 <= limit) return paragraph + 2;
  const line = text.indexOf('\n', from);
  if (line >= 0 && line + 1 <= limit) return line + 1;
  const space = text.indexOf(' ', from);
  if (space >= 0 && space + 1 <= limit) return space + 1;
  return limit;
}

/** The 1-based page of an offset; 0 without a page map. */
export function pageAt(pages: readonly number[] | undefined, offset: number): number {
  if (!pages || pages.length === 0) return 0;
  let low = 0;
  let high = pages.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((pages[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}

export interface Piece {
  readonly text: string;
  readonly marked: boolean;
}

/** A segment's text in marked and unmarked pieces. */
export function piecesOf(text: string, segment: Segment, mark: { start: number; end: number } | null): Piece[] {
  if (mark === null || mark.end <= segment.start || mark.start >= segment.end || mark.end <= mark.start)
    return [{ text: text.slice(segment.start, segment.end), marked: false }];
  const from = Math.max(segment.start, mark.start);
  const to = Math.min(segment.end, mark.end);
  return [
    { text: text.slice(segment.start, from), marked: false },
    { text: text.slice(from, to), marked: true },
    { text: text.slice(to, segment.end), marked: false },
  ].filter((piece) => piece.text.length > 0);
}
