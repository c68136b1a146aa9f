/** Resamples of a bootstrap, as of the reference (recipe §7). */
export const RESAMPLES = 10_000;
export const DEFAULT_SEED = 0;

/** Questions by the document they belong to: the unit that is resampled, as questions of one text are not independent. */
export interface Clusters {
  /** Distinct clusters. */
  readonly count: number;
  /** Cluster of each question, 0 … count − 1, numbered in order of first appearance. */
  readonly of: Int32Array;
  /** Questions in each cluster. */
  readonly sizes: Float64Array;
}

/** Numbers the clusters. `names[q]` is the cluster of question q. */
export function clustersOf(names: readonly string[]): Clusters {
  const numbers = new Map<string, number>();
  const of = new Int32Array(names.length);
  names.forEach((name, question) => {
    const known = numbers.get(name) ?? numbers.size;
    numbers.set(name, known);
    of[question] = known;
  });
  const sizes = new Float64Array(numbers.size);
  for (const cluster of of) sizes[cluster] = (sizes[cluster] ?? 0) + 1;
  return { count: numbers.size, of, sizes };
}

/** Sum of a per-question value in each cluster. */
export function clusterSums(values: ArrayLike<number>, clusters: Clusters): Float64Array {
  const sums = new Float64Array(clusters.count);
  for (let question = 0; question < clusters.of.length; question++) {
    const cluster = clusters.of[question] ?? 0;
    sums[cluster] = (sums[cluster] ?? 0) + (values[question] ?? 0);
  }
  return sums;
}

/**
 * Means of every series in each resample: clusters are drawn with replacement, the same draws for all series, so that
 * differences between them are paired. A mean is over questions: Σ of cluster sums / Σ of cluster sizes.
 *
 * The generator is sfc32 (Doty-Humphrey, PractRand) started from (seed, two constants, 1) and run idle 15 times; index =
 * ⌊u · count / 2³²⌋. Written out in the loop: it runs fifty million times for 5,000 clusters.
 * @param series per-question values, each as long as `clusters.of`
 * @returns per series a `Float64Array` of `resamples` means, in order of drawing
 */
export function resampledMeans(
  series: readonly ArrayLike<number>[],
  clusters: Clusters,
  { resamples = RESAMPLES, seed = DEFAULT_SEED }: { resamples?: number; seed?: number } = {},
): Float64Array[] {
  const sums = series.map((values) => clusterSums(values, clusters));
  const means = series.map(() => new Float64Array(resamples));
  const times = new Int32Array(clusters.count);
  const { count, sizes } = clusters;
  let a = seed >>> 0;
  let b = 0x9e3779b9 | 0;
  let c = 0x243f6a88 | 0;
  let d = 1;
  for (let resample = -1; resample < resamples; resample++) {
    const draws = resample < 0 ? 15 : count;
    times.fill(0);
    for (let draw = 0; draw < draws; draw++) {
      const random = (a + b + d) | 0;
      d = (d + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = ((c << 21) | (c >>> 11)) + random;
      c |= 0;
      const index = Math.floor((random >>> 0) * 2.3283064365386963e-10 * count);
      times[index] = (times[index] ?? 0) + 1;
    }
    if (resample < 0) continue;
    let questions = 0;
    for (let cluster = 0; cluster < count; cluster++) questions += (times[cluster] ?? 0) * (sizes[cluster] ?? 0);
    for (let s = 0; s < sums.length; s++) {
      const own = sums[s];
      const to = means[s];
      if (!own || !to) continue;
      let total = 0;
      for (let cluster = 0; cluster < count; cluster++) total += (times[cluster] ?? 0) * (own[cluster] ?? 0);
      to[resample] = total / questions;
    }
  }
  return means;
}

/** Quantile of sorted numbers by linear interpolation (type 7 of Hyndman & Fan 1996, numpy's default). */
export function quantileOfSorted(sorted: ArrayLike<number>, p: number): number {
  const position = (sorted.length - 1) * p;
  const below = Math.floor(position);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[below + 1] ?? low;
  // Infinite draws (a curve that never reaches its goal) must not become NaN by ∞ − ∞.
  return position === below || low === high ? low : low + (high - low) * (position - below);
}

/** The middle 95 % of a bootstrap's draws. */
export function percentile95(draws: Float64Array): [low: number, high: number] {
  const sorted = draws.slice().sort();
  return [quantileOfSorted(sorted, 0.025), quantileOfSorted(sorted, 0.975)];
}
