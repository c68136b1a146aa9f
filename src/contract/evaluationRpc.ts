import { z } from 'zod';
import { Estimate } from './estimate.ts';
import { EvaluateParams } from './evaluation.ts';
import { ModelName } from './model.ts';
import { Keys, ProjectRef, procedure } from './procedure.ts';
import type { ConfigProblem } from './project.ts';

/** Evaluation: extension ↔ server (`src/server/evaluation.ts`). */

/** A benchmark as the editor lists it. With problems it is not asked at all. */
export const BenchmarkOverview = z.object({
  id: z.string(),
  format: z.string(),
  file: z.string(),
  split: z.enum(['all', 'dev', 'test']),
  questions: z.number().int(),
  multiple_choice: z.number().int(),
  /** Machine-written and not reviewed: no number is reported on it. */
  draft: z.boolean(),
  problems: z.array(z.custom<ConfigProblem>((value) => typeof value === 'object' && value !== null)),
});
export type BenchmarkOverview = z.infer<typeof BenchmarkOverview>;

/** A model that can answer: the student before training, finished training runs, endpoints of the registry. */
export const AnswererOverview = z.object({
  name: ModelName,
  label: z.string(),
  kind: z.enum(['base', 'checkpoint', 'endpoint']),
  small: z.boolean(),
  /** Origin of its endpoint, where that is not this machine. */
  origin: z.string().optional(),
  needs_key: z.boolean(),
});
export type AnswererOverview = z.infer<typeof AnswererOverview>;

export const EvaluationEstimate = Estimate.extend({
  /** Origins whose keys the job needs. */
  keys: z.array(z.object({ origin: z.string(), endpoint: z.string() })),
  /** The built-in model takes part: it is set up after consent. */
  builtin: z.boolean(),
});
export type EvaluationEstimate = z.infer<typeof EvaluationEstimate>;

export const EvaluationServer = {
  benchmarks: procedure(
    'evaluation/benchmarks',
    ProjectRef,
    z.object({
      benchmarks: z.array(BenchmarkOverview),
      models: z.array(AnswererOverview),
      /** The judge of smt.yaml, e.g. `endpoint:judge`. */
      judge: ModelName.optional(),
    }),
  ),
  /** Answers, tokens, money and time. Nothing is started or sent. */
  estimate: procedure('evaluation/estimate', ProjectRef.extend({ params: EvaluateParams }), EvaluationEstimate),
  /** Starts the evaluating job (or the draft of a benchmark, with `params.draft`; or the validation of a judge). */
  start: procedure(
    'evaluation/start',
    ProjectRef.extend({ params: EvaluateParams, keys: Keys, title: z.string() }),
    z.object({ run: z.string() }),
  ),
} as const;
