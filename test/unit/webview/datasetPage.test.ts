import { describe, expect, it } from 'vitest';
import { pieces } from '../../../webview/dataset/state/maskedText.ts';
import { coarser, furthestOff, shareBars } from '../../../webview/dataset/state/shares.ts';
import { freshUiState, revived, turned } from '../../../webview/dataset/state/uiState.ts';

describe('a row as a person reads it', () => {
  it('is cut where learning begins and ends', () => {
    expect(pieces({ text: 'Question. Answer.', masked: [[0, 10]] })).toEqual([
      { text: 'Question. ', learned: false },
      { text: 'Answer.', learned: true },
    ]);
  });

  it('keeps every character once, however the ranges lie', () => {
    const text = 'abcdefghij';
    for (const masked of [
      [],
      [[8, 99]],
      [
        [4, 6],
        [0, 2],
        [5, 8],
      ],
      [
        [2, 2],
        [3, 1],
      ],
    ] as [number, number][][]) {
      expect(
        pieces({ text, masked })
          .map((piece) => piece.text)
          .join(''),
      ).toBe(text);
    }
    expect(
      pieces({
        text,
        masked: [
          [4, 6],
          [5, 8],
        ],
      }),
    ).toEqual([
      { text: 'abcd', learned: true },
      { text: 'efgh', learned: false },
      { text: 'ij', learned: true },
    ]);
  });
});

describe('what a set is made of', () => {
  it('is shown largest first, as shares that add up', () => {
    const bars = shareBars({ a: { tokens: 10, rows: 1 }, b: { tokens: 30, rows: 2 } }, (id) => id.toUpperCase());
    expect(bars.map(({ label, share }) => [label, share])).toEqual([
      ['B', 0.75],
      ['A', 0.25],
    ]);
    expect(shareBars({ a: { tokens: 0, rows: 0 } }, String)[0]?.share).toBe(0);
  });

  it('has its lengths in a few steps without empty ends, and every row in one of them', () => {
    const buckets = Array.from({ length: 30 }, (_, at) => ({
      from: at * 10,
      to: at * 10 + 10,
      rows: at < 3 || at > 24 ? 0 : at,
    }));
    const few = coarser(buckets, 12);
    expect(few.length).toBeLessThanOrEqual(12);
    expect([few[0]?.from, few.at(-1)?.to]).toEqual([30, 250]);
    expect(few.reduce((sum, { rows }) => sum + rows, 0)).toBe(buckets.reduce((sum, { rows }) => sum + rows, 0));
    expect(coarser([{ from: 0, to: 9, rows: 0 }], 12)).toEqual([]);
  });

  it('says how far the furthest share is from what was asked', () => {
    const bar = (share: number, asked: number | null) => ({ id: '', label: '', share, asked, tokens: 0, rows: 0 });
    expect(furthestOff([bar(0.5, 0.5), bar(0.09, 0.1)])).toBeCloseTo(0.01);
    expect(furthestOff([bar(0.5, null)])).toBeNull();
  });
});

describe('the page of rows', () => {
  it('turns inside the rows', () => {
    expect(turned(0, 388, 'next')).toBe(20);
    expect(turned(20, 388, 'previous')).toBe(0);
    expect(turned(0, 388, 'last')).toBe(380);
    expect(turned(380, 388, 'next')).toBe(380);
    expect(turned(0, 0, 'last')).toBe(0);
    expect(turned(0, 40, 'last')).toBe(20);
  });

  it('is remembered for its project only', () => {
    const state = { ...freshUiState('/a'), name: 'set', offset: 40 };
    expect(revived(state, '/a').offset).toBe(40);
    expect(revived(state, '/b').offset).toBe(0);
    expect(revived({ v: 0 }, '/a').name).toBeNull();
  });
});
