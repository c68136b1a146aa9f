import { z } from 'zod';
import { MixParams } from './dataset.ts';
import { EvaluateParams, ExperimentParams } from './evaluation.ts';
import { IndexParams } from './retrieval.ts';
import { ServeParams, TrainParams } from './training.ts';

/** `smt-events/1` (docs/architecture.md): one JSON object a line, ≤ 8 KiB, one writer, appended in one write. */
export const EVENTS_SCHEMA = 'smt-events/1';
export const MAX_EVENT_BYTES = 8192;

/** A run's id, and so the name of its folder: nothing that could be a path or an option. */
export const RUN_ID = /^[a-z0-9-]{1,40}$/;

export const JobKind = z.enum(['generate', 'index', 'mix', 'train', 'evaluate', 'experiment', 'serve']);
export type JobKind = z.infer<typeof JobKind>;

export const PauseCause = z.enum(['budget', 'quota', 'key', 'endpoint']);
export type PauseCause = z.infer<typeof PauseCause>;

export const JobState = z.enum([
  'queued',
  'preparing',
  'running',
  'stopping',
  'paused',
  'succeeded',
  'failed',
  'cancelled',
  'lost',
]);
export type JobState = z.infer<typeof JobState>;

const envelope = {
  v: z.literal(1),
  seq: z.number().int().positive(),
  /** Unix time in seconds. */
  ts: z.number(),
  run: z.string(),
  attempt: z.number().int().positive(),
};
const Unit = z.enum(['token', 'row', 'question', 'step', 'byte', 'request', 'document', 'chunk', 'task']);

/** Counts of a generating job; planned = answered + failed + pending, samples = accepted + Σ rejected. */
export const GenerateCounts = z.object({
  planned: z.number().int(),
  answered: z.number().int(),
  failed: z.number().int(),
  pending: z.number().int(),
  in_flight: z.number().int(),
  /** Answered before this run: not paid again. */
  reused: z.number().int(),
  samples: z.number().int(),
  accepted: z.number().int(),
  rejected: z.record(z.string(), z.number().int()),
  input_tokens: z.number(),
  output_tokens: z.number(),
  /** Output tokens of this run alone: its pace is what time is estimated from. */
  run_output_tokens: z.number().optional(),
  /** Dollars, null where no price is known. */
  cost: z.number().nullable(),
  requests_per_second: z.number().nullable(),
  /** Transport failures by code that were tried again. */
  retried: z.record(z.string(), z.number().int()),
  /** Per endpoint id: requests in flight and the controller's limit now. */
  endpoints: z.record(z.string(), z.object({ in_flight: z.number(), limit: z.number(), state: z.string() })),
});
export type GenerateCounts = z.infer<typeof GenerateCounts>;

export const JobEvent = z.discriminatedUnion('type', [
  z.object({
    ...envelope,
    type: z.literal('hello'),
    schema: z.literal(EVENTS_SCHEMA),
    kind: JobKind,
    host: z.string(),
    pid: z.number().int(),
    gpus: z.array(z.object({ name: z.string(), mem_mib: z.number() })).optional(),
    versions: z.record(z.string(), z.string()),
    spec_sha256: z.string(),
    resumed_from: z.string().optional(),
  }),
  z.object({ ...envelope, type: z.literal('phase'), name: z.string() }),
  z.object({
    ...envelope,
    type: z.literal('progress'),
    phase: z.string(),
    done: z.number(),
    total: z.number().nullable(),
    unit: Unit,
    progressPercentage: z.number().int().optional(),
    estimatedRemainingSeconds: z.number().int().optional(),
    counts: GenerateCounts.optional(),
  }),
  z.object({
    ...envelope,
    type: z.literal('metric'),
    step: z.number(),
    values: z.record(z.string(), z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])])),
  }),
  z.object({
    ...envelope,
    type: z.literal('eval'),
    /** Benchmark. */
    name: z.string(),
    setting: z.string(),
    model: z.string(),
    scoring: z.string().optional(),
    n: z.number().int(),
    correct: z.number(),
    acc: z.number(),
    ci95: z.tuple([z.number(), z.number()]).nullable(),
    parse_rate: z.number(),
  }),
  z.object({
    ...envelope,
    type: z.literal('checkpoint'),
    step: z.number().int(),
    /** Relative to the run directory. Emitted only after the checkpoint is complete. */
    path: z.string(),
    bytes: z.number(),
    final: z.boolean().optional(),
  }),
  z.object({
    ...envelope,
    type: z.literal('artifact'),
    kind: z.string(),
    path: z.string(),
    sha256: z.string(),
    bytes: z.number(),
    rows: z.number().optional(),
  }),
  z.object({ ...envelope, type: z.literal('log'), level: z.enum(['debug', 'info', 'warn', 'error']), msg: z.string() }),
  z.object({
    ...envelope,
    type: z.literal('heartbeat'),
    gpu: z.array(z.object({ util: z.number(), mem_mib: z.number() })).optional(),
  }),
  z.object({
    ...envelope,
    type: z.literal('error'),
    code: z.string(),
    message: z.string(),
    hint: z.string(),
    retryable: z.boolean(),
  }),
  z.object({
    ...envelope,
    type: z.literal('paused'),
    cause: PauseCause,
    reasons: z.array(z.object({ reason: z.string(), count: z.number().int() })),
    message: z.string(),
  }),
  z.object({
    ...envelope,
    type: z.literal('done'),
    status: z.enum(['succeeded', 'failed', 'cancelled', 'paused']),
    exit_code: z.number().int(),
  }),
]);
export type JobEvent = z.infer<typeof JobEvent>;

/** `status.json` (tmp + rename): what a freshly opened editor reads first. */
export const JobStatus = z.object({
  v: z.literal(1),
  run: z.string(),
  kind: JobKind,
  title: z.string(),
  state: JobState,
  paused: z
    .object({
      cause: PauseCause,
      message: z.string(),
      reasons: z.array(z.object({ reason: z.string(), count: z.number().int() })),
    })
    .optional(),
  phase: z.string(),
  /** Unix time in seconds. */
  created: z.number(),
  started: z.number().optional(),
  updated: z.number(),
  ended: z.number().optional(),
  pid: z.number().int().nullable(),
  host: z.string(),
  attempt: z.number().int(),
  last_seq: z.number().int(),
  progress: z
    .object({
      done: z.number(),
      total: z.number().nullable(),
      unit: Unit,
      eta_s: z.number().nullable(),
      rate: z.number().nullable(),
    })
    .optional(),
  counts: GenerateCounts.optional(),
  /** Id of the target that runs it; `local` when left out. */
  target: z.string().optional(),
  /** A remote target did not answer since then (Unix seconds): unreachable is not failed. */
  unreachable_since: z.number().optional(),
  /** Newest values of a training job, for lists: the curves stand in events.jsonl. */
  metrics: z.record(z.string(), z.number()).optional(),
  message: z.string().optional(),
  exit_code: z.number().int().optional(),
});
export type JobStatus = z.infer<typeof JobStatus>;

/** Parameters of a generating job (`spec.json`.params). All of it is strings from a person or the project: data, never a command line. */
export const GenerateParams = z.object({
  /** Method ids; empty = all enabled in smt.yaml. */
  methods: z.array(z.string()).default([]),
  /** Globs over document ids; empty = all. */
  documents: z.array(z.string()).default([]),
  /** At most this many new requests in this run (preview, tests). */
  limit: z.number().int().positive().optional(),
  /** Spread the limit over documents and methods (a preview) instead of taking plan order. */
  preview: z.boolean().default(false),
  /** Budget of this run; the project's budget holds as well. */
  budget: z.object({ tokens: z.number().positive().optional(), cost: z.number().positive().optional() }).default({}),
  /** Only the plan additions (right-click requests), not the project's whole plan. */
  additions_only: z.boolean().default(false),
  /** Send requests again that ended as failed. */
  retry_failed: z.boolean().default(false),
  /** Nothing is sent: all samples are made again from the log, by today's parsers and evaluation questions. */
  rederive: z.boolean().optional(),
});
export type GenerateParams = z.infer<typeof GenerateParams>;

const spec = {
  schema: z.literal('smt-spec/1'),
  run: z.string().regex(RUN_ID),
  title: z.string(),
  /** Absolute project folder on the machine where the job was made. */
  project: z.string(),
  created: z.number(),
  resume: z.enum(['auto', 'never']),
  /** Id of the target that runs it; `local` when left out. */
  target: z.string().optional(),
  /** Files the job starts from: their place on the machine that made it, and what they must hash to. */
  inputs: z.array(z.object({ name: z.string(), path: z.string(), sha256: z.string().optional() })).optional(),
  /** Run that started this one: an experiment's jobs. */
  parent: z.string().optional(),
};

export const JobSpec = z.discriminatedUnion('kind', [
  z.object({ ...spec, kind: z.literal('generate'), params: GenerateParams }),
  z.object({ ...spec, kind: z.literal('mix'), params: MixParams }),
  z.object({ ...spec, kind: z.literal('train'), params: TrainParams }),
  z.object({ ...spec, kind: z.literal('serve'), params: ServeParams }),
  z.object({ ...spec, kind: z.literal('index'), params: IndexParams }),
  z.object({ ...spec, kind: z.literal('evaluate'), params: EvaluateParams }),
  z.object({ ...spec, kind: z.literal('experiment'), params: ExperimentParams }),
]);
export type JobSpec = z.infer<typeof JobSpec>;
export type GenerateSpec = Extract<JobSpec, { kind: 'generate' }>;
