import { describe, expect, it } from 'vitest';
import {
  clusterBootstrap,
  decodingInterval,
  fitScaling,
  mcnemar,
  pairedDelta,
} from '../../../src/engine/eval/statistics/index.ts';

const documents = (count: number, each = 1) =>
  Array.from({ length: count * each }, (_, question) => `document ${Math.floor(question / each)}`);

describe('few questions: an interval or a reason, never NaN or a bare number', () => {
  it('no question answered', () => {
    expect(clusterBootstrap([], [])).toEqual({
      mean: null,
      questions: 0,
      clusters: 0,
      ci95: { kind: 'not_enough', reason: 'no question has an answer yet' },
      p: null,
    });
    expect(decodingInterval([]).ci95).toMatchObject({ kind: 'not_enough' });
  });

  it('one question, and many of one document: no interval over documents', () => {
    expect(clusterBootstrap([1], ['a']).ci95).toMatchObject({
      kind: 'not_enough',
      reason: expect.stringContaining('one question'),
    });
    const one = clusterBootstrap([1, 0, 1, 0.5], documents(1, 4));
    expect(one).toMatchObject({ mean: 0.625, clusters: 1, p: null });
    expect(one.ci95).toMatchObject({ kind: 'not_enough', reason: expect.stringContaining('one document') });
  });

  it.each([
    ['all right', 1, [30 / (30 + 1.959963984540054 ** 2), 1]],
    ['all wrong', 0, [0, 1.959963984540054 ** 2 / (30 + 1.959963984540054 ** 2)]],
  ])('%s in 30 documents: bounds by the documents that were not seen, not a point', (_, value, [low, high]) => {
    const { ci95, mean } = clusterBootstrap(new Float64Array(60).fill(value), documents(30, 2));
    expect(mean).toBe(value);
    expect(ci95).toMatchObject({ kind: 'interval', basis: 'no_variation', note: expect.stringContaining('Wilson') });
    if (ci95.kind !== 'interval') throw new Error('an interval');
    expect(ci95.low).toBeCloseTo(low ?? 0, 12);
    expect(ci95.high).toBeCloseTo(high ?? 0, 12);
  });

  it('the same mean in every document is not certainty either', () => {
    const { ci95 } = clusterBootstrap([1, 0, 1, 0, 1, 0], documents(3, 2));
    expect(ci95).toMatchObject({ kind: 'interval', basis: 'no_variation' });
    if (ci95.kind === 'interval') expect(ci95.high - ci95.low).toBeGreaterThan(0.5);
  });

  it('two documents: an interval with a warning, and p not below what two can agree by chance', () => {
    const { ci95, p } = clusterBootstrap([1, 1, 0.5], ['a', 'a', 'b']);
    expect(ci95).toMatchObject({ kind: 'interval', note: expect.stringContaining('only 2 documents') });
    expect(p).toBe(0.5);
  });

  it('one answer a question has no decoding noise; equal runs say so instead of a point', () => {
    expect(decodingInterval([[1], [0]])).toMatchObject({ mean: 0.5, sd: null, ci95: { kind: 'not_enough' } });
    expect(
      decodingInterval([
        [1, 1, 1],
        [0, 0, 0],
      ]).ci95,
    ).toMatchObject({ kind: 'not_enough', reason: expect.stringContaining('same accuracy') });
  });

  it('a partial run counts the questions that have as many answers as the middle one', () => {
    const noise = decodingInterval([[1, 0], [1, 1], [0], []]);
    expect(noise).toMatchObject({ runs: [1, 0.5], questions: 2, mean: 0.75 });
  });

  it('no question differs: p is 1 and the interval still has a width', () => {
    const same = Array.from({ length: 40 }, (_, question) => ({
      first: [question % 2],
      second: [question % 2],
      cluster: `document ${question % 20}`,
    }));
    const delta = pairedDelta(same);
    expect(delta).toMatchObject({ mean: 0, p: 1, majority: { p: 1, both: 20, neither: 20 } });
    if (delta.ci95.kind !== 'interval') throw new Error('an interval');
    expect(delta.ci95.low).toBeCloseTo(-delta.ci95.high, 12);
    expect(delta.ci95.high).toBeGreaterThan(0.1);
  });

  it('questions without an answer on both sides are left out of a difference', () => {
    const delta = pairedDelta([
      { first: [1], second: [], cluster: 'a' },
      { first: [0], second: [1], cluster: 'b' },
    ]);
    expect(delta).toMatchObject({ questions: 1, mean: 1, ci95: { kind: 'not_enough' }, p: null });
  });

  it('McNemar: ties of a majority are wrong, no discordant pair is p = 1', () => {
    expect(mcnemar([])).toEqual({ both: 0, neither: 0, first_only: 0, second_only: 0, p: 1 });
    const delta = pairedDelta([{ first: [1, 0], second: [1, 1], cluster: 'a' }]);
    expect(delta.majority).toMatchObject({ second_only: 1 });
    expect(delta.first_answers).toMatchObject({ both: 1 });
  });
});

describe('scaling', () => {
  const clusters = documents(20, 2);
  const point = (tokens: number, right: number) => ({
    tokens,
    values: clusters.map((_, question) => (question % 40 < right ? 1 : 0)),
  });
  const rag = point(0, 30).values;

  it('needs four budgets and two documents', () => {
    const three = [point(1e6, 10), point(2e6, 14), point(4e6, 18), point(4e6, 17)];
    expect(fitScaling(three, clusters, rag)).toEqual({ kind: 'not_enough', reason: expect.stringContaining('3 of') });
    expect(fitScaling([], [], null)).toMatchObject({ kind: 'not_enough' });
    const four = [...three, point(8e6, 22)];
    const alone = fitScaling(
      four,
      clusters.map(() => 'one'),
      rag,
    );
    expect(alone).toMatchObject({ kind: 'fit', b95: { kind: 'not_enough' }, to_rag: { kind: 'none' } });
  });

  it('a rising line meets retrieval beyond the largest budget: extrapolated, with an interval', () => {
    const fit = fitScaling([point(1e6, 8), point(2e6, 12), point(4e6, 16), point(8e6, 20)], clusters, rag, {
      source_tokens: 1e5,
    });
    if (fit.kind !== 'fit' || fit.to_rag.kind !== 'tokens') throw new Error('meets retrieval');
    expect(fit.per_doubling).toBeCloseTo(0.1, 12);
    expect(fit.r2).toBeCloseTo(1, 12);
    expect(fit.to_rag.tokens).toBeCloseTo(8e6 * 2 ** 2.5, 3);
    expect(fit.to_rag.multiple?.tokens).toBeCloseTo(80 * 2 ** 2.5, 6);
    expect(fit.to_rag.extrapolated).toBe('above');
    expect(fit.to_rag.low).toBeLessThan(fit.to_rag.tokens);
    expect(fit.saturating).toBe(false);
  });

  it('a flat or falling line has no crossing, with the reason', () => {
    const falling = fitScaling([point(1e6, 20), point(2e6, 16), point(4e6, 12), point(8e6, 8)], clusters, rag);
    expect(falling).toMatchObject({
      kind: 'fit',
      to_rag: { kind: 'none', reason: expect.stringContaining('does not rise') },
    });
    const level = fitScaling(
      [1e6, 2e6, 4e6, 8e6].map((tokens) => point(tokens, 16)),
      clusters,
      rag,
    );
    expect(level).toMatchObject({ kind: 'fit', r2: null, to_rag: { kind: 'none' } });
    const without = fitScaling([point(1e6, 8), point(2e6, 12), point(4e6, 16), point(8e6, 20)], clusters, null);
    expect(without).toMatchObject({
      to_rag: { kind: 'none', reason: expect.stringContaining('retrieval has no answers') },
    });
  });

  it('last residuals all negative: it flattens', () => {
    const flattening = [point(1e6, 8), point(2e6, 16), point(4e6, 22), point(8e6, 24), point(16e6, 24.5)];
    expect(fitScaling(flattening, clusters, rag)).toMatchObject({ saturating: false });
    const plateau = [8, 16, 24, 26, 26, 26].map((right, index) => point(1e6 * 2 ** index, right));
    expect(fitScaling(plateau, clusters, rag)).toMatchObject({ saturating: true });
  });
});

describe('rounding', () => {
  it('differences in thirds that cancel give an interval that begins at 0, not at 1e-17 above it', () => {
    const third = 1 / 3;
    const values = Array.from({ length: 12 }, (_, question) =>
      question < 6 ? third + third : question % 2 === 0 ? -third : 0,
    );
    const { ci95 } = clusterBootstrap(values, documents(12), { range: [-1, 1] });
    if (ci95.kind !== 'interval') throw new Error('an interval');
    for (const end of [ci95.low, ci95.high]) expect(end === 0 || Math.abs(end) > 1e-9).toBe(true);
  });
});
