import { z } from 'zod';
import type { ConfigProblem } from '../../../contract/project.ts';
import { jsonRows, schemaProblems } from '../benchmarks/sourceProblems.ts';

/** An answer that a person has graded. */
export interface LabelledAnswer {
  question: string;
  gold: string;
  answer: string;
  /** True: correct. A refusal is not. */
  label: boolean;
  /** What questions cluster by. */
  cluster: string;
}

const Text = z.union([z.string(), z.number().transform(String)]);
const FinanceBenchResult = z.looseObject({
  financebench_id: z.string(),
  question: z.string().min(1),
  gold_answer: Text,
  model_answer: z.string().nullable(),
  label: z.enum(['Correct Answer', 'Incorrect Answer', 'Refusal']),
});
const Own = z.looseObject({
  id: z.string().optional(),
  question: z.string().min(1),
  gold: Text,
  answer: z.string(),
  label: z.union([z.boolean(), z.enum(['correct', 'incorrect', 'refusal'])]),
});

/**
 * Labelled answers, one a line: FinanceBench's `results/*.jsonl`, or `{question, gold, answer, label}` with label
 * `correct`, `incorrect` or `refusal`.
 */
export function readLabels(source: string, file: string): { labels: LabelledAnswer[]; problems: ConfigProblem[] } {
  const { rows, problems } = jsonRows(source, file);
  const labels: LabelledAnswer[] = [];
  for (const { line, value } of rows) {
    const finance = FinanceBenchResult.safeParse(value);
    if (finance.success) {
      const { question, gold_answer, model_answer, label, financebench_id } = finance.data;
      labels.push({
        question,
        gold: gold_answer,
        answer: model_answer ?? '',
        label: label === 'Correct Answer',
        cluster: financebench_id,
      });
      continue;
    }
    const own = Own.safeParse(value);
    if (own.success) {
      const { id, question, gold, answer, label } = own.data;
      labels.push({ question, gold, answer, label: label === true || label === 'correct', cluster: id ?? question });
      continue;
    }
    const closest =
      typeof value === 'object' && value !== null && 'financebench_id' in value ? finance.error : own.error;
    problems.push(...schemaProblems(file, line, closest));
  }
  return { labels, problems };
}
