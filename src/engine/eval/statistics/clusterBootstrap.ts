import { FEW_CLUSTERS, type Interval, notEnough, unseenDocuments } from './interval.ts';
import { clusterSums, clustersOf, percentile95, RESAMPLES, resampledMeans } from './resample.ts';

const ROUNDING = 1e-12;

export interface BootstrapOptions {
  /** Default 10,000. */
  readonly resamples?: number;
  /** Default 0. The same seed draws the same documents. */
  readonly seed?: number;
  /** Least and greatest value a question can have; [0, 1] for correctness, [−1, 1] for a difference. */
  readonly range?: readonly [number, number];
}

export interface MeanWithInterval {
  /** Mean over questions; null where there are none. */
  readonly mean: number | null;
  readonly questions: number;
  readonly clusters: number;
  readonly ci95: Interval;
  /** Two-sided p of "the mean is 0"; null where there is no interval. */
  readonly p: number | null;
}

/**
 * Mean over questions with a 95 % percentile interval of a bootstrap over documents (recipe §7): it covers which documents
 * and questions were asked, not training seeds, and decoding only as far as the mean over a question's answers leaves it.
 *
 * p = 2 · min(P(mean* ≤ 0), P(mean* ≥ 0)), each with (count + 1) / (resamples + 1) (Davison & Hinkley 1997, §4.2.1), and
 * never below 2^(1 − C): so small is the chance that C documents agree in their sign by accident (sign test).
 * @param values per question, e.g. the share of its answers that are right
 * @param clusters per question the document it belongs to (or the question itself where nothing is known)
 */
export function clusterBootstrap(
  values: ArrayLike<number>,
  clusters: readonly string[],
  { resamples = RESAMPLES, seed, range = [0, 1] }: BootstrapOptions = {},
): MeanWithInterval {
  if (values.length !== clusters.length) throw new RangeError('one cluster per value');
  const grouped = clustersOf(clusters);
  const questions = values.length;
  if (questions === 0) {
    return { mean: null, questions, clusters: 0, ci95: notEnough('no question has an answer yet'), p: null };
  }
  const sums = clusterSums(values, grouped);
  const mean = sums.reduce((total, sum) => total + sum, 0) / questions;
  const known = { mean, questions, clusters: grouped.count };
  if (grouped.count === 1) {
    const reason =
      questions === 1
        ? 'one question: an interval needs questions of at least two documents'
        : 'all questions belong to one document: an interval over documents needs at least two';
    return { ...known, ci95: notEnough(reason), p: null };
  }
  const least = 2 ** (1 - grouped.count);
  if (sums.every((sum, cluster) => Math.abs(sum / (grouped.sizes[cluster] ?? 1) - mean) < ROUNDING)) {
    const [low, high] = unseenDocuments(mean, grouped.count, range);
    const note = `all ${grouped.count} documents have the same mean: Wilson bound over documents instead of a bootstrap`;
    return {
      ...known,
      ci95: { kind: 'interval', low, high, basis: 'no_variation', note },
      p: Math.abs(mean) < ROUNDING ? 1 : Math.min(1, least),
    };
  }
  const [draws] = resampledMeans([values], grouped, seed === undefined ? { resamples } : { resamples, seed });
  if (!draws) throw new RangeError('a series has draws');
  // Thirds that should cancel leave 1e-17: an interval that begins at 0 must not read as one above it.
  const [low = 0, high = 0] = percentile95(draws).map((end) => (Math.abs(end) < ROUNDING ? 0 : end));
  const note = `only ${grouped.count} documents: the interval is rough and rather too narrow`;
  return {
    ...known,
    ci95: { kind: 'interval', low, high, basis: 'bootstrap', ...(grouped.count < FEW_CLUSTERS ? { note } : {}) },
    p: Math.max(least, twoSided(draws)),
  };
}

function twoSided(draws: Float64Array): number {
  let below = 0;
  let above = 0;
  for (const draw of draws) {
    // Thirds do not add up to exactly 0.
    if (draw <= ROUNDING) below += 1;
    if (draw >= -ROUNDING) above += 1;
  }
  return Math.min(1, (2 * (Math.min(below, above) + 1)) / (draws.length + 1));
}
