import { z } from 'zod';

export const DATASET_VERSION = 1;
export const DatasetName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'lower-case letters, digits, ".", "_" and "-", at most 64');

/** One part of a mixture: which samples, and its share of the synthetic tokens. */
export const MixturePart = z.strictObject({
  kind: z.enum(['qa', 'document']).describe('`qa`: question-answer samples; `document`: synthetic documents.'),
  methods: z.array(z.string().min(1)).default([]).describe('Only samples of these methods; empty: all of the kind.'),
  weight: z.number().positive().default(1).describe('Share of the synthetic tokens, relative to the other parts.'),
  project: z
    .string()
    .min(1)
    .optional()
    .describe("Folder of another project whose samples to take (the paper's cross-domain questions)."),
});
export type MixturePart = z.infer<typeof MixturePart>;

/** `mixture` of smt.yaml: accepted samples → rows of the student's tokens. */
export const MixtureSettings = z.strictObject({
  tokens: z
    .number()
    .int()
    .positive()
    .optional()
    .describe(
      "Synthetic tokens of the training set, in the student's tokens. Left out: as many as the mixture allows.",
    ),
  parts: z
    .array(MixturePart)
    .min(1)
    .default([
      { kind: 'qa', methods: [], weight: 1 },
      { kind: 'document', methods: [], weight: 1 },
    ])
    .describe('What is mixed. QA : document 1 : 1 by tokens [P].'),
  document_floor: z
    .number()
    .min(0)
    .max(1)
    .default(0.25)
    .describe("A document's least share, as a part of an equal split; the rest goes by length [R]."),
  held_out: z
    .number()
    .min(0)
    .max(0.5)
    .default(0.01)
    .describe('Share of the samples kept out of training for `eval_loss` [R].'),
  replay: z
    .strictObject({
      source: z
        .string()
        .min(1)
        .optional()
        .describe(
          'JSONL or Parquet file (or folder of them) with a `text` field, e.g. a slice of FineWeb. Left out: no replay.',
        ),
      share: z.number().min(0).max(0.9).default(0.1).describe('Share of all training tokens [S].'),
      rule: z
        .enum(['add', 'replace'])
        .default('add')
        .describe(
          '`add`: replay comes on top of the budget [R]; `replace`: it takes its share out of it, as EntiGraph does.',
        ),
    })
    .prefault({}),
  render: z
    .enum(['plain', 'chat'])
    .default('plain')
    .describe("QAs as plain text, or in the student's chat template [R: the paper's rendering is unknown]."),
  loss_on: z
    .enum(['all', 'answers'])
    .default('all')
    .describe('Tokens that are learned: all, or answers of QAs only [R].'),
});
export type MixtureSettings = z.infer<typeof MixtureSettings>;

const Share = z.object({
  tokens: z.number().int(),
  rows: z.number().int(),
});

/** `manifest.json` of `.smt/datasets/<name>/`: what the training set is made of, to the token. */
export const DatasetManifest = z.object({
  v: z.literal(DATASET_VERSION),
  name: DatasetName,
  project: z.string(),
  /** Unix time in seconds. Not part of `hash`. */
  created: z.number(),
  student: z.string(),
  tokenizer: z.object({
    sha256: z.string(),
    name: z.string(),
    /** Token ids that every text begins with; none for many students. A chat template writes its own. */
    begin: z.array(z.number().int()).default([]),
    eos: z.number().int(),
    vocabulary: z.number().int(),
  }),
  seed: z.number().int(),
  settings: MixtureSettings,
  /** The budget of a nested series this one belongs to: smaller ones are prefixes of larger ones. */
  budgets: z.array(z.number().int()),
  train: Share.extend({
    /** Tokens that are learned (labels other than -100). */
    learned_tokens: z.number().int(),
    /** Longest and median row, in tokens. */
    longest: z.number().int(),
    median: z.number().int(),
  }),
  held_out: Share,
  /** Of the synthetic tokens. `asked` and `achieved` are shares of 1. */
  parts: z.array(
    Share.extend({
      label: z.string(),
      kind: z.enum(['qa', 'document']),
      asked: z.number(),
      achieved: z.number(),
      available_tokens: z.number().int(),
    }),
  ),
  by_method: z.record(z.string(), Share),
  by_document: z.record(z.string(), Share),
  replay: Share.extend({
    asked: z.number(),
    achieved: z.number(),
    dropped_duplicates: z.number().int(),
    /** Texts that tell an evaluation question, and how many questions were looked for. Absent: nobody looked. */
    dropped_leaks: z.number().int().optional(),
    evaluation_questions: z.number().int().optional(),
    dropped_control_tokens: z.number().int().optional(),
  }).nullable(),
  /** Accepted samples that were not mixed, by reason. */
  left_out: z.object({ control_token: z.number().int(), empty: z.number().int(), leak: z.number().int() }).optional(),
  files: z.array(
    z.object({
      path: z.string(),
      split: z.enum(['train', 'held_out']),
      sha256: z.string(),
      bytes: z.number(),
      rows: z.number().int(),
      tokens: z.number().int(),
    }),
  ),
  /** SHA-256 over sample ids, their texts, tokenizer and settings: same inputs, same hash, same bytes. */
  hash: z.string(),
  toy: z.boolean(),
});
export type DatasetManifest = z.infer<typeof DatasetManifest>;

/** Too few samples: what each part lacks. Nothing is ever repeated silently. */
export const MixtureShortfall = z.object({
  asked_tokens: z.number().int(),
  /** Largest budget these samples allow. */
  possible_tokens: z.number().int(),
  parts: z.array(
    z.object({
      label: z.string(),
      kind: z.enum(['qa', 'document']),
      methods: z.array(z.string()),
      lacking_tokens: z.number().int(),
      /** About so many more requests would fill it, from what requests of these methods gave so far. */
      requests: z.number().int().nullable(),
    }),
  ),
});
export type MixtureShortfall = z.infer<typeof MixtureShortfall>;

export const ExportFormat = z.enum(['trl-text', 'trl-messages', 'axolotl', 'llama-factory', 'openai', 'huggingface']);
export type ExportFormat = z.infer<typeof ExportFormat>;

/** One decoded row for people. `masked` are character ranges of `text` whose tokens are not learned. */
export const DatasetRow = z.object({
  index: z.number().int(),
  split: z.enum(['train', 'held_out']),
  /** Sample id, or `replay:<n>`. */
  source: z.string(),
  kind: z.enum(['qa', 'document', 'replay']),
  method: z.string().optional(),
  document: z.string().optional(),
  tokens: z.number().int(),
  text: z.string(),
  masked: z.array(z.tuple([z.number().int(), z.number().int()])),
});
export type DatasetRow = z.infer<typeof DatasetRow>;

export const MixParams = z.object({
  name: DatasetName,
  /** Over `mixture` of smt.yaml. */
  tokens: z.number().int().positive().optional(),
  /** Several nested budgets at once: one dataset `<name>-<tokens>` each. */
  budgets: z.array(z.number().int().positive()).default([]),
  /** Over the project's methods of each kind; used by experiments. */
  methods: z.array(z.string()).default([]),
  seed: z.number().int().nonnegative().optional(),
});
export type MixParams = z.infer<typeof MixParams>;
