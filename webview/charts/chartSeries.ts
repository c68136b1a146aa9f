import type { Look } from './look.ts';
import { extent, padded, type Scale } from './scale.ts';

/** One value of a curve; `low` and `high` are the ends of its interval where it has one. `y` null: a gap. */
export interface Point {
  readonly x: number;
  readonly y: number | null;
  readonly low?: number;
  readonly high?: number;
  /** Said beside the value in read-out and table, e.g. `n = 150`. */
  readonly note?: string;
}

/** A curve. `points` ascend in x. */
export interface ChartSeries {
  readonly id: string;
  readonly label: string;
  readonly look: Look;
  readonly points: readonly Point[];
  /** `line` (default) with a marker where points are few, `points` alone, or a level line across the whole width. */
  readonly draw?: 'line' | 'points' | 'level';
}

/** The series' x extent; undefined when nothing can be drawn. */
export function xExtent(series: readonly ChartSeries[], kind: Scale['kind']): [number, number] | undefined {
  const xs = series.flatMap(({ points, draw }) => (draw === 'level' ? [] : points.map(({ x }) => x)));
  return extent(kind === 'log' ? xs.filter((x) => x > 0) : xs);
}

/** The y domain of what lies inside an x domain, intervals included, with air around it. */
export function yDomain(
  series: readonly ChartSeries[],
  [from, to]: readonly [number, number],
  kind: Scale['kind'],
  fromZero: boolean,
): [number, number] | undefined {
  const found = extent(
    series.flatMap(({ points, draw }) =>
      points
        .filter(({ x }) => draw === 'level' || (x >= from && x <= to))
        .flatMap(({ y, low, high }) => [y, low, high])
        .filter((value) => kind === 'linear' || (typeof value === 'number' && value > 0)),
    ),
  );
  if (!found) return undefined;
  if (fromZero && kind === 'linear' && found[0] >= 0) return [0, padded([0, found[1]], kind)[1]];
  return padded(found, kind);
}

/** The point nearest in x among those with a value. */
export function nearest(points: readonly Point[], x: number): Point | undefined {
  let best: Point | undefined;
  for (const point of points) {
    if (point.y === null) continue;
    if (!best || Math.abs(point.x - x) < Math.abs(best.x - x)) best = point;
  }
  return best;
}

/** Every x of any series that lies in the domain, ascending, once: where a read-out can stop. */
export function stops(series: readonly ChartSeries[], [from, to]: readonly [number, number]): number[] {
  const all = new Set(
    series.flatMap(({ points, draw }) =>
      draw === 'level' ? [] : points.filter(({ x, y }) => y !== null && x >= from && x <= to).map(({ x }) => x),
    ),
  );
  return [...all].sort((one, other) => one - other);
}
