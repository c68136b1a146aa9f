import { Z_975 } from './distributions.ts';

/**
 * Wilson score interval of a proportion, 95 % (Wilson 1927). Takes every trial as independent: for questions that share
 * documents it is only a hint of what one run could show.
 */
export function wilsonInterval(hits: number, n: number): [low: number, high: number] | null {
  if (n <= 0) return null;
  const z2 = Z_975 ** 2;
  const p = hits / n;
  const scale = 1 + z2 / n;
  const centre = (p + z2 / (2 * n)) / scale;
  const half = (Z_975 * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n))) / scale;
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/** Half-width of the one-run binomial 95 % interval, z · √(p(1 − p) / n) (recipe §7): what n questions can tell apart. */
export function oneRunHalfWidth(p: number, n: number): number | null {
  return n <= 0 ? null : Z_975 * Math.sqrt((p * (1 - p)) / n);
}
