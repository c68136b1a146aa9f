import { z } from 'zod';
import { MixtureSettings } from './dataset.ts';
import { EndpointId } from './endpoints.ts';
import { EvaluationSettings, ExperimentSettings } from './evaluation.ts';
import { RetrievalSettings } from './retrieval.ts';
import { TrainingSettings } from './training.ts';

export const PROJECT_VERSION = 1;

/** A glob inside the project folder: no absolute path, no `..`. */
export const ProjectGlob = z
  .string()
  .min(1)
  .refine((glob) => !/^([/\\~]|[a-z]:)/i.test(glob) && !glob.split(/[/\\]/).includes('..'), {
    message: 'a path inside the project folder (no absolute path, no "..")',
  });

/**
 * `smt.yaml` without the methods' own options: the engine composes those in from its registry
 * (`engine/project/schema.ts`), and JSON Schema is generated from the whole.
 */
export const ProjectBase = z.strictObject({
  v: z.literal(PROJECT_VERSION).describe('Version of this file format.'),
  name: z.string().min(1).max(120).describe('Name of the project, shown in views and data set cards.'),
  corpus: z
    .strictObject({
      include: z
        .array(ProjectGlob)
        .min(1)
        .default(['**/*.{md,markdown,txt,html,htm,pdf,docx,epub,jsonl}'])
        .describe('Globs of the documents, relative to this file.'),
      exclude: z.array(ProjectGlob).default([]).describe('Globs to leave out.'),
      max_file_mb: z
        .number()
        .positive()
        .max(2048)
        .default(64)
        .describe('Larger files are listed as unreadable, in megabytes.'),
    })
    .prefault({}),
  student: z
    .strictObject({
      model: z
        .string()
        .min(1)
        .default('HuggingFaceTB/SmolLM2-135M-Instruct')
        .describe('Model that will be trained; its tokenizer counts every budget.'),
      tokenizer: z
        .string()
        .optional()
        .describe(
          "Path of the student's tokenizer.json, relative to this file or absolute. Left out: looked for in the local model caches, else tokens are a labelled estimate.",
        ),
    })
    .prefault({}),
  generator: z
    .strictObject({
      endpoints: z
        .array(EndpointId)
        .min(1)
        .default(['builtin'])
        .describe(
          'Endpoint ids of your user-level registry that serve the same model. `builtin` is the small model that needs no key and no server.',
        ),
      model: z.string().min(1).optional().describe("Model name to ask for. Left out: the endpoint's own."),
      profile: z
        .enum(['auto', 'standard', 'small'])
        .default('auto')
        .describe(
          'Prompts: `standard` for models of 3B parameters and more, `small` for the built-in very small model, `auto` decides by endpoint.',
        ),
      window_tokens: z
        .number()
        .int()
        .min(128)
        .default(12_000)
        .describe('Longer documents are split into windows of at most this many tokens.'),
      window_overlap_tokens: z.number().int().min(0).default(200).describe('Tokens that neighbouring windows share.'),
      max_concurrency: z
        .number()
        .int()
        .positive()
        .max(4096)
        .default(256)
        .describe('Most requests in flight over all endpoints.'),
    })
    .prefault({}),
  methods: z.record(z.string(), z.unknown()).default({}),
  budget: z
    .strictObject({
      tokens: z
        .number()
        .positive()
        .optional()
        .describe('Hard cap on generated plus prompt tokens, over all runs of the project.'),
      cost: z
        .number()
        .positive()
        .optional()
        .describe('Hard cap on money in US dollars, over all runs. Needs a price at every endpoint.'),
    })
    .prefault({}),
  benchmarks: z
    .array(ProjectGlob)
    .default(['benchmarks/**/*.{yaml,yml,csv,jsonl}'])
    .describe('Evaluation questions. They never enter a prompt, and samples that repeat one are rejected as `leak`.'),
  mixture: MixtureSettings.prefault({}).describe('How accepted samples become a training set.'),
  training: TrainingSettings.prefault({}).describe('Continued training of the student.'),
  retrieval: RetrievalSettings.prefault({}).describe('The RAG baseline.'),
  evaluation: EvaluationSettings.prefault({}).describe('Who answers which questions, and how answers are scored.'),
  experiment: ExperimentSettings.prefault({}).describe('Scaling runs: budgets × mixtures × seeds.'),
  seed: z
    .number()
    .int()
    .nonnegative()
    .default(0)
    .describe('Seed of every draw. Same seed, same inputs: same data set.'),
});
export type ProjectBase = z.infer<typeof ProjectBase>;

/** A problem in a configuration file, with its place: what the editor underlines and the terminal prints. */
export interface ConfigProblem {
  file: string;
  /** 1-based. */
  line: number;
  column: number;
  /** Dotted key, e.g. `generator.window_tokens`. */
  key: string;
  /** What is wrong and what is allowed. */
  message: string;
}
