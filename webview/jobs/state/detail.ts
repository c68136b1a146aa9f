import type { MetricSeries, RunSnapshot } from '../../../src/contract/trainingRpc.ts';
import type { Axis } from './uiState.ts';

/** A zoomed stretch was asked for again with more points: they take the place of the few inside it. Pure. */

/** True when a snapshot left points out, so that a closer look shows more. */
export function isReduced({ series }: RunSnapshot): boolean {
  return series.some(({ logged, value }) => logged > value.length);
}

/** `whole` with the points of `[from, to]` on `axis` taken from `detail`. */
export function withDetail(
  whole: RunSnapshot,
  detail: RunSnapshot,
  axis: Axis,
  [from, to]: readonly [number, number],
): RunSnapshot {
  const inside = (series: MetricSeries, at: number) => {
    const x = series[axis][at];
    return x !== null && x !== undefined && x >= from && x <= to;
  };
  return {
    ...whole,
    series: whole.series.map((series) => {
      const closer = detail.series.find(({ key }) => key === series.key);
      if (!closer) return series;
      const rows = [...rowsOf(series, (at) => !inside(series, at)), ...rowsOf(closer, (at) => inside(closer, at))].sort(
        (one, other) => one.seconds - other.seconds,
      );
      return {
        key: series.key,
        logged: series.logged,
        step: rows.map(({ step }) => step),
        tokens: rows.map(({ tokens }) => tokens),
        seconds: rows.map(({ seconds }) => seconds),
        value: rows.map(({ value }) => value),
      };
    }),
  };
}

function rowsOf(series: MetricSeries, keep: (at: number) => boolean) {
  return series.value.flatMap((value, at) =>
    keep(at)
      ? [{ value, step: series.step[at] ?? null, tokens: series.tokens[at] ?? null, seconds: series.seconds[at] ?? 0 }]
      : [],
  );
}
