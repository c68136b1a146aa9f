import { z } from 'zod';
import { Keys, procedure } from './procedure.ts';

/** The experiment of `smt.yaml`: extension ↔ server (`src/server/experiment.ts`). */

const ProjectRef = z.object({ project: z.string() });

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

export const ExperimentServer = {
  plan: procedure('experiment/plan', ProjectRef, ExperimentPlan),
  /** Starts the job that runs what is missing. */
  start: procedure(
    'experiment/start',
    ProjectRef.extend({ keys: Keys, title: z.string() }),
    z.object({ run: z.string() }),
  ),
} as const;
