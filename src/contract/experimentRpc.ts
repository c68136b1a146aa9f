import { z } from 'zod';
import { Keys, ProjectRef, procedure, UNHURRIED } from './procedure.ts';
import { TrainingEstimate } from './training.ts';

/** The experiment of `smt.yaml`: extension ↔ server (`src/server/experiment.ts`). */

export const ExperimentPlan = z.object({
  steps: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      kind: z.enum(['mix', 'train', 'evaluate']),
      done: z.boolean(),
      /** Tokens of all passes of a training whose set is mixed. */
      tokens: z.number().nullable(),
    }),
  ),
  /** Nothing to measure with: no benchmark has a question. */
  no_benchmark: z.boolean(),
  /** The student's weights are the built-in model's, which is not set up yet. */
  builtin: z.boolean(),
  /** Target that trains. */
  target: z.string(),
  /** What else a person agrees to, one sentence each. */
  notes: z.array(z.string()),
});
export type ExperimentPlan = z.infer<typeof ExperimentPlan>;

/** What the trainings that are missing will take. Evaluations are not in it. */
export const ExperimentForecast = z.object({
  trainings: z.number().int(),
  /** Trainings that nothing can be said of yet. */
  open: z.number().int(),
  /** Seconds and dollars of the others, lowest and highest; null where they are not known. */
  seconds: TrainingEstimate.shape.seconds,
  cost: TrainingEstimate.shape.cost,
  /** Some training sets are not mixed yet, and an upper bound stands for their tokens. */
  at_most: z.boolean(),
  /** What the figures rest on, one sentence each. */
  basis: z.array(z.string()),
});
export type ExperimentForecast = z.infer<typeof ExperimentForecast>;

export const ExperimentServer = {
  plan: procedure('experiment/plan', ProjectRef, ExperimentPlan),
  /** Asks the target, which may be another machine: apart from the plan, and never in an untrusted window. */
  forecast: procedure('experiment/forecast', ProjectRef, ExperimentForecast, UNHURRIED),
  /** Starts the job that runs what is missing. */
  start: procedure(
    'experiment/start',
    ProjectRef.extend({ keys: Keys, title: z.string() }),
    z.object({ run: z.string() }),
  ),
} as const;
