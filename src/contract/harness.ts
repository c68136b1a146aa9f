import { z } from 'zod';

export const HARNESS_VERSION = 1;

/** `out/general/<id>/model.json` of an evaluating run: whose results lie beside it, one folder a task. */
export const HarnessModel = z.object({
  v: z.literal(HARNESS_VERSION),
  /** As in cells: `base`, or a training run. */
  model: z.string(),
  /** Questions a task; null: all. */
  limit: z.number().int().positive().nullable(),
  /** Unix time in seconds. */
  at: z.number(),
});
export type HarnessModel = z.infer<typeof HarnessModel>;

/** A figure of lm-evaluation-harness. Its standard error is the harness's own: questions taken as independent. */
export const HarnessFigure = z.object({
  accuracy: z.number(),
  /** Null where the harness gives none; then the accuracy is not shown. */
  stderr: z.number().nullable(),
  questions: z.number().int().nullable(),
  /** The evaluating run. */
  run: z.string(),
});
export type HarnessFigure = z.infer<typeof HarnessFigure>;

/** One metric of one task, before and after training: asked in the same way, by the same version. */
export const HarnessRow = z.object({
  task: z.string(),
  /** As the harness calls it: `acc,none`. */
  metric: z.string(),
  tool: z.string(),
  limit: z.number().int().nullable(),
  /** The trained model; null where only the base was asked. */
  model: z.string().nullable(),
  base: HarnessFigure.nullable(),
  trained: HarnessFigure.nullable(),
});
export type HarnessRow = z.infer<typeof HarnessRow>;

/** Whether a row is of the models of a table of four cells; a table of an endpoint has none. */
export const standsWith = (row: HarnessRow, four: { base: string; model: string | null }): boolean =>
  row.model === four.model && (row.model !== null || four.base === 'base');

/**
 * `62.5 % ± 18.3 (n = 8)`, here and on the page. No figure stands alone: without a standard error, or with one of 0 because
 * all answers count alike, it says so.
 */
export function harnessFigure(figure: HarnessFigure | null): string {
  if (figure === null) return 'not asked in this way';
  const { accuracy, stderr, questions } = figure;
  const n = questions === null ? 'n not said' : `n = ${questions}`;
  if (stderr === null) return `not enough: the harness gives no standard error (${n})`;
  const share = `${(accuracy * 100).toFixed(1)} %`;
  return stderr === 0
    ? `not enough: all answers count alike, so ${share} has no standard error (${n})`
    : `${share} ± ${(stderr * 100).toFixed(1)} (${n})`;
}
