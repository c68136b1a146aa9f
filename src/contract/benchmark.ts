import { z } from 'zod';

/** One evaluation question: multiple choice where it has `choices`, short answer where not. */
export const BenchmarkQuestion = z
  .strictObject({
    id: z.string().min(1).describe('Unique in this file.'),
    question: z.string().min(1),
    choices: z.array(z.string().min(1)).min(2).max(10).optional().describe('Leave out for a short answer.'),
    answer: z.string().min(1).describe('The exact text of the right choice, or the short answer.'),
    accept: z.array(z.string().min(1)).optional().describe('Other wordings of the short answer that count as right.'),
    derived: z
      .boolean()
      .optional()
      .describe('True: the answer is worked out from the document and does not stand in it word for word.'),
    document: z
      .string()
      .optional()
      .describe('Corpus document that holds the answer: project-relative path, or `path#id`.'),
  })
  .refine(({ choices, answer }) => !choices || choices.filter((choice) => choice === answer).length === 1, {
    message: 'exactly one of the choices, word for word',
    path: ['answer'],
  });
export type BenchmarkQuestion = z.infer<typeof BenchmarkQuestion>;

/** A file under `benchmarks/`. */
export const Benchmark = z
  .strictObject({
    v: z.literal(1).describe('Version of this file format.'),
    name: z.string().min(1),
    draft: z
      .boolean()
      .optional()
      .describe(
        'True: written by a machine and not reviewed. Kept out of generation, but no number is reported on it.',
      ),
    questions: z.array(BenchmarkQuestion).min(1),
  })
  .superRefine(({ questions }, context) => {
    const seen = new Set<string>();
    for (const [index, { id }] of questions.entries()) {
      if (seen.has(id))
        context.addIssue({
          code: 'custom',
          path: ['questions', index, 'id'],
          message: 'an id that no other question of this file has',
        });
      seen.add(id);
    }
  });
export type Benchmark = z.infer<typeof Benchmark>;
