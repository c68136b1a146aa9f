import { type HarnessRow, harnessFigure } from '../../../contract/harness.ts';
import { modelName } from '../../../contract/reportNames.ts';
import type { ResultsSummary } from '../../../contract/results.ts';

/** Stands over every table of these figures. */
export const HARNESS =
  'Guard rail: tasks of lm-evaluation-harness before and after training. ± is the harness’s own standard error, questions taken as independent; it is no 95 % interval, and no difference is computed from it.';

export const HARNESS_COLUMNS = ['task', 'metric', 'trained model', 'base ± standard error', 'trained ± standard error'];

/** In the order of `HARNESS_COLUMNS`. */
export function harnessRow(
  { task, metric, model, base, trained, limit }: HarnessRow,
  models: ResultsSummary['models'],
): string[] {
  return [
    limit === null ? task : `${task} (at most ${limit} questions)`,
    metric,
    model === null ? 'none' : modelName({ models }, model),
    harnessFigure(base),
    model === null ? '–' : harnessFigure(trained),
  ];
}
