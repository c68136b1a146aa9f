import { z } from 'zod';
import { ModelName } from './model.ts';

export const EVALUATION_VERSION = 1;

/** What the model may see: nothing, retrieved chunks, or the passage that holds the answer. */
export const Setting = z.enum(['closed_book', 'rag', 'gold']);
export type Setting = z.infer<typeof Setting>;

/**
 * How an answer becomes right or wrong. `generate`: the written answer is parsed (or judged). `likelihood_*`: the
 * choice with the highest log-likelihood, summed, per token, or corrected by its likelihood without the question;
 * `likelihood_no_question` is the control that never sees the question.
 */
export const Scoring = z.enum([
  'generate',
  'likelihood_sum',
  'likelihood_token',
  'likelihood_corrected',
  'likelihood_no_question',
]);
export type Scoring = z.infer<typeof Scoring>;

/** A benchmark named in smt.yaml beside the user's own `benchmarks/`. Its file may lie anywhere; it feeds the leak gate too. */
export const BenchmarkSource = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,39}$/),
  format: z
    .enum(['quality', 'longhealth', 'financebench', 'squad', 'own'])
    .describe('Public file format, or `own`: benchmarks/*.yaml|csv|jsonl of this product.'),
  path: z.string().min(1).describe('File of the questions, relative to smt.yaml or absolute.'),
  split: z
    .enum(['all', 'dev', 'test'])
    .default('all')
    .describe('`dev`: the first 20 % of title-sorted documents (tuning), `test`: the rest [R, as EntiGraph].'),
});
export type BenchmarkSource = z.infer<typeof BenchmarkSource>;

/** `evaluation.general.lm_eval` of smt.yaml. */
const HarnessSettings = z.strictObject({
  tasks: z
    .array(z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}$/))
    .min(1)
    .describe('Names of tasks or groups of lm-evaluation-harness 0.4.13, or of your own YAML under `include_path`.'),
  include_path: z
    .string()
    .min(1)
    .optional()
    .describe('Folder of your own task YAML, inside the project. Code that it names (`!function`) is run.'),
  limit: z.number().int().positive().optional().describe('At most so many questions a task.'),
});
export type HarnessSettings = z.infer<typeof HarnessSettings>;

/** `evaluation` of smt.yaml. */
export const EvaluationSettings = z.strictObject({
  benchmarks: z
    .array(BenchmarkSource)
    .default([])
    .describe('Public benchmarks; your own under benchmarks/ always count.'),
  models: z.array(ModelName).default(['base']).describe('Who answers.'),
  settings: z.array(Setting).min(1).default(['closed_book', 'rag']),
  scoring: z
    .enum(['generate', 'likelihood', 'both'])
    .default('generate')
    .describe('Written answers, likelihood of the choices (worker or an endpoint with log-probabilities), or both.'),
  samples: z.number().int().positive().max(64).default(8).describe('Answers per question [P].'),
  prompt: z
    .enum(['auto', 'five_shot', 'instruct', 'short'])
    .default('auto')
    .describe(
      '`five_shot`: base-model 5-shot reasoning (preset A); `instruct`: zero-shot reasoning (preset B); `short`: a few words, for very small models.',
    ),
  temperature: z.number().min(0).max(2).default(0.3).describe('[R]; 0 is greedy.'),
  max_tokens: z.number().int().positive().default(512).describe('[R]'),
  general: z
    .strictObject({
      lm_eval: HarnessSettings.optional().describe(
        'Tasks of lm-evaluation-harness as a guard rail, on base and trained weights, wherever the general panel is asked.',
      ),
    })
    .prefault({}),
  shuffle_choices: z.boolean().default(true).describe('Order of the choices by a seeded shuffle; the map is kept.'),
  judge: z
    .strictObject({
      model: ModelName.optional().describe(
        'Judges free-form answers, e.g. endpoint:judge. Left out: short answers are matched by words only.',
      ),
      kappa: z
        .number()
        .min(0)
        .max(1)
        .default(0.8)
        .describe("Least Cohen's κ on people's labels before its numbers count [R]."),
    })
    .prefault({}),
});
export type EvaluationSettings = z.infer<typeof EvaluationSettings>;

/** One question as it was evaluated: `out/eval/questions.jsonl` of an evaluating run, and the results panel. */
export const EvaluatedQuestion = z.object({
  v: z.literal(EVALUATION_VERSION),
  /** `<benchmark>/<id in its file>`. */
  id: z.string(),
  benchmark: z.string(),
  split: z.enum(['all', 'dev', 'test']),
  question: z.string(),
  /** What a closed-book question must be told, e.g. `In the context of "Title" by Author (1950):`. Part of every prompt and query. */
  context: z.string().optional(),
  choices: z.array(z.string()).optional(),
  /** Order in which prompts show the choices, the same in all cells: `shown[i]` is the index of the i-th letter's choice. */
  shown: z.array(z.number().int()).optional(),
  /** Index of the right choice. */
  gold_choice: z.number().int().optional(),
  gold: z.string(),
  accept: z.array(z.string()).optional(),
  /** Corpus document that holds the answer, where it is known: its bootstrap cluster. */
  document: z.string().nullable(),
  /** Cluster of the bootstrap: the document, the patient, or the question itself where nothing is known. */
  cluster: z.string(),
  /** Question type or difficulty, e.g. `hard`, `metrics-generated`. */
  type: z.string().optional(),
  /** Where the answer stands: character offsets into the corpus document's text. */
  evidence: z.array(z.object({ document: z.string(), start: z.number().int(), end: z.number().int() })).optional(),
});
export type EvaluatedQuestion = z.infer<typeof EvaluatedQuestion>;

/** Where prompts list the choices in another order than the file: how letters in an answer are to be read. */
export function promptOrder({ shown }: Pick<EvaluatedQuestion, 'shown'>): string | undefined {
  if (!shown || shown.every((choice, place) => choice === place)) return undefined;
  const order = shown.map((choice) => String.fromCharCode(65 + choice)).join(', ');
  return `Letters are the file's; prompts that list the choices have them in the order ${order}.`;
}

/** What cells that are compared must share is `group`; what differs is model and setting. */
export const CellKey = z.object({
  benchmark: z.string(),
  split: z.enum(['all', 'dev', 'test']),
  /** `base`, a training run, `endpoint:ID/MODEL`. */
  model: z.string(),
  /** What answered: `builtin`, an endpoint id, `worker:transformers`, `worker:vllm`. */
  engine: z.string(),
  dtype: z.string(),
  setting: Setting,
  /** Fingerprint of index and retrieval settings; only for `rag`. */
  retrieval: z.string().optional(),
  scoring: Scoring,
  /** Hash of prompt preset, sampling and judge: answers of another recipe are not compared. */
  recipe: z.string(),
});
export type CellKey = z.infer<typeof CellKey>;

/** One question in one cell: `out/eval/scores.jsonl` of an evaluating run. */
export const ScoreLine = z.object({
  v: z.literal(EVALUATION_VERSION),
  /** Key of the cell (hash of CellKey), declared by a `cell` line before its first score. */
  cell: z.string(),
  question: z.string(),
  outcomes: z.array(
    z.object({
      /** Request that was answered, in `.smt/evaluation/completions`. Several for likelihoods. */
      request: z.string(),
      /** Judge's request, where one judged. */
      judge: z.string().optional(),
      /** 1 right, 0 wrong (or unparsed). */
      correct: z.union([z.literal(0), z.literal(1)]),
      parsed: z.boolean(),
      /** Index into the question's own choices (not the shuffled ones). */
      choice: z.number().int().optional(),
      /** The parsed answer, cut to 200 characters. */
      answer: z.string().optional(),
    }),
  ),
  /** Ids of the chunks in the prompt, best last; only for `rag`. */
  chunks: z.array(z.string()).optional(),
});
export type ScoreLine = z.infer<typeof ScoreLine>;

/** `out/eval/cells.jsonl`: each cell once, before its first score. */
export const CellLine = z.object({
  v: z.literal(EVALUATION_VERSION),
  id: z.string(),
  key: CellKey,
  /** Which model `base` was when it was asked, e.g. `HuggingFaceTB/SmolLM2-135M-Instruct`. */
  weights: z.string().optional(),
  /** Answers come from a model too small for the claim: every view says so. */
  toy: z.boolean().optional(),
  /** Who judged free-form answers, and whether people's labels stood behind it when the run ended. */
  judge: z
    .object({ id: z.string().optional(), model: z.string(), validated: z.boolean(), kappa: z.number().optional() })
    .optional(),
  /** What a person must know to read the number, e.g. that choices were not shown. */
  notes: z.array(z.string()).optional(),
  /** Questions of the benchmark that this cell cannot ask (no gold passage), so that nothing is left out silently. */
  left_out: z.number().int().optional(),
});
export type CellLine = z.infer<typeof CellLine>;

const Interval = z.tuple([z.number(), z.number()]);

/** One row of `report --json` and of the results panel. An accuracy never comes without its interval. */
export const CellReport = z.object({
  benchmark: z.string(),
  split: z.string(),
  /** As `--model` takes it: `base`, a training run, `endpoint:ID/MODEL`. */
  model: z.string(),
  /** What people read for `model`: of a trained model its training set and seed. Each name is of one model of the report. */
  model_name: z.string().optional(),
  engine: z.string(),
  dtype: z.string(),
  setting: Setting,
  retrieval: z.string().optional(),
  scoring: Scoring,
  recipe: z.string(),
  /** Questions with at least one answer, and how many the benchmark has. */
  questions: z.number().int(),
  questions_total: z.number().int(),
  /** Answers a question. */
  n: z.number(),
  accuracy: z.number(),
  /** 95 % document-cluster bootstrap; null with `not_enough` saying why (one document, one question). */
  ci95: Interval.nullable(),
  not_enough: z.string().optional(),
  /** What a reader must know of this interval: few documents, no variation. */
  ci95_note: z.string().optional(),
  /** 95 % t interval over runs: decoding noise only. Needs n ≥ 2. */
  ci95_decoding: Interval.nullable().optional(),
  parse_rate: z.number(),
  /** Unix time in seconds of the newest run that took part. */
  updated: z.number(),
  toy: z.boolean().optional(),
  /** What a person must know to read the number, as the cell's newest run says: how it was asked. */
  notes: z.array(z.string()).optional(),
});
export type CellReport = z.infer<typeof CellReport>;

/** Parameters of an evaluating job; what is left out comes from `evaluation` of smt.yaml. */
export const EvaluateParams = z.object({
  benchmarks: z.array(z.string()).default([]),
  models: z.array(ModelName).default([]),
  settings: z.array(Setting).default([]),
  scoring: z.enum(['generate', 'likelihood', 'both']).optional(),
  samples: z.number().int().positive().max(64).optional(),
  /** At most this many questions a benchmark, spread by seed over documents (a quick look; the report says n). */
  limit: z.number().int().positive().optional(),
  temperature: z.number().min(0).max(2).optional(),
  max_tokens: z.number().int().positive().optional(),
  prompt: z.enum(['auto', 'five_shot', 'instruct', 'short']).optional(),
  top_k: z.number().int().positive().optional(),
  /** Every cell through the worker, so that base and trained share engine and dtype. */
  worker: z.boolean().default(false),
  budget: z.object({ tokens: z.number().positive().optional(), cost: z.number().positive().optional() }).default({}),
  /** Instead of answering: drafts a benchmark of this name from the corpus, to be reviewed by a person. */
  draft: z
    .object({ name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,39}$/), questions: z.number().int().positive().max(1000) })
    .optional(),
  /** Instead of answering: validates a judge on answers that people have graded. */
  validate: z
    .object({
      /** `endpoint:ID[/MODEL]`; left out: the judge of smt.yaml. */
      judge: ModelName.optional(),
      /** Files of graded answers, absolute or relative to the project. */
      labels: z.array(z.string().min(1)).min(1),
      /** At most this many, spread over the files. */
      limit: z.number().int().positive().optional(),
    })
    .optional(),
});
export type EvaluateParams = z.infer<typeof EvaluateParams>;

/** `experiment` of smt.yaml: methods × budgets × seeds × models; every mixture, training and evaluation follows from it. */
export const ExperimentSettings = z.strictObject({
  budgets: z
    .array(z.number().int().positive())
    .default([])
    .describe("Nested token budgets, e.g. [44000000, 88000000], in the student's tokens."),
  mixtures: z
    .array(z.strictObject({ id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,19}$/), methods: z.array(z.string()).min(1) }))
    .default([])
    .describe('Sets of methods to compare; empty: one, with all methods.'),
  seeds: z.array(z.number().int().nonnegative()).min(1).default([0]).describe('Training seeds.'),
  settings: z.array(Setting).min(1).default(['closed_book', 'rag']),
});
export type ExperimentSettings = z.infer<typeof ExperimentSettings>;

export const ExperimentParams = z.object({ dry_run: z.boolean().default(false) });
export type ExperimentParams = z.infer<typeof ExperimentParams>;
