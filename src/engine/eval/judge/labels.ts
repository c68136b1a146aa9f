import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { ConfigProblem } from '../../../contract/project.ts';
import { formatProblems } from '../../project/index.ts';
import { parseYaml } from '../../project/yamlProblems.ts';
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

const OwnYaml = z.strictObject({ labels: z.array(Own).min(1) });

/**
 * Labelled answers: FinanceBench's `results/*.jsonl`, or `{question, gold, answer, label}` with label `correct`,
 * `incorrect` or `refusal`, one a line of JSONL or as the list `labels` of a YAML file.
 */
export function readLabels(source: string, file: string): { labels: LabelledAnswer[]; problems: ConfigProblem[] } {
  if (/\.ya?ml$/i.test(file)) {
    const parsed = parseYaml(file, source, OwnYaml);
    return parsed.ok
      ? { labels: parsed.value.labels.map(ownLabel), problems: [] }
      : { labels: [], problems: parsed.problems };
  }
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
      labels.push(ownLabel(own.data));
      continue;
    }
    const closest =
      typeof value === 'object' && value !== null && 'financebench_id' in value ? finance.error : own.error;
    problems.push(...schemaProblems(file, line, closest));
  }
  return { labels, problems };
}

function ownLabel({ id, question, gold, answer, label }: z.infer<typeof Own>): LabelledAnswer {
  return { question, gold, answer, label: label === true || label === 'correct', cluster: id ?? question };
}

/** The labels of several files, or what is wrong with them; with a limit every k-th, so that all files have their share. */
export async function readLabelFiles(
  root: string,
  files: readonly string[],
  limit?: number,
): Promise<{ ok: true; labels: LabelledAnswer[]; all: number } | { ok: false; message: string }> {
  const all: LabelledAnswer[] = [];
  for (const file of files) {
    let text: string;
    try {
      text = await readFile(resolve(root, file), 'utf8');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { ok: false, message: `${file} cannot be read: ${reason}` };
    }
    const { labels, problems } = readLabels(text, file);
    if (problems.length > 0) return { ok: false, message: formatProblems(problems) };
    all.push(...labels);
  }
  if (limit === undefined || limit >= all.length) return { ok: true, labels: all, all: all.length };
  const labels = Array.from({ length: limit }, (_, index) => all[Math.floor((index * all.length) / limit)]);
  return { ok: true, labels: labels.filter((label) => label !== undefined), all: all.length };
}
