import { z } from 'zod';
import { CellReport, EvaluatedQuestion, Scoring } from './evaluation.ts';
import { HarnessRow } from './harness.ts';
import { ImportedCell } from './imported.ts';
import { Sample } from './sample.ts';

/** What the results panel, the terminal's report and the exports show. Accuracies and shares are of 1, never percent. */

const Interval = z.tuple([z.number(), z.number()]);

/** A cell of the report with what the panel needs to go on from it. */
export const ResultCell = CellReport.extend({
  /** Same for the same CellKey, over all runs. */
  id: z.string(),
  /** Runs that took part, newest first. */
  runs: z.array(z.string()),
  /** An evaluation that adds to it is running. */
  live: z.boolean(),
  /** Documents (clusters) of its answered questions. */
  documents: z.number().int(),
  /** Half-width of the one-run binomial 95 % interval at this n: what unpaired gaps must exceed (recipe §7). */
  one_run_half_width: z.number(),
  judge: z.object({ model: z.string(), validated: z.boolean(), kappa: z.number().optional() }).optional(),
  left_out: z.number().int().optional(),
});
export type ResultCell = z.infer<typeof ResultCell>;

/** A model that cells or tasks of the report name, so that a reader knows who answered. */
export const ReportedModel = z.object({
  /** As cells say: `base`, a training run or `RUN@STEP`, `endpoint:ID/MODEL`. */
  model: z.string(),
  /** What people read; no other model of the report is called so. */
  name: z.string(),
  /** Engines and dtypes that its cells were answered by, e.g. `worker:transformers, fp32`. */
  answered_by: z.array(z.string()),
  /** Of `base`: the models it stands for, usually one; empty where no run tells. */
  weights: z.array(z.string()),
  /** The training run; null where it is none, or its run directory is gone. */
  training: z
    .object({
      run: z.string(),
      /** What it was trained from. */
      from: z.string(),
      dataset: z.string(),
      seed: z.number().int(),
      /** Tokens of the training set, and of all passes over it. */
      set_tokens: z.number(),
      tokens: z.number(),
      epochs: z.number(),
      /** Trained to its end; else it is a checkpoint on the way. */
      finished: z.boolean(),
    })
    .nullable(),
});
export type ReportedModel = z.infer<typeof ReportedModel>;

/** Why two cells stand side by side. `chosen`: a person picked them. */
export const ComparisonAbout = z.enum(['beats_rag', 'gain', 'with_rag', 'rag', 'general', 'chosen']);
export type ComparisonAbout = z.infer<typeof ComparisonAbout>;

const McNemar = z.object({
  both: z.number().int(),
  neither: z.number().int(),
  first_only: z.number().int(),
  second_only: z.number().int(),
  p: z.number(),
});

const pair = { id: z.string(), about: ComparisonAbout, first: z.string(), second: z.string(), title: z.string() };

/** Second minus first on the questions both answered, or why no difference is shown. */
export const Comparison = z.discriminatedUnion('kind', [
  z.object({
    ...pair,
    kind: z.literal('delta'),
    questions: z.number().int(),
    documents: z.number().int(),
    delta: z.number(),
    /** Paired bootstrap over documents. */
    ci95: Interval.nullable(),
    not_enough: z.string().optional(),
    /** What a reader must know of this interval: few documents, no variation. */
    ci95_note: z.string().optional(),
    /** What a reader must know of the pair: questions that only one of them answered. */
    note: z.string().optional(),
    p: z.number().nullable(),
    /** On the majority of each question's answers. */
    mcnemar: McNemar,
    /** On the first answers alone. */
    mcnemar_first: McNemar,
  }),
  z.object({ ...pair, kind: z.literal('not_comparable'), reason: z.string(), hint: z.string() }),
]);
export type Comparison = z.infer<typeof Comparison>;

/** Base and one trained model, closed-book and with retrieval. `null`: not evaluated. */
export const FourCells = z.object({
  benchmark: z.string(),
  split: z.string(),
  scoring: Scoring,
  /** Who stands in the base rows: `base`, or an endpoint's model, which nothing was trained from here. */
  base: z.string(),
  /** The trained model; null where only the base was asked. */
  model: z.string().nullable(),
  base_closed_book: z.string().nullable(),
  base_rag: z.string().nullable(),
  trained_closed_book: z.string().nullable(),
  trained_rag: z.string().nullable(),
  comparisons: z.array(z.string()),
  /** Ids of the guard rail's comparisons: the general panel before and after. */
  general: z.array(z.string()),
});
export type FourCells = z.infer<typeof FourCells>;

export const ScalingPoint = z.object({
  cell: z.string(),
  model: z.string(),
  dataset: z.string(),
  seed: z.number().int(),
  /** Synthetic tokens of its training set, replay not counted. */
  tokens: z.number(),
  accuracy: z.number(),
  ci95: Interval.nullable(),
  questions: z.number().int(),
  n: z.number(),
});

/** Accuracy over synthetic tokens for one mixture on one benchmark. */
export const ScalingView = z.object({
  id: z.string(),
  benchmark: z.string(),
  split: z.string(),
  scoring: Scoring,
  mixture: z.string(),
  points: z.array(ScalingPoint),
  base: z.object({ accuracy: z.number(), ci95: Interval.nullable() }).nullable(),
  rag: z.object({ accuracy: z.number(), ci95: Interval.nullable() }).nullable(),
  /** Tokens of the documents themselves; null where they are not counted. */
  source_tokens: z.number().nullable(),
  fit: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('fit'),
      a: z.number(),
      b: z.number(),
      b95: Interval.nullable(),
      b95_scatter: Interval.nullable(),
      /** Gain of each doubling, as a share of 1. */
      per_doubling: z.number(),
      r2: z.number().nullable(),
      residuals: z.array(z.number()),
      band: z.array(
        z.object({
          tokens: z.number(),
          accuracy: z.number(),
          low: z.number().nullable(),
          high: z.number().nullable(),
        }),
      ),
      saturating: z.boolean(),
      questions: z.number().int(),
      documents: z.number().int(),
      to_rag: z.discriminatedUnion('kind', [
        z.object({
          kind: z.literal('tokens'),
          tokens: z.number(),
          low: z.number().nullable(),
          high: z.number().nullable(),
          multiple: z
            .object({ tokens: z.number(), low: z.number().nullable(), high: z.number().nullable() })
            .nullable(),
          extrapolated: z.enum(['above', 'below']).nullable(),
          rag: z.number(),
        }),
        z.object({ kind: z.literal('none'), reason: z.string() }),
      ]),
    }),
    z.object({ kind: z.literal('not_enough'), reason: z.string() }),
  ]),
});
export type ScalingView = z.infer<typeof ScalingView>;

/** Everything the panel opens with. */
export const ResultsSummary = z.object({
  /** Raised whenever a file of an evaluation changed. */
  revision: z.number().int(),
  cells: z.array(ResultCell),
  models: z.array(ReportedModel),
  fours: z.array(FourCells),
  comparisons: z.array(Comparison),
  scaling: z.array(ScalingView),
  /** Tasks of lm-evaluation-harness before and after training: a guard rail beside the general panel. */
  harness: z.array(HarnessRow),
  /** Figures of other programs, never compared with cells. */
  imported: z.array(ImportedCell),
  /** What a reader must know, one sentence each. */
  warnings: z.array(z.string()),
  /** What people's labels say of each judge that was validated, one sentence each. */
  judges: z.array(z.string()),
  questions: z.number().int(),
  answers: z.number().int(),
});
export type ResultsSummary = z.infer<typeof ResultsSummary>;

export const BreakdownBy = z.enum(['document', 'type']);
export type BreakdownBy = z.infer<typeof BreakdownBy>;
export const BreakdownRow = z.object({
  name: z.string(),
  /** One per asked cell, in the order asked; null where it has no answers here. */
  cells: z.array(
    z
      .object({
        accuracy: z.number(),
        ci95: Interval.nullable(),
        not_enough: z.string().optional(),
        questions: z.number().int(),
      })
      .nullable(),
  ),
});
export type BreakdownRow = z.infer<typeof BreakdownRow>;

/** How two cells answered a question, by the majority of the answers: `right_wrong` = first right, second wrong. */
export const PairOutcome = z.enum(['right_right', 'right_wrong', 'wrong_right', 'wrong_wrong']);
export type PairOutcome = z.infer<typeof PairOutcome>;

export const AnswerFilter = z.object({
  benchmark: z.string().optional(),
  split: z.string().optional(),
  /** The two cells that `outcomes` speaks of; a question must be answered in both. */
  first: z.string().optional(),
  second: z.string().optional(),
  outcomes: z.array(PairOutcome).optional(),
  /** Some answer in the shown cells could not be parsed. */
  unparsed: z.boolean().optional(),
  document: z.string().optional(),
  type: z.string().optional(),
  /** Words; all must occur in question, options or gold. */
  text: z.string().max(500).optional(),
});
export type AnswerFilter = z.infer<typeof AnswerFilter>;

export const AnswerRow = z.object({
  id: z.string(),
  benchmark: z.string(),
  question: z.string(),
  document: z.string().nullable(),
  type: z.string().optional(),
  /** Right answers of n, in the first and second cell; null: not answered there. */
  first: z.object({ right: z.number().int(), n: z.number().int(), unparsed: z.number().int() }).nullable(),
  second: z.object({ right: z.number().int(), n: z.number().int(), unparsed: z.number().int() }).nullable(),
});
export type AnswerRow = z.infer<typeof AnswerRow>;

export const AnswerPage = z.object({
  revision: z.number().int(),
  total: z.number().int(),
  offset: z.number().int(),
  rows: z.array(AnswerRow),
  /** Questions by how both cells answered, before `outcomes` narrows. */
  outcomes: z.record(PairOutcome, z.number().int()),
});
export type AnswerPage = z.infer<typeof AnswerPage>;

const Written = z.object({
  /** As the model wrote it; null where the log does not have it (any more). */
  raw: z.string().nullable(),
  reasoning: z.string().optional(),
  finish_reason: z.string().nullable(),
  error: z.string().optional(),
});

export const ShownAnswer = Written.extend({
  request: z.string(),
  correct: z.boolean(),
  parsed: z.boolean(),
  /** Letter and text of the parsed choice, or the parsed answer. */
  answer: z.string().nullable(),
  judge: Written.extend({ request: z.string() }).optional(),
});
export type ShownAnswer = z.infer<typeof ShownAnswer>;

export const ShownChunk = z.object({
  id: z.string(),
  document: z.string(),
  title: z.string(),
  start: z.number().int(),
  end: z.number().int(),
  /** Null: the document changed or is gone. */
  text: z.string().nullable(),
  /** Gold evidence inside the chunk: offsets into `text`. */
  evidence: z.array(Interval),
});
export type ShownChunk = z.infer<typeof ShownChunk>;

/** Everything behind one question in the asked cells. */
export const AnswerDetail = z.object({
  revision: z.number().int(),
  question: EvaluatedQuestion,
  /** The passages that hold the answer, where they are known. */
  evidence: z.array(
    z.object({
      document: z.string(),
      title: z.string(),
      start: z.number(),
      end: z.number(),
      text: z.string().nullable(),
    }),
  ),
  cells: z.array(
    z.object({
      cell: z.string(),
      answers: z.array(ShownAnswer),
      /** Passages in the prompt, best last; null: this cell has none. */
      chunks: z.array(ShownChunk).nullable(),
    }),
  ),
});
export type AnswerDetail = z.infer<typeof AnswerDetail>;

/**
 * Synthetic samples that could have taught an answer. `passage`: their source overlaps the gold evidence; `document`: same
 * document, as no evidence or no source is known; `unknown`: not even the document is.
 */
export const TaughtBy = z.object({
  basis: z.enum(['passage', 'document', 'unknown']),
  total: z.number().int(),
  samples: z.array(Sample),
  /** Where new rewrites would come from; null: nothing to point at. */
  passage: z.object({ document: z.string(), start: z.number().int(), end: z.number().int() }).nullable(),
});
export type TaughtBy = z.infer<typeof TaughtBy>;

export const ReportFormat = z.enum(['markdown', 'csv', 'json']);
export type ReportFormat = z.infer<typeof ReportFormat>;
