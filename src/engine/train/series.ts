/** One curve as it was logged; columns are parallel. */
export interface Curve {
  step: (number | null)[];
  tokens: (number | null)[];
  /** Since the run's first event. */
  seconds: number[];
  /** Null: no finite number was logged. */
  value: (number | null)[];
}

export const emptyCurve = (): Curve => ({ step: [], tokens: [], seconds: [], value: [] });

/** Indices of a curve whose `axis` lies in `[from, to]`, with one neighbour on either side so that lines go on. */
export function within(axis: readonly (number | null)[], from: number, to: number): [first: number, last: number] {
  let first = axis.findIndex((at) => at !== null && at >= from);
  let last = axis.findLastIndex((at) => at !== null && at <= to);
  if (first < 0) first = axis.length - 1;
  if (last < 0) last = 0;
  return [Math.max(0, Math.min(first, last) - 1), Math.min(axis.length - 1, Math.max(first, last) + 1)];
}

/**
 * Which points of a curve to draw: at most `most`, first and last always, peaks kept. Largest Triangle Three Buckets
 * (Steinarsson 2013): of each bucket the point that spans the largest triangle with the one chosen before and the mean
 * of the next bucket. Points without a value count as the one before, so a gap keeps its place.
 * @param x increasing
 * @returns increasing indices, `[min(n, most)]`
 */
export function largestTriangles(x: readonly number[], y: readonly (number | null)[], most: number): number[] {
  const n = x.length;
  if (n <= most || most < 3) return [...Array(Math.min(n, Math.max(most, 0))).keys()];
  const height = filled(y);
  const chosen = [0];
  const width = (n - 2) / (most - 2);
  let before = 0;
  for (let bucket = 0; bucket < most - 2; bucket += 1) {
    const start = Math.floor(bucket * width) + 1;
    const end = Math.floor((bucket + 1) * width) + 1;
    const nextEnd = Math.min(n, Math.floor((bucket + 2) * width) + 1);
    const meanX = mean(x, end, nextEnd);
    const meanY = mean(height, end, nextEnd);
    let best = start;
    let largest = -1;
    const [beforeX, beforeY] = [x[before] ?? 0, height[before] ?? 0];
    for (let at = start; at < end; at += 1) {
      const area = Math.abs(
        (beforeX - meanX) * ((height[at] ?? 0) - beforeY) - (beforeX - (x[at] ?? 0)) * (meanY - beforeY),
      );
      if (area > largest) [largest, best] = [area, at];
    }
    chosen.push(best);
    before = best;
  }
  chosen.push(n - 1);
  return chosen;
}

function filled(y: readonly (number | null)[]): number[] {
  let last = y.find((value) => value !== null) ?? 0;
  return y.map((value) => {
    last = value ?? last;
    return last;
  });
}

function mean(values: readonly number[], start: number, end: number): number {
  let sum = 0;
  for (let at = start; at < end; at += 1) sum += values[at] ?? 0;
  return end > start ? sum / (end - start) : (values.at(-1) ?? 0);
}
