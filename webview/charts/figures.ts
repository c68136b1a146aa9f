/** How an axis and a read-out write numbers. Pure. */

const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 2 });

/** A value with about four digits: `1.934`, `12.4K`, `1e-5`. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 10_000) return compact.format(value);
  if (size < 0.001) return value.toExponential(2).replace(/\.?0+e/, 'e');
  return String(Number(value.toPrecision(4)));
}

/** The same on an axis, where `5K` stands beside `10K`. */
export function tickFigure(value: number): string {
  return Math.abs(value) >= 1_000 ? compact.format(value) : figure(value);
}

/** As a percentage of 1: `64.2 %`. */
export const percentage = (value: number): string => `${Number((value * 100).toPrecision(3))} %`;

/** Seconds as a person says them: `45 s`, `12 min`, `3 h 20 min`. */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  if (Math.abs(whole) < 90) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 90)
    return whole % 60 === 0 || minutes >= 10 ? `${minutes} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const rest = minutes % 60;
  return rest === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}
