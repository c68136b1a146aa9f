import { z } from 'zod';

export const IMPORTED_VERSION = 1;

/** Whose log it was: lm-evaluation-harness (`results_*.json`), or Inspect (`--log-format json`). */
export const LogSource = z.enum(['lm_eval', 'inspect']);
export type LogSource = z.infer<typeof LogSource>;

const Share = z.number().min(0).max(1);
const Name = z.string().max(300);

/** One figure of a log as it is kept: what its interval is computed from, and no text of any question. */
export const ImportedFigure = z.object({
  task: Name,
  /** As the log calls it: `acc,none`, `match/accuracy`. */
  metric: Name,
  model: Name,
  accuracy: Share,
  /** Questions scored; null where the log does not say. */
  questions: z.number().int().nonnegative().nullable(),
  /** Answers a question, e.g. Inspect's epochs. */
  n: z.number().positive(),
  /** Standard error as the log gives it. */
  stderr: z.number().nonnegative().nullable(),
  /** Every question counts 0 or 1. */
  binary: z.boolean(),
  /** One value per question, where the log has its samples and their mean is the figure. */
  values: z.array(Share).nullable(),
  /** Per value the number of its document; null where no field of the samples names one. */
  clusters: z.array(z.number().int().nonnegative()).nullable(),
  /** The field of the samples that named the documents. */
  cluster_field: Name.nullable(),
  notes: z.array(z.string().max(1000)),
});
export type ImportedFigure = z.infer<typeof ImportedFigure>;

/** `.smt/evaluation/imported/<id>.json`: one log of another program. The file it was read from is not kept. */
export const ImportedFile = z.object({
  v: z.literal(IMPORTED_VERSION),
  /** First 12 hex digits of the log's SHA-256: the same log imported again replaces itself. */
  id: z.string().regex(/^[0-9a-f]{12}$/),
  source: LogSource,
  /** Name of the log's file, without its folder. */
  file: Name,
  /** Program and version that wrote it. */
  tool: Name,
  /** Unix time in seconds. */
  imported: z.number(),
  /** When the log says it was made; Unix time in seconds. */
  created: z.number().nullable(),
  figures: z.array(ImportedFigure).max(10_000),
  /** Figures of the log that are no accuracy, by name. */
  left_out: z.array(Name),
});
export type ImportedFile = z.infer<typeof ImportedFile>;

/**
 * A figure of another program beside ours. Its prompt, engine and questions are not known, so it is never paired or compared
 * with a cell. `documents`: bootstrap over the documents that its samples name; `questions`: questions taken as independent;
 * `stderr`: from the log's own standard error.
 */
export const ImportedCell = z.object({
  imported: LogSource,
  /** Of the import: what `report remove` takes. */
  import: z.string(),
  file: z.string(),
  tool: z.string(),
  created: z.number().nullable(),
  task: z.string(),
  metric: z.string(),
  model: z.string(),
  questions: z.number().int().nullable(),
  n: z.number(),
  accuracy: z.number(),
  ci95: z.tuple([z.number(), z.number()]).nullable(),
  ci95_basis: z.enum(['documents', 'questions', 'stderr']).nullable(),
  not_enough: z.string().optional(),
  /** What a reader must know of figure and interval. */
  notes: z.array(z.string()),
});
export type ImportedCell = z.infer<typeof ImportedCell>;

/** Why a log was not taken in: which file, where in it, what to do. */
export const ImportProblem = z.object({
  file: z.string(),
  /** 1-based. */
  line: z.number().int().optional(),
  field: z.string().optional(),
  message: z.string(),
  hint: z.string().optional(),
});
export type ImportProblem = z.infer<typeof ImportProblem>;

export const ImportOutcome = z.object({
  imported: z.array(
    ImportedFile.pick({ id: true, source: true, file: true, left_out: true }).extend({ figures: z.int() }),
  ),
  problems: z.array(ImportProblem),
});
export type ImportOutcome = z.infer<typeof ImportOutcome>;
