import { z } from 'zod';
import { DatasetManifest, DatasetName, DatasetRow, ExportFormat, MixParams, MixtureShortfall } from './dataset.ts';
import { ProjectRef, procedure } from './procedure.ts';

/** Training sets: extension ↔ server. Answered by `src/server/datasets.ts`. */

const DatasetRef = ProjectRef.extend({ name: DatasetName });

/** A folder under `.smt/datasets` that cannot be shown, with why: never left out silently. */
export const DatasetProblem = z.object({ name: z.string(), message: z.string() });
export type DatasetProblem = z.infer<typeof DatasetProblem>;

export const DatasetList = z.object({
  revision: z.number().int(),
  /** Newest first. */
  datasets: z.array(DatasetManifest),
  problems: z.array(DatasetProblem),
});
export type DatasetList = z.infer<typeof DatasetList>;

/** What the accepted samples allow now, before anything is built. */
export const MixturePlan = z.object({
  /** What was asked: of the parameters, else of smt.yaml; null: as many as the mixture allows. */
  asked_tokens: z.number().int().nullable(),
  /** Largest synthetic budget the samples allow with these parts. */
  possible_tokens: z.number().int(),
  replay_tokens: z.number().int(),
  parts: z.array(
    z.object({
      label: z.string(),
      kind: z.enum(['qa', 'document']),
      /** Share of the synthetic tokens, of 1. */
      share: z.number(),
      available_tokens: z.number().int(),
      available_samples: z.number().int(),
    }),
  ),
  /** Null: the samples are enough. */
  shortfall: MixtureShortfall.nullable(),
  student: z.string(),
  toy: z.boolean(),
  /** What else a person should know: stale samples left out, an estimated tokenizer … */
  notes: z.array(z.string()),
});
export type MixturePlan = z.infer<typeof MixturePlan>;

export const DatasetPage = z.object({
  name: DatasetName,
  hash: z.string(),
  split: z.enum(['train', 'held_out']),
  total: z.number().int(),
  offset: z.number().int(),
  rows: z.array(DatasetRow),
});
export type DatasetPage = z.infer<typeof DatasetPage>;

/** Rows by length, in tokens: `[from, to)` of each bucket and how many rows it holds. */
export const LengthHistogram = z.array(
  z.object({ from: z.number().int(), to: z.number().int(), rows: z.number().int() }),
);

export const DatasetServer = {
  list: procedure('datasets/list', ProjectRef, DatasetList),
  plan: procedure('datasets/plan', ProjectRef.extend({ params: MixParams }), MixturePlan),
  /** Decoded rows for people, with what is not learned. */
  rows: procedure(
    'datasets/rows',
    DatasetRef.extend({
      split: z.enum(['train', 'held_out']),
      offset: z.number().int().nonnegative(),
      limit: z.number().int().min(1).max(100),
    }),
    DatasetPage,
  ),
  lengths: procedure('datasets/lengths', DatasetRef, z.object({ lengths: LengthHistogram })),
  /** Starts the `mix` job. Too few samples end it with the shortfall, never with repeated rows. */
  mix: procedure(
    'jobs/mix',
    ProjectRef.extend({ params: MixParams, title: z.string().optional() }),
    z.object({ run: z.string() }),
  ),
  /** Writes another trainer's layout into the folder `to` (made if it is not there; refused if it holds files). */
  export: procedure(
    'datasets/export',
    DatasetRef.extend({ format: ExportFormat, to: z.string() }),
    z.object({ folder: z.string(), files: z.array(z.string()), rows: z.number().int() }),
  ),
  /** Refused while a training job uses it. */
  remove: procedure('datasets/remove', DatasetRef, z.null()),
} as const;
