import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { ImportedFigure } from '../../../contract/imported.ts';
import { checked, LogProblem, type ReadLog, sampleLines } from './logFile.ts';
import { fromSamples, type SampledQuestion } from './sampleValues.ts';

/** What lm-evaluation-harness writes as `results_<date>.json` (0.3 and 0.4), as far as it is read here. */
const Results = z.looseObject({
  results: z.record(z.string(), z.record(z.string(), z.unknown())),
  groups: z.record(z.string(), z.unknown()).optional(),
  configs: z.record(z.string(), z.looseObject({ repeats: z.number().positive().nullish() })).optional(),
  'n-samples': z.record(z.string(), z.looseObject({ effective: z.number().int().nonnegative() })).optional(),
  'n-shot': z.record(z.string(), z.unknown()).optional(),
  config: z.looseObject({ model: z.unknown(), model_args: z.unknown() }).optional(),
  date: z.number().nullish(),
  model_name: z.string().nullish(),
  lm_eval_version: z.string().nullish(),
});
type Results = z.infer<typeof Results>;

const Sample = z.looseObject({
  doc_id: z.union([z.number(), z.string()]),
  doc: z.unknown(),
  filter: z.string().default('none'),
});

/** Metrics that are a share of right answers, and those of them that count every question 0 or 1. */
const BINARY = /^(acc|acc_norm|acc_bytes|acc_mutual_info|exact_match|em|accuracy)$/;
const SHARE = /^(f1|mc1|mc2|pass@\d+|pass_at_\d+|.*_acc|acc_.*|.*_accuracy|exact_match_.*|contains|match)$/;

export const isLmEval = (value: unknown): boolean =>
  z.looseObject({ results: z.looseObject({}) }).safeParse(value).success;

/**
 * Figures of a results file. Samples lie beside it (`samples_<task>_<date>.jsonl` of the same date) or are `given`; a task
 * without them keeps the figure and what the file says of its error.
 */
export async function readLmEval(path: string, value: unknown, given: readonly string[]): Promise<ReadLog> {
  const file = basename(path);
  const log = checked(Results, value, { file });
  const samples = await samplesFiles(path, given);
  const grouped = new Set(Object.keys(log.groups ?? {}));
  const figures: ImportedFigure[] = [];
  const left: string[] = [];
  for (const [task, metrics] of Object.entries(log.results)) {
    if (grouped.has(task)) {
      left.push(`${task} (a group: its tasks are here)`);
      continue;
    }
    const wanted: { key: string; metric: string; filter: string; accuracy: number }[] = [];
    for (const [key, figure] of Object.entries(metrics)) {
      const [metric = key, filter = 'none'] = key.split(',');
      if (metric.endsWith('_stderr') || typeof figure === 'string' || ['sample_len', 'sample_count'].includes(key))
        continue;
      if (!BINARY.test(metric) && !SHARE.test(metric)) {
        left.push(`${task}: ${key}`);
        continue;
      }
      if (figure === null) {
        left.push(`${task}: ${key} (not a number)`);
        continue;
      }
      if (!BINARY.test(metric) && typeof figure === 'number' && figure > 1) {
        left.push(`${task}: ${key} (${figure}: no share of 1)`);
        continue;
      }
      const accuracy = checked(z.number().min(0).max(1), figure, { file, field: `results.${task}.${key}` });
      wanted.push({ key, metric, filter, accuracy });
    }
    const sampled = await sampledOf(samples.get(task), wanted);
    for (const one of wanted) figures.push(figureOf(log, task, one, metrics, sampled.get(one.key) ?? []));
  }
  return {
    source: 'lm_eval',
    tool: `lm-evaluation-harness ${log.lm_eval_version ?? ''}`.trim(),
    created: log.date ?? null,
    figures,
    left_out: left,
  };
}

function figureOf(
  log: Results,
  task: string,
  { key, metric, filter, accuracy }: { key: string; metric: string; filter: string; accuracy: number },
  metrics: Readonly<Record<string, unknown>>,
  sampled: readonly SampledQuestion[],
): ImportedFigure {
  const found = fromSamples(sampled, accuracy);
  const stderr = metrics[`${metric}_stderr,${filter}`] ?? metrics[`${metric}_stderr`];
  const questions = log['n-samples']?.[task]?.effective ?? metrics.sample_len;
  const counted = typeof questions === 'number' && Number.isInteger(questions) && questions > 0 ? questions : null;
  const shots = log['n-shot']?.[task];
  const n = log.configs?.[task]?.repeats ?? 1;
  return {
    task,
    metric: key,
    model: modelOf(log),
    accuracy,
    questions: found.values?.length ?? counted,
    n,
    stderr: typeof stderr === 'number' && stderr >= 0 ? stderr : null,
    binary: found.values?.every((value) => value === 0 || value === 1) ?? (n === 1 && BINARY.test(metric)),
    ...found,
    notes: [...(typeof shots === 'number' && shots > 0 ? [`${shots} examples in its prompt.`] : []), ...found.notes],
  };
}

function modelOf({ model_name, config }: Results): string {
  const args = config?.model_args;
  const told = typeof args === 'string' ? /(?:pretrained|model|path)=([^,]+)/.exec(args)?.[1] : undefined;
  const kind = typeof config?.model === 'string' ? config.model : undefined;
  return (model_name ?? told ?? kind ?? 'model not named').slice(0, 300);
}

/** By task. */
async function samplesFiles(path: string, given: readonly string[]): Promise<Map<string, string>> {
  const date = /^results_(.+)\.json$/.exec(basename(path))?.[1];
  const beside = date === undefined ? [] : await readdir(dirname(path)).catch(() => []);
  const found = new Map<string, string>();
  for (const name of beside) {
    if (name.startsWith('samples_') && name.endsWith(`_${date}.jsonl`))
      found.set(name.slice('samples_'.length, -`_${date}.jsonl`.length), join(dirname(path), name));
  }
  for (const one of given) {
    const [, task, written] = /^samples_(.+)_([^_]+)\.jsonl$/.exec(basename(one)) ?? [];
    // Results of several models may be named together: each has samples of its own date.
    if (task !== undefined && (written === date || !found.has(task))) found.set(task, one);
  }
  return found;
}

/**
 * Values by the metric's key; repeated lines of one question are averaged. A metric computed over all questions at once
 * (f1) has a list as its sample, gold and prediction: such samples average to nothing, and are none of it.
 */
async function sampledOf(
  path: string | undefined,
  wanted: readonly { key: string; metric: string; filter: string }[],
): Promise<Map<string, SampledQuestion[]>> {
  const sums = new Map<string, Map<string | number, { sum: number; count: number; about: Record<string, unknown> }>>();
  if (path === undefined || wanted.length === 0) return new Map();
  const file = basename(path);
  const aggregated = new Set<string>();
  for await (const { line, value } of sampleLines(path, file)) {
    const sample = checked(Sample, value, { file, line });
    const about = z.record(z.string(), z.unknown()).safeParse(sample.doc).data ?? {};
    for (const { key, metric, filter } of wanted) {
      if (sample.filter !== filter) continue;
      const figure = sample[metric];
      if (figure === null || Array.isArray(figure)) {
        aggregated.add(key);
        continue;
      }
      if (typeof figure !== 'number' && typeof figure !== 'boolean')
        throw new LogProblem({ file, line, field: metric, message: 'expected a number' });
      const ofKey = sums.get(key) ?? new Map();
      sums.set(key, ofKey);
      const known = ofKey.get(sample.doc_id) ?? { sum: 0, count: 0, about };
      ofKey.set(sample.doc_id, { ...known, sum: known.sum + Number(figure), count: known.count + 1 });
    }
  }
  for (const key of aggregated) sums.delete(key);
  return new Map(
    [...sums].map(([key, questions]) => [
      key,
      [...questions.values()].map(({ sum, count, about }) => ({ value: sum / count, about })),
    ]),
  );
}
