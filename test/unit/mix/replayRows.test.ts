import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { REPLAY_PIECE, type ReplayRow, ReplayRows } from '../../../src/engine/mix/replayRows.ts';

const keyOf = (number: number) => createHash('sha256').update(`text ${number}`).digest('hex').slice(0, 32);
const BEGIN = 2;

describe('rows of replay', () => {
  it('are the pieces of every text that was taken and tokenised, in the order of the source', () => {
    const rows = new ReplayRows(BEGIN);
    const expected: ReplayRow[] = [];
    for (let text = 0; text < 5_000; text++) {
      const key = keyOf(text);
      expect(rows.seen(key)).toBe(false);
      expect(rows.seen(key)).toBe(true);
      // Left out as a leak would be; seen all the same.
      if (text % 7 === 3) continue;
      const place = rows.take(text);
      // Not tokenised: the job was ended before.
      if (text % 11 === 5) continue;
      const length = (text * 37) % (3 * REPLAY_PIECE + 1);
      rows.tokenised(place, { at: text * 10_000, length });
      for (let from = 0; from < length; from += REPLAY_PIECE) {
        const piece = Math.min(REPLAY_PIECE, length - from);
        const [begins, ends] = [from === 0, from + piece === length];
        const tokens = piece + (begins ? BEGIN : 0) + (ends ? 1 : 0);
        expected.push({ text, at: text * 10_000 + from, length: piece, begins, ends, tokens, key });
      }
    }
    rows.cut();
    expect(rows.size).toBe(expected.length);
    expect(Array.from({ length: rows.size }, (_, row) => rows.row(row))).toEqual(expected);
    const all = expected.reduce((sum, { tokens }) => sum + tokens, 0);
    expect(rows.closest(Number.POSITIVE_INFINITY)).toEqual({ rows: expected.length, tokens: all });
    const { rows: half, tokens } = rows.closest(all / 2);
    expect(expected.slice(0, half).reduce((sum, row) => sum + row.tokens, 0)).toBe(tokens);
    expect(Math.abs(tokens - all / 2)).toBeLessThanOrEqual(REPLAY_PIECE / 2 + BEGIN);
  });

  it('are none where nothing was taken', () => {
    const rows = new ReplayRows(0);
    rows.cut();
    expect(rows.closest(1_000)).toEqual({ rows: 0, tokens: 0 });
  });
});
