import { describe, expect, it } from 'vitest';
import { contentHash } from '../../../src/engine/contentHash.ts';
import { parseId } from '../../../src/engine/llm/idTable.ts';
import { possibleTokens, replayTokens, select, shortfall, syntheticBudget } from '../../../src/engine/mix/budgets.ts';
import type { Part } from '../../../src/engine/mix/parts.ts';
import { documentShares, heldOut, orderPart, type Pool, rowsFor, shuffle } from '../../../src/engine/mix/selection.ts';
import { seeded } from '../../../src/engine/synth/plan/random.ts';

/** Rows of invented samples: half QAs of part 0, half documents of part 1, over five documents of very different size. */
function pool(rows: number, name = 'a'): Pool {
  const random = seeded('pool', name);
  const id = new Uint32Array(rows * 4);
  const part = new Uint8Array(rows);
  const document = new Uint32Array(rows);
  const tokens = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) {
    parseId(contentHash(`${name} ${row}`), id, row * 4);
    part[row] = row % 2;
    document[row] = Math.floor(5 * random() ** 2);
    tokens[row] = 20 + Math.floor(200 * random());
  }
  const all = Uint32Array.from({ length: rows }, (_, row) => row);
  return { rows: all, id, part, document, tokens: (row) => tokens[row] ?? 0 };
}
const lengths = Float64Array.from([100, 800, 1600, 400, 5000]);
const rowsOfPart = (of: Pool, part: number) => of.rows.filter((row) => of.part[row] === part);
const orders = (of: Pool, floor = 0.25) =>
  [0, 1].map((part) => orderPart(of, rowsOfPart(of, part), documentShares(lengths, [0, 1, 2, 3, 4], floor), 7));
const part = (fields: Partial<Part> = {}): Part => ({
  label: 'qa',
  kind: 'qa',
  methods: [],
  share: 0.5,
  project: undefined,
  written: { kind: 'qa', methods: [], weight: 1 },
  ...fields,
});

describe('a budget', () => {
  const parts = [part({ share: 0.5 }), part({ label: 'document', kind: 'document', share: 0.5 })];

  it('is met by every part to within half a row, whatever the shares', () => {
    for (const name of ['a', 'b', 'c']) {
      const of = pool(4000, name);
      const ordered = orders(of);
      for (const share of [0.5, 0.1, 0.77]) {
        const weighted = [part({ share }), part({ share: 1 - share })];
        for (const tokens of [100, 5_000, 44_444, 87_000]) {
          const { parts: chosen } = select(weighted, ordered, tokens);
          for (const [index, { tokens: got, rows }] of chosen.entries()) {
            const order = ordered[index];
            const next = of.tokens(order?.rows[rows] ?? 0);
            const last = of.tokens(order?.rows[rows - 1] ?? 0);
            const asked = tokens * (weighted[index]?.share ?? 0);
            expect(Math.abs(got - asked)).toBeLessThanOrEqual(Math.max(next, last) / 2);
          }
        }
      }
    }
  });

  it('holds every smaller budget of the same seed', () => {
    const ordered = orders(pool(2000));
    const rowsOf = (tokens: number) => {
      const { parts: chosen } = select(parts, ordered, tokens);
      return chosen.flatMap(({ rows }, index) => [...(ordered[index]?.rows.subarray(0, rows) ?? [])]);
    };
    let smaller = new Set<number>();
    for (const tokens of [1_000, 2_000, 30_000, 99_999, 180_000]) {
      const rows = new Set(rowsOf(tokens));
      expect(rows.size).toBeGreaterThan(smaller.size);
      expect([...smaller].every((row) => rows.has(row))).toBe(true);
      smaller = rows;
    }
  });

  it('says to the token what each part lacks, and how much is possible', () => {
    const available = [10_000, 3_000];
    expect(possibleTokens(parts, available)).toBe(6_000);
    expect(shortfall(parts, available, 6_000)).toBeUndefined();
    expect(shortfall(parts, available, 24_000)).toEqual({
      asked_tokens: 24_000,
      possible_tokens: 6_000,
      parts: [
        { label: 'qa', kind: 'qa', methods: [], lacking_tokens: 2_000, requests: null },
        { label: 'document', kind: 'document', methods: [], lacking_tokens: 9_000, requests: null },
      ],
    });
  });

  it('leaves replay its share of all tokens by both rules of the recipe', () => {
    const share = 0.1;
    for (const rule of ['add', 'replace'] as const) {
      const synthetic = syntheticBudget(90_000, { share, rule });
      expect(synthetic).toBeCloseTo(rule === 'add' ? 90_000 : 81_000);
      const replay = replayTokens(synthetic, share);
      expect(replay / (synthetic + replay)).toBeCloseTo(share);
    }
  });
});

describe('documents of a part', () => {
  it('have their shares of every budget to within a row, by length with a floor', () => {
    const of = pool(6000);
    const floor = 0.25;
    const shares = documentShares(lengths, [0, 1, 2, 3, 4], floor);
    expect([...shares].reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
    expect(shares[0]).toBeCloseTo(0.25 / 5 + 0.75 * (100 / 7900));
    const [order] = orders(of, floor);
    // As long as no document has run out of samples.
    for (const rows of [50, 200, 400]) {
      const tokens = new Float64Array(5);
      for (const row of order?.rows.subarray(0, rows) ?? []) {
        const document = of.document[row] ?? 0;
        tokens[document] = (tokens[document] ?? 0) + of.tokens(row);
      }
      const total = tokens.reduce((sum, each) => sum + each, 0);
      for (const [document, share] of shares.entries()) {
        expect(Math.abs((tokens[document] ?? 0) - share * total)).toBeLessThanOrEqual(2 * 220);
      }
    }
  });

  it('leave their share to the others when they run out, and nothing is taken twice', () => {
    const of = pool(500);
    const [order] = orders(of);
    expect(new Set(order?.rows).size).toBe(order?.rows.length);
    expect(order?.rows.length).toBe(rowsOfPart(of, 0).length);
    expect(order?.cumulative.at(-1)).toBe(rowsOfPart(of, 0).reduce((sum, row) => sum + of.tokens(row), 0));
  });

  it('come in another order with another seed', () => {
    const of = pool(300);
    const shares = documentShares(lengths, [0, 1, 2, 3, 4], 0.25);
    const rows = rowsOfPart(of, 0);
    const [one, same, other] = [1, 1, 2].map((salt) => [...orderPart(of, rows, shares, salt).rows]);
    expect(one).toEqual(same);
    expect(one).not.toEqual(other);
  });
});

describe('held-out samples', () => {
  it('are a share of each part, by the id alone', () => {
    const of = pool(20_000);
    const { train, held } = heldOut(of, 2, 0.05);
    expect(held.length + train.length).toBe(20_000);
    expect(held.length / 20_000).toBeCloseTo(0.05, 1);
    const fewer: Pool = { ...of, rows: of.rows.slice(5_000) };
    const again = new Set(heldOut(fewer, 2, 0.05).held);
    expect([...again]).toEqual([...held].filter((row) => row >= 5_000));
  });

  it('are one at least where a part is small, and none where none is asked for', () => {
    const of = pool(20);
    expect(heldOut(of, 2, 0.01).held.length).toBeGreaterThanOrEqual(2);
    expect(heldOut(of, 2, 0).held.length).toBe(0);
  });
});

it('rowsFor takes what comes closest', () => {
  const cumulative = Float64Array.from([0, 10, 20, 40]);
  expect([0, 4, 6, 15, 16, 29, 31, 400].map((tokens) => rowsFor({ cumulative }, tokens))).toEqual([
    0, 0, 1, 1, 2, 2, 3, 3,
  ]);
});

it('shuffling keeps every row, and is the same for a seed', () => {
  const rows = () => Uint32Array.from({ length: 1000 }, (_, at) => at);
  const one = shuffle(rows(), seeded('x', 1));
  expect([...one]).toEqual([...shuffle(rows(), seeded('x', 1))]);
  expect([...one]).not.toEqual([...shuffle(rows(), seeded('x', 2))]);
  expect([...one].sort((a, b) => a - b)).toEqual([...rows()]);
});
