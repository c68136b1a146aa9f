import { z } from 'zod';
import { DatasetName } from './dataset.ts';

export const TargetId = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'lower-case letters, digits, - and _');

/**
 * `training` of smt.yaml. Defaults are the recipe's (reference §2): [P] the paper, [S] secondary sources, [R] our
 * reconstruction. A target is named by id only: the user's own registry says where it is.
 */
export const TrainingSettings = z.strictObject({
  epochs: z.number().positive().max(1000).default(2).describe('Passes over the training set [S].'),
  learning_rate: z.number().positive().max(1).default(1e-5).describe('Peak learning rate of AdamW [S1].'),
  lr_scheduler_type: z.enum(['cosine', 'linear', 'constant']).default('cosine').describe('[R], as EntiGraph.'),
  warmup_ratio: z.number().min(0).max(1).default(0.05).describe('Share of the steps [R], as EntiGraph.'),
  weight_decay: z.number().min(0).default(0.01).describe('[S1]'),
  adam_beta1: z.number().min(0).max(1).default(0.9).describe('[S1]'),
  adam_beta2: z.number().min(0).max(1).default(0.999).describe('[S1]'),
  max_grad_norm: z.number().positive().default(1).describe('Gradient clipping [R].'),
  sequence_length: z.number().int().min(16).default(2048).describe('Tokens of a packed block [S1].'),
  batch_sequences: z
    .number()
    .int()
    .positive()
    .default(16)
    .describe('Blocks per optimiser step over all GPUs [S1]; split into micro-batches and accumulation.'),
  micro_batch_sequences: z
    .number()
    .int()
    .positive()
    .optional()
    .describe(
      'Blocks a device holds at once. Left out: what fits the free memory of a GPU, at most 16,384 tokens; 512 tokens on a CPU.',
    ),
  packing: z
    .enum(['wrapped', 'bfd_split'])
    .default('wrapped')
    .describe(
      '`wrapped`: concatenate and cut [R]; `bfd_split`: whole rows first, masked from each other. Both keep every token.',
    ),
  update: z
    .enum(['full', 'lora'])
    .default('full')
    .describe('`full`: all weights [S]. `lora`: economy mode, an approximation outside the recipe.'),
  lora_rank: z.number().int().positive().default(64).describe('Only for `update: lora`.'),
  precision: z
    .enum(['auto', 'fp32', 'bf16'])
    .default('auto')
    .describe('`auto`: bf16 compute with fp32 master weights on a GPU, fp32 on a CPU.'),
  gradient_checkpointing: z.boolean().default(true).describe('Less memory for more time; left off on a CPU.'),
  save_every_steps: z.number().int().positive().optional().describe('Left out: ten checkpoints a run.'),
  keep_checkpoints: z.number().int().positive().default(2).describe('Newest checkpoints kept while training.'),
  seed: z.number().int().nonnegative().default(0),
  weights: z
    .strictObject({
      revision: z.string().min(1).optional().describe('Pinned revision (commit) of the student on its hub.'),
      path: z
        .string()
        .min(1)
        .optional()
        .describe('Folder with safetensors, or a GGUF file, instead of a download; on the target for a remote job.'),
    })
    .prefault({}),
  target: TargetId.default('local').describe('`local`, or the id of a target in your user-level targets file.'),
});
export type TrainingSettings = z.infer<typeof TrainingSettings>;

/** One machine of `~/.config/smt/targets.yaml` (or the file in `SMT_TARGETS`). A workspace cannot define one. */
export const Target = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('local'),
    gpus: z.number().int().nonnegative().optional(),
    price_per_hour: z.number().nonnegative().optional().describe('US dollars, for the estimate.'),
  }),
  z.strictObject({
    kind: z.literal('ssh'),
    host: z
      .string()
      .regex(/^[A-Za-z0-9._@][A-Za-z0-9._@-]{0,200}$/, 'a Host of your ~/.ssh/config, or user@name')
      .describe('Host of your ~/.ssh/config: port, user, keys and jumps are said there.'),
    root: z
      .string()
      .regex(/^[A-Za-z0-9._~/+-]+$/, 'a plain path')
      .default('~/.smt')
      .describe('Folder on the host for packages, environments and runs.'),
    gpus: z.number().int().nonnegative().optional().describe('GPUs to use. Left out: all that the host shows.'),
    python: z
      .string()
      .regex(/^[A-Za-z0-9._/+-]+$/, 'a plain path')
      .optional()
      .describe('Python ≥ 3.11 on the host.'),
    price_per_hour: z.number().nonnegative().optional().describe('US dollars, for the estimate.'),
  }),
]);
export type Target = z.infer<typeof Target>;

export const TargetRegistry = z.strictObject({
  v: z.literal(1).optional(),
  targets: z.record(TargetId, Target).default({}),
  /** Path of the `ssh` program; the one on PATH when left out. */
  ssh: z.string().min(1).optional(),
});
export type TargetRegistry = z.infer<typeof TargetRegistry>;

/** What the worker needs to train: `spec.json`.params of a `train` job. Paths are relative to the run directory or absolute there. */
export const TrainParams = z.object({
  dataset: DatasetName,
  /** Folder with `manifest.json` and the Parquet files. */
  dataset_path: z.string(),
  /** SHA-256 of the data set (manifest.hash): what was trained on can be proven. */
  dataset_hash: z.string(),
  /** Name of the student, for people and for the hub. */
  model: z.string(),
  /** Local folder or GGUF file with the weights; null: fetched from the hub at `revision`. */
  model_path: z.string().nullable(),
  revision: z.string().nullable(),
  settings: TrainingSettings,
  /** From the manifest: asserted against what the trainer really saw. */
  rows: z.number().int(),
  tokens: z.number().int(),
  /** `auto`: all GPUs there are. */
  processes: z.union([z.literal('auto'), z.number().int().positive()]).default('auto'),
});
export type TrainParams = z.infer<typeof TrainParams>;

/** Parameters of a `serve` job: an OpenAI-compatible server for a checkpoint on 127.0.0.1 of the target. */
export const ServeParams = z.object({
  model: z.string(),
  model_path: z.string(),
  /** 0: any free port; the `artifact` event of kind `endpoint` names it. */
  port: z.number().int().min(0).max(65535).default(0),
});
export type ServeParams = z.infer<typeof ServeParams>;

/** A finished or intermediate model on a target, as the Jobs view lists it. */
export const Checkpoint = z.object({
  run: z.string(),
  target: z.string(),
  step: z.number().int(),
  /** True for the model of the finished run. */
  final: z.boolean(),
  /** On the target. */
  path: z.string(),
  /** On this machine, where it is (or was fetched). */
  local_path: z.string().nullable(),
  bytes: z.number(),
  dataset: z.string(),
  model: z.string(),
});
export type Checkpoint = z.infer<typeof Checkpoint>;

/** What a training job will take, before it is submitted. */
export const TrainingEstimate = z.object({
  target: z.string(),
  gpus: z.array(z.object({ name: z.string(), mem_mib: z.number() })),
  steps: z.number().int(),
  tokens: z.number().int(),
  /** `[low, high]` seconds; null where nothing is known of the target's pace. */
  seconds: z.tuple([z.number(), z.number()]).nullable(),
  /** What the time rests on, or why there is none: one sentence. */
  basis: z.string(),
  cost: z.tuple([z.number(), z.number()]).nullable(),
  /** Bytes of weights, optimiser state and activations that one device must hold, and what it has. */
  memory_needed: z.number().nullable(),
  memory_there: z.number().nullable(),
  disk_needed: z.number().nullable(),
  disk_there: z.number().nullable(),
  /** Download of the Python environment that is not there yet, in bytes; 0 when it is. */
  setup_bytes: z.number().nullable(),
  /** What the figures rest on, and what is missing. Blocking problems stop the submit. */
  notes: z.array(z.object({ level: z.enum(['info', 'warn', 'block']), text: z.string() })),
});
export type TrainingEstimate = z.infer<typeof TrainingEstimate>;
