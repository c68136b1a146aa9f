import type { Point } from './chartSeries.ts';
import type { Marker } from './look.ts';
import type { Scale } from './scale.ts';

/** SVG path data of curves, bands and markers. Pure. */

/** A line through the points; a gap where a value is missing or cannot be drawn. */
export function linePath(points: readonly Point[], x: Scale, y: Scale): string {
  let path = '';
  let pen = false;
  for (const point of points) {
    const [px, py] = [x.at(point.x), point.y === null ? Number.NaN : y.at(point.y)];
    if (!Number.isFinite(px) || !Number.isFinite(py)) {
      pen = false;
      continue;
    }
    path += `${pen ? 'L' : 'M'}${round(px)} ${round(py)}`;
    pen = true;
  }
  return path;
}

/** The area between `low` and `high`, piece by piece where points without an interval interrupt it. */
export function bandPath(points: readonly Point[], x: Scale, y: Scale): string {
  let path = '';
  let piece: [number, number, number][] = [];
  const close = () => {
    if (piece.length > 1) {
      const upper = piece.map(([px, , high]) => `${round(px)} ${round(high)}`);
      const lower = piece.toReversed().map(([px, low]) => `${round(px)} ${round(low)}`);
      path += `M${upper.join('L')}L${lower.join('L')}Z`;
    }
    piece = [];
  };
  for (const point of points) {
    const px = x.at(point.x);
    const low = point.low === undefined ? Number.NaN : y.at(point.low);
    const high = point.high === undefined ? Number.NaN : y.at(point.high);
    if (Number.isFinite(px) && Number.isFinite(low) && Number.isFinite(high)) piece.push([px, low, high]);
    else close();
  }
  close();
  return path;
}

/** Whiskers of single intervals: a vertical line with two caps. */
export function whiskerPath(point: Point, x: Scale, y: Scale, cap = 4): string {
  if (point.low === undefined || point.high === undefined) return '';
  const [px, low, high] = [x.at(point.x), y.at(point.low), y.at(point.high)];
  if (![px, low, high].every(Number.isFinite)) return '';
  return `M${round(px)} ${round(low)}V${round(high)}M${round(px - cap)} ${round(low)}h${2 * cap}M${round(px - cap)} ${round(high)}h${2 * cap}`;
}

/** Closed outline of a marker around the origin. */
export function markerPath(marker: Marker, size = 3.5): string {
  const s = size;
  switch (marker) {
    case 'circle':
    case 'ring':
      return `M${-s} 0a${s} ${s} 0 1 0 ${2 * s} 0a${s} ${s} 0 1 0 ${-2 * s} 0Z`;
    case 'square':
      return `M${-s} ${-s}h${2 * s}v${2 * s}h${-2 * s}Z`;
    case 'diamond':
      return `M0 ${-1.3 * s}L${1.3 * s} 0L0 ${1.3 * s}L${-1.3 * s} 0Z`;
    case 'triangle':
      return `M0 ${-1.2 * s}L${1.1 * s} ${0.9 * s}H${-1.1 * s}Z`;
    case 'cross':
      return `M${-s} ${-s}L${s} ${s}M${s} ${-s}L${-s} ${s}`;
  }
}

const round = (value: number): number => Math.round(value * 10) / 10;
