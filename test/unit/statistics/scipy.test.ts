import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  binomialCdf,
  incompleteBeta,
  logGamma,
  studentQuantile,
} from '../../../src/engine/eval/statistics/distributions.ts';
import {
  clusterBootstrap,
  decodingInterval,
  fitScaling,
  type Interval,
  mcnemar,
  wilsonInterval,
} from '../../../src/engine/eval/statistics/index.ts';
import { askScipy, scipyPython } from './scipyVenv.ts';

const made = scipyPython();
if ('missing' in made) console.warn(`SKIPPED: statistics against SciPy: ${made.missing}`);
const python = 'python' in made ? made.python : '';

const Bounds = z.tuple([z.number(), z.number()]);
const bounds = (interval: Interval) => (interval.kind === 'interval' ? [interval.low, interval.high] : interval.reason);

/** Equal to 1e-9, relative for numbers above 1. */
function expectEqual(actual: unknown, expected: readonly number[]): void {
  const numbers = z.array(z.number()).parse(actual);
  expect(numbers).toHaveLength(expected.length);
  numbers.forEach((value, index) => {
    const wanted = expected[index] ?? Number.NaN;
    expect(Math.abs(value - wanted) / Math.max(1, Math.abs(wanted))).toBeLessThan(1e-9);
  });
}

/** Questions of `documents` documents with 1 to 5 questions each, answered `n` times with a document-dependent rate. */
function drawn(seed: number, documents: number, n: number) {
  let state = seed;
  const random = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const outcomes: (0 | 1)[][] = [];
  const clusters: string[] = [];
  for (let document = 0; document < documents; document++) {
    const rate = random();
    for (let question = 0; question <= Math.floor(random() * 5); question++) {
      clusters.push(`document ${document}`);
      outcomes.push(Array.from({ length: n }, () => (random() < rate ? 1 : 0)));
    }
  }
  const shares = outcomes.map((answers) => answers.reduce<number>((sum, answer) => sum + answer, 0) / n);
  return { outcomes, clusters, shares };
}

describe.skipIf('missing' in made)(
  'statistics equal SciPy and numpy to 1e-9',
  () => {
    it('distribution functions', () => {
      const case_ = {
        log_gamma: [0.1, 0.5, 1, 1.5, 2, 10, 171.5, 5000.25],
        beta: [
          [0.1, 2, 3],
          [0.5, 0.5, 0.5],
          [0.9, 40, 2],
          [0.3, 300, 700],
          [0.5, 2400, 2600],
        ] as const,
        t: [1, 2, 3, 7, 15, 63, 4000].map((freedom) => [0.975, freedom] as const),
        binomial: [
          [0, 5, 0.5],
          [3, 10, 0.5],
          [2400, 5000, 0.5],
          [17, 40, 0.3],
        ] as const,
      };
      const [answer] = askScipy(python, [{ what: 'distributions', ...case_ }]);
      const expected = z.record(z.string(), z.array(z.number())).parse(answer);
      expectEqual(case_.log_gamma.map(logGamma), expected.log_gamma ?? []);
      expectEqual(
        case_.beta.map(([x, a, b]) => incompleteBeta(x, a, b)),
        expected.beta ?? [],
      );
      expectEqual(
        case_.t.map(([p, freedom]) => studentQuantile(p, freedom)),
        expected.t ?? [],
      );
      expectEqual(
        case_.binomial.map(([k, n, p]) => binomialCdf(k, n, p)),
        expected.binomial ?? [],
      );
    });

    it('t interval over eight runs', () => {
      const cases = [1, 2, 3].map((seed) => drawn(seed * 77, 40, seed === 3 ? 2 : 8).outcomes);
      const answers = askScipy(
        python,
        cases.map((outcomes) => ({ what: 'decoding', outcomes })),
      );
      cases.forEach((outcomes, index) => {
        const expected = z.object({ mean: z.number(), sd: z.number(), interval: Bounds }).parse(answers[index]);
        const noise = decodingInterval(outcomes);
        expectEqual([noise.mean, noise.sd], [expected.mean, expected.sd]);
        expectEqual(bounds(noise.ci95), expected.interval);
      });
    });

    it('McNemar and Wilson', () => {
      const counts = [
        [0, 0],
        [3, 9],
        [10, 10],
        [140, 96],
        [2100, 2000],
      ] as const;
      const answers = askScipy(python, [
        ...counts.map(([first_only, second_only]) => ({ what: 'mcnemar', first_only, second_only })),
        { what: 'wilson', hits: 0, n: 12 },
        { what: 'wilson', hits: 37, n: 150 },
      ]);
      counts.forEach(([first, second], index) => {
        const pairs = [
          ...Array.from({ length: first }, () => [1, 0] as const),
          ...Array.from({ length: second }, () => [0, 1] as const),
        ];
        expectEqual([mcnemar(pairs).p], [z.object({ p: z.number() }).parse(answers[index]).p]);
      });
      expectEqual(wilsonInterval(0, 12), z.object({ interval: Bounds }).parse(answers[5]).interval);
      expectEqual(wilsonInterval(37, 150), z.object({ interval: Bounds }).parse(answers[6]).interval);
    });

    it('the bootstrap over documents with the same draws, and within Monte-Carlo error of other draws', () => {
      const cases = [
        drawn(11, 12, 8),
        drawn(12, 3, 1),
        (({ clusters, shares }) => ({ clusters, shares: shares.map((share) => share - 0.4) }))(drawn(13, 20, 4)),
      ].map(({ shares, clusters }, seed) => ({ what: 'bootstrap', values: shares, clusters, resamples: 10_000, seed }));
      const large = drawn(5, 100, 8);
      const answers = askScipy(python, [
        ...cases,
        { what: 'bootstrap_own_stream', values: large.shares, clusters: large.clusters },
      ]);
      cases.forEach(({ values, clusters, seed }, index) => {
        const expected = z.object({ mean: z.number(), interval: Bounds, p: z.number() }).parse(answers[index]);
        const { mean, ci95, p } = clusterBootstrap(values, clusters, { seed });
        expectEqual([mean, p], [expected.mean, expected.p]);
        expectEqual(bounds(ci95), expected.interval);
      });
      const { interval, sd } = z.object({ interval: Bounds, sd: z.number() }).parse(answers.at(-1));
      const { ci95 } = clusterBootstrap(large.shares, large.clusters);
      if (ci95.kind !== 'interval') throw new Error(ci95.reason);
      // The standard error of a 2.5 % quantile of 10,000 draws is about 0.027 sd.
      expect(Math.abs(ci95.low - interval[0])).toBeLessThan(0.15 * sd);
      expect(Math.abs(ci95.high - interval[1])).toBeLessThan(0.15 * sd);
    });

    it('scaling fit: line, residuals, intervals of slope, band and tokens to retrieval', () => {
      const { clusters, shares } = drawn(31, 25, 8);
      const budgets = [44e6, 88e6, 175e6, 350e6, 700e6];
      const rise = (gain: number, wobble: number) =>
        shares.map((share, question) => Math.min(1, share * 0.5 + gain + ((question * 37 + wobble) % 11) / 100));
      const points = budgets.map((tokens, index) => ({
        tokens,
        values: rise(0.06 * index + 0.01 * (index % 2), index),
      }));
      const rag = rise(0.2, 4);
      const fit = fitScaling(points, clusters, rag, { seed: 3, source_tokens: 1.6e6 });
      if (fit.kind !== 'fit' || fit.to_rag.kind !== 'tokens') throw new Error('there is a fit that meets retrieval');
      const ends = [fit.band[0]?.tokens ?? 0, fit.band.at(-1)?.tokens ?? 0];
      const [answer] = askScipy(python, [
        { what: 'scaling', points, clusters, rag, seed: 3, resamples: 10_000, points_at: ends },
      ]);
      const expected = z
        .object({
          a: z.number(),
          b: z.number(),
          r2: z.number(),
          per_doubling: z.number(),
          tokens: z.number(),
          residuals: z.array(z.number()),
          b95: Bounds,
          b95_scatter: Bounds,
          band: z.tuple([Bounds, Bounds]),
          tokens95: Bounds,
        })
        .parse(answer);
      expectEqual(
        [fit.a, fit.b, fit.r2, fit.per_doubling, fit.to_rag.tokens],
        [expected.a, expected.b, expected.r2, expected.per_doubling, expected.tokens],
      );
      expectEqual(fit.residuals, expected.residuals);
      expectEqual(bounds(fit.b95), expected.b95);
      expectEqual(fit.b95_scatter, expected.b95_scatter);
      expectEqual([fit.band[0]?.low, fit.band[0]?.high], expected.band[0]);
      expectEqual([fit.band.at(-1)?.low, fit.band.at(-1)?.high], expected.band[1]);
      expectEqual([fit.to_rag.low, fit.to_rag.high], expected.tokens95);
      expect(fit.to_rag.multiple?.tokens).toBeCloseTo(fit.to_rag.tokens / 1.6e6, 9);
    });
  },
  300_000,
);
