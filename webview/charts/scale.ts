/** From values to pixels and back. */
export interface Scale {
  readonly kind: 'linear' | 'log';
  readonly domain: readonly [number, number];
  /** Pixel of a value; NaN for what a log scale cannot show (≤ 0). */
  at(value: number): number;
  /** Value of a pixel. */
  back(pixel: number): number;
}

/** @param range pixels of the domain's ends; the first may be the larger (a y axis) */
export function scale(kind: Scale['kind'], domain: readonly [number, number], range: readonly [number, number]): Scale {
  const forward = kind === 'log' ? Math.log : (value: number) => value;
  const inverse = kind === 'log' ? Math.exp : (value: number) => value;
  const [low, high] = [forward(domain[0]), forward(domain[1])];
  const span = high - low || 1;
  return {
    kind,
    domain,
    at: (value) =>
      kind === 'log' && value <= 0 ? Number.NaN : range[0] + ((forward(value) - low) / span) * (range[1] - range[0]),
    back: (pixel) => inverse(low + ((pixel - range[0]) / (range[1] - range[0])) * span),
  };
}

/** Smallest and largest of the finite values; undefined when there is none. */
export function extent(values: Iterable<number | null | undefined>): [number, number] | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value === null || value === undefined || !Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return high >= low ? [low, high] : undefined;
}

/** A domain with air around it, wide enough to be drawn even when all values are one. */
export function padded([low, high]: readonly [number, number], kind: Scale['kind'], share = 0.06): [number, number] {
  if (kind === 'log') {
    const [from, to] = [Math.max(low, Number.MIN_VALUE), Math.max(high, Number.MIN_VALUE)];
    const factor = from === to ? 2 : (to / from) ** share;
    return [from / factor, to * factor];
  }
  const air = high === low ? Math.abs(high) * 0.1 || 1 : (high - low) * share;
  return [low - air, high + air];
}
