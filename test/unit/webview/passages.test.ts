import { describe, expect, it } from 'vitest';
import { pageAt, piecesOf, segmentsOf } from '../../../webview/samples/state/passages.ts';

const paragraph = `${'Salt was boiled on the beach. '.repeat(20)}\n\n`;

describe('cutting a document into pieces', () => {
  it.each([
    ['an empty text', '', []],
    ['a short text', 'One line.', []],
    ['a long text', paragraph.repeat(40), []],
    ['a text without any space', 'x'.repeat(20_000), []],
    ['pages', paragraph.repeat(40), [0, 5000, 5000, 12_000]],
    ['a first page that starts late', paragraph.repeat(4), [10, 900]],
  ])('%s: every character once, in order', (_, text, pages) => {
    const segments = segmentsOf(text, pages);
    expect(segments.map(({ start, end }) => text.slice(start, end)).join('')).toBe(text);
    for (const segment of segments) expect(segment.end - segment.start).toBeLessThanOrEqual(3600);
  });

  it('prefers the ends of paragraphs', () => {
    const segments = segmentsOf(paragraph.repeat(40));
    expect(segments.length).toBeGreaterThan(5);
    for (const { end } of segments) expect(end % paragraph.length).toBe(0);
  });

  it('names each page where it starts, empty pages too', () => {
    const pages = [0, 5000, 5000, 12_000];
    const starts = segmentsOf(paragraph.repeat(40), pages).filter((segment) => segment.page !== undefined);
    expect(starts.map(({ page, start }) => [page, start])).toEqual([
      [1, 0],
      [2, 5000],
      [3, 5000],
      [4, 12_000],
    ]);
  });

  it('tells the page of an offset', () => {
    const pages = [0, 100, 250];
    expect([0, 99, 100, 249, 250, 9999].map((offset) => pageAt(pages, offset))).toEqual([1, 1, 2, 2, 3, 3]);
    expect(pageAt(undefined, 5)).toBe(0);
  });
});

describe('marking a passage', () => {
  const text = 'abcdefghij';
  const marked = (segment: { start: number; end: number }, mark: { start: number; end: number } | null) =>
    piecesOf(text, segment, mark).map((piece) => (piece.marked ? `[${piece.text}]` : piece.text));

  it('inside a piece, over its ends, and not at all', () => {
    expect(marked({ start: 0, end: 10 }, { start: 3, end: 5 })).toEqual(['abc', '[de]', 'fghij']);
    expect(marked({ start: 0, end: 5 }, { start: 3, end: 8 })).toEqual(['abc', '[de]']);
    expect(marked({ start: 5, end: 10 }, { start: 3, end: 8 })).toEqual(['[fgh]', 'ij']);
    expect(marked({ start: 5, end: 10 }, { start: 0, end: 5 })).toEqual(['fghij']);
    expect(marked({ start: 0, end: 10 }, null)).toEqual(['abcdefghij']);
    expect(marked({ start: 0, end: 10 }, { start: 6, end: 6 })).toEqual(['abcdefghij']);
  });
});
