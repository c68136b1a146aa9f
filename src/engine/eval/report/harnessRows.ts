import type { HarnessFigure, HarnessRow } from '../../../contract/harness.ts';
import { percent } from './wording.ts';

/** Stands over every table of these figures. */
export const HARNESS =
  'Guard rail: tasks of lm-evaluation-harness before and after training. ± is the harness’s own standard error, questions taken as independent; it is no 95 % interval, and no difference is computed from it.';

export const HARNESS_COLUMNS = ['task', 'metric', 'trained model', 'base ± standard error', 'trained ± standard error'];

/** `62.5 % ± 18.3 (n = 8)`; without a standard error the reason stands in its place. */
export function harnessFigure(figure: HarnessFigure | null): string {
  if (figure === null) return 'not asked in this way';
  const { accuracy, stderr, questions } = figure;
  const n = questions === null ? 'n not said' : `n = ${questions}`;
  return stderr === null
    ? `not enough: the harness gives no standard error (${n})`
    : `${percent(accuracy)} ± ${(stderr * 100).toFixed(1)} (${n})`;
}

/** In the order of `HARNESS_COLUMNS`. */
export function harnessRow({ task, metric, model, base, trained, limit }: HarnessRow): string[] {
  return [
    limit === null ? task : `${task} (at most ${limit} questions)`,
    metric,
    model ?? 'none',
    harnessFigure(base),
    model === null ? '–' : harnessFigure(trained),
  ];
}
