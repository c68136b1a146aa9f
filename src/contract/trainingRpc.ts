import { z } from 'zod';
import { DatasetName } from './dataset.ts';
import { JobStatus } from './events.ts';
import { Keys, ProjectRef, procedure } from './procedure.ts';
import type { ConfigProblem } from './project.ts';
import { Checkpoint, Target, TargetId, TrainingEstimate, TrainingSettings } from './training.ts';

/** Training jobs, targets and checkpoints: extension ↔ server. Answered by `src/server/training.ts`. */

const RunRef = ProjectRef.extend({ run: z.string() });
const CheckpointRef = RunRef.extend({ step: z.number().int() });

/** The machine it was trained on, or this one, where a copy of it lies. */
export const ServeWhere = z.enum(['target', 'here']);
export type ServeWhere = z.infer<typeof ServeWhere>;

/** Most points of a series in one snapshot. */
export const MOST_POINTS = 2_000;

/**
 * One curve of a run, reduced to at most the asked number of points (largest triangles kept, first and last always).
 * Columns are parallel. `value` null: the logged value was no finite number.
 */
export const MetricSeries = z.object({
  /** HF/TRL log key: loss, eval_loss, learning_rate, train_tokens_per_second, grad_norm …; `gpu_util` (%) and `gpu_mem_mib` of heartbeats. */
  key: z.string(),
  step: z.array(z.number().nullable()),
  /** Tokens seen by then; null where not logged. */
  tokens: z.array(z.number().nullable()),
  /** Since the run's first event. */
  seconds: z.array(z.number()),
  value: z.array(z.number().nullable()),
  /** Points before the reduction. */
  logged: z.number().int(),
});
export type MetricSeries = z.infer<typeof MetricSeries>;

/** Everything the Job panel draws of one run: a projection of its run directory. */
export const RunSnapshot = z.object({
  run: z.string(),
  /** Grows with every event read; the same number means nothing is new. */
  revision: z.number(),
  status: JobStatus,
  /** What is trained on what; null for other kinds of job. */
  training: z
    .object({
      dataset: DatasetName,
      dataset_hash: z.string(),
      /** The data set is still there, with this very hash. */
      dataset_there: z.boolean(),
      model: z.string(),
      revision: z.string().nullable(),
      rows: z.number().int(),
      tokens: z.number().int(),
      settings: TrainingSettings,
    })
    .nullable(),
  gpus: z.array(z.object({ name: z.string(), mem_mib: z.number() })),
  versions: z.record(z.string(), z.string()),
  /** `started`, `ended`: Unix seconds. */
  phases: z.array(
    z.object({
      attempt: z.number().int(),
      name: z.string(),
      started: z.number(),
      ended: z.number().nullable(),
    }),
  ),
  series: z.array(MetricSeries),
  checkpoints: z.array(Checkpoint),
  /** Newest last: log and error events, at most 200. */
  log: z.array(
    z.object({
      ts: z.number(),
      level: z.enum(['debug', 'info', 'warn', 'error']),
      msg: z.string(),
      hint: z.string().optional(),
    }),
  ),
  /** Of a serve job that is ready: OpenAI-compatible, on this machine (through a tunnel where the target is remote). */
  endpoint: z.object({ base_url: z.string(), model: z.string() }).nullable(),
});
export type RunSnapshot = z.infer<typeof RunSnapshot>;

const problems = z.array(z.custom<ConfigProblem>((value) => typeof value === 'object' && value !== null));

export const TrainingServer = {
  /** `local` is always there, whether the file names it or not. */
  targets: procedure(
    'targets/list',
    z.null(),
    z.object({ file: z.string(), problems, targets: z.array(z.object({ id: TargetId, target: Target })) }),
  ),
  /** Adds a target to the user's file, keeping its comments. Refuses an id that is there. */
  addTarget: procedure('targets/add', z.object({ id: TargetId, target: Target }), z.object({ file: z.string() })),
  /** `Host` names of ~/.ssh/config (patterns left out); private keys are never read. */
  sshHosts: procedure('targets/sshHosts', z.null(), z.object({ file: z.string(), hosts: z.array(z.string()) })),
  /** Probes the target; settings are those of smt.yaml. */
  estimateTraining: procedure(
    'training/estimate',
    ProjectRef.extend({ dataset: DatasetName, target: TargetId }),
    TrainingEstimate,
  ),
  train: procedure(
    'jobs/train',
    ProjectRef.extend({
      dataset: DatasetName,
      target: TargetId,
      keys: Keys,
      title: z.string().optional(),
    }),
    z.object({ run: z.string() }),
  ),
  /** A new run with the same kind, parameters and target. */
  rerun: procedure('jobs/rerun', RunRef.extend({ keys: Keys }), z.object({ run: z.string() })),
  /** `range` narrows the series (a zoom): the same number of points over a shorter stretch. */
  runSnapshot: procedure(
    'jobs/snapshot',
    RunRef.extend({
      points: z.number().int().min(10).max(MOST_POINTS),
      range: z.object({ axis: z.enum(['step', 'tokens', 'seconds']), from: z.number(), to: z.number() }).optional(),
    }),
    RunSnapshot,
  ),
  /** Of all runs, largest first. */
  checkpoints: procedure('checkpoints/list', ProjectRef, z.object({ checkpoints: z.array(Checkpoint) })),
  /**
   * Refused while its run is going on or it is being served. `copy`: only what was fetched to this machine; it can be fetched
   * again.
   */
  deleteCheckpoint: procedure(
    'checkpoints/delete',
    CheckpointRef.extend({ where: z.enum(['everywhere', 'copy']) }),
    z.null(),
  ),
  /**
   * Brings a checkpoint of a run on another machine here; each file is checked. Goes on where it was cut. How far it is is
   * pushed (`Pushed.fetchMoved`).
   */
  fetchCheckpoint: procedure('checkpoints/fetch', CheckpointRef, z.object({ path: z.string() })),
  /** Starts a `serve` job: where the checkpoint was trained, or of its fetched copy here. */
  serve: procedure(
    'jobs/serve',
    CheckpointRef.extend({ where: ServeWhere, keys: Keys }),
    z.object({ run: z.string() }),
  ),
} as const;

/** A fetch as it stands: bytes that are here, of all that there are. */
export const FetchMoved = CheckpointRef.extend({ done: z.number(), total: z.number() });
export type FetchMoved = z.infer<typeof FetchMoved>;
