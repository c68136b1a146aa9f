import type { MetricSeries, RunSnapshot } from '../../../src/contract/trainingRpc.ts';
import { type ChartSeries, csvText, look, type Point } from '../../charts/index.ts';
import type { Axis } from './uiState.ts';

/** A chart of the panel: which logged key it shows and how its axis reads. */
export interface ChartKind {
  readonly key: string;
  readonly heading: string;
  readonly unit: string;
  readonly fromZero: boolean;
  /** Said where a running job has not logged it yet. */
  readonly later: string;
}

/** What a person looks at first; everything else that is logged is behind *More curves*. */
export const usualCharts: readonly ChartKind[] = [
  {
    key: 'loss',
    heading: 'Training loss',
    unit: 'loss',
    fromZero: false,
    later: 'The first loss is logged after the first steps.',
  },
  {
    key: 'eval_loss',
    heading: 'Loss on held-out samples',
    unit: 'eval_loss',
    fromZero: false,
    later: 'The loss on held-out samples is measured before the first step and at each checkpoint.',
  },
  {
    key: 'learning_rate',
    heading: 'Learning rate',
    unit: 'learning_rate',
    fromZero: true,
    later: 'It is logged with the loss.',
  },
  {
    key: 'train_tokens_per_second',
    heading: 'Tokens per second',
    unit: 'tokens/s',
    fromZero: true,
    later: 'It is logged with the loss.',
  },
  {
    key: 'gpu_util',
    heading: 'GPU use',
    unit: '%',
    fromZero: true,
    later: 'It comes with the job’s sign of life, every 30 s. A target without a GPU has none.',
  },
];

const usual = new Set(usualCharts.map(({ key }) => key));
/** Counters that are axes, not curves. */
const axes = new Set(['num_tokens', 'num_input_tokens_seen', 'epoch', 'step', 'total_flos']);

/** A chart for a key we know no more of. */
export function otherChart(key: string): ChartKind {
  return { key, heading: key, unit: key, fromZero: false, later: '' };
}

/** Keys that were logged and are no usual chart, by name. */
export function otherKeys(runs: readonly RunSnapshot[]): string[] {
  const keys = new Set(runs.flatMap(({ series }) => series.map(({ key }) => key)));
  return [...keys].filter((key) => !usual.has(key) && !axes.has(key)).sort();
}

/** The points of one logged key over an axis, ascending; those without a place on it are left out. */
export function pointsOf(series: MetricSeries, axis: Axis): Point[] {
  const column: readonly (number | null)[] = series[axis];
  return series.value
    .flatMap((y, at) => {
      const x = column[at];
      return x === null || x === undefined ? [] : [{ x, y }];
    })
    .sort((one, other) => one.x - other.x);
}

/** One curve for each run that logged the key. */
export function curvesOf(
  key: string,
  axis: Axis,
  runs: readonly RunSnapshot[],
  slots: Readonly<Record<string, number>>,
): ChartSeries[] {
  return runs.flatMap((run) => {
    const series = run.series.find((one) => one.key === key);
    if (!series) return [];
    const points = pointsOf(series, axis);
    return points.length === 0
      ? []
      : [{ id: run.run, label: run.status.title, look: look(slots[run.run] ?? 0), points }];
  });
}

/** From the first to the last value of any curve, so that all charts show one stretch; null where there is none. */
export function stretch(axis: Axis, runs: readonly RunSnapshot[]): [number, number] | null {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { series } of runs) {
    for (const one of series) {
      for (const x of one[axis]) {
        if (x === null) continue;
        from = Math.min(from, x);
        to = Math.max(to, x);
      }
    }
  }
  return to >= from ? [from, to] : null;
}

/** An axis that no run has values on is no choice: a run without token counts is drawn over steps. */
export function axisFor(wanted: Axis, runs: readonly RunSnapshot[]): Axis {
  if (!runs.some(({ series }) => series.length > 0)) return wanted;
  const has = (axis: Axis) =>
    runs.some(({ series }) => series.some((one) => one[axis].some((value) => value !== null)));
  if (has(wanted)) return wanted;
  return has('step') ? 'step' : 'seconds';
}

/** Everything shown as one table: a row for each run, key and point. */
export function runsCsv(runs: readonly RunSnapshot[]): string {
  return csvText(
    ['run', 'title', 'key', 'step', 'tokens', 'seconds', 'value'],
    runs.flatMap(({ run, status, series }) =>
      series.flatMap(({ key, step, tokens, seconds, value }) =>
        value.map((y, at) => [run, status.title, key, step[at] ?? null, tokens[at] ?? null, seconds[at] ?? null, y]),
      ),
    ),
  );
}

/** The same, with what was trained on what, to be read by programs. */
export function runsJson(runs: readonly RunSnapshot[]): string {
  return `${JSON.stringify(
    runs.map(({ run, status, training, gpus, versions, series, checkpoints }) => ({
      run,
      title: status.title,
      state: status.state,
      target: status.target ?? 'local',
      training,
      gpus,
      versions,
      checkpoints,
      series,
    })),
    null,
    1,
  )}\n`;
}
