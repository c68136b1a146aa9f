import { studentQuantile } from './distributions.ts';

/** Least squares of y = a + b·x with what is needed to refit other y over the same x. */
export interface Line {
  readonly a: number;
  readonly b: number;
  /** 1 − residual / total sum of squares; null where y does not vary. */
  readonly r2: number | null;
  readonly residuals: readonly number[];
  /** 95 % t interval of b from the scatter around the line, n − 2 degrees; null for fewer than three points. */
  readonly b95: readonly [low: number, high: number] | null;
}

/** Centred sums, so that ln D near 20 costs no digits. Needs two distinct x. */
export function leastSquares(x: readonly number[], y: readonly number[]): Line {
  const n = x.length;
  const meanX = x.reduce((sum, value) => sum + value, 0) / n;
  const meanY = y.reduce((sum, value) => sum + value, 0) / n;
  let xx = 0;
  let xy = 0;
  let yy = 0;
  x.forEach((value, point) => {
    const [dx, dy] = [value - meanX, (y[point] ?? 0) - meanY];
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  });
  const b = xy / xx;
  const a = meanY - b * meanX;
  const residuals = x.map((value, point) => (y[point] ?? 0) - (a + b * value));
  const rest = residuals.reduce((sum, residual) => sum + residual * residual, 0);
  const half = n > 2 ? studentQuantile(0.975, n - 2) * Math.sqrt(rest / (n - 2) / xx) : null;
  return { a, b, r2: yy > 0 ? 1 - rest / yy : null, residuals, b95: half === null ? null : [b - half, b + half] };
}
