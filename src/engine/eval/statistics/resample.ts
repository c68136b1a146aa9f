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
 * ⌊u · count / 2³²⌋.
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
  const { count, sizes } = clusters;
  const times = new Int32Array(count);
  const drawn = draws(count, resamples, seed);
  for (let resample = 0; resample < resamples; resample++) {
    const indices = drawn(resample);
    times.fill(0);
    for (let draw = 0; draw < count; draw++) {
      const index = indices[draw] ?? 0;
      times[index] = (times[index] ?? 0) + 1;
    }
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

/** Draws are kept for the next series over as many clusters, up to this many (16 MB). */
const MOST_KEPT = 4_000_000;
let kept: { key: string; indices: Int32Array } | undefined;

/** The clusters drawn in resample 0, 1, 2 …, asked for in this order. */
function draws(count: number, resamples: number, seed: number): (resample: number) => Int32Array {
  const generator = new Generator(seed);
  if (count * resamples > MOST_KEPT) {
    const indices = new Int32Array(count);
    return () => generator.fill(indices, count);
  }
  const key = `${count} ${resamples} ${seed}`;
  if (kept?.key !== key) kept = { key, indices: generator.fill(new Int32Array(count * resamples), count) };
  const { indices } = kept;
  return (resample) => indices.subarray(resample * count, (resample + 1) * count);
}

/** sfc32; see `resampledMeans`. Its loop is written out: it runs fifty million times for 5,000 clusters. */
class Generator {
  readonly #state: [a: number, b: number, c: number, d: number];

  constructor(seed: number) {
    this.#state = [seed | 0, 0x9e3779b9 | 0, 0x243f6a88 | 0, 1];
    this.fill(new Int32Array(15), 1);
  }

  /** Fills with ⌊u · count / 2³²⌋. */
  fill(indices: Int32Array, count: number): Int32Array {
    let [a, b, c, d] = this.#state;
    const scale = count / 2 ** 32;
    for (let draw = 0; draw < indices.length; draw++) {
      const random = (a + b + d) | 0;
      d = (d + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + random) | 0;
      // Not rounded up: below 2³², u · count / 2³² is below count by more than its rounding error.
      indices[draw] = (random >>> 0) * scale;
    }
    this.#state[0] = a;
    this.#state[1] = b;
    this.#state[2] = c;
    this.#state[3] = d;
    return indices;
  }
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
