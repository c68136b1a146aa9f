import { basename } from 'node:path';
import { z } from 'zod';
import type { ImportedFigure } from '../../../contract/imported.ts';
import { checked, LogProblem, type ReadLog } from './logFile.ts';
import { fromSamples, type SampledQuestion } from './sampleValues.ts';

const Scored = z.looseObject({ value: z.unknown() });
const Sample = z.looseObject({
  id: z.union([z.string(), z.number()]),
  scores: z.record(z.string(), Scored).nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
});
const Metric = z.looseObject({ value: z.number().nullable() });

/** An Inspect log (`--log-format json`, version 2), as far as it is read here. */
const Log = z.looseObject({
  version: z.number(),
  status: z.string(),
  eval: z.looseObject({
    task: z.string(),
    model: z.string(),
    created: z.string().nullish(),
    config: z.looseObject({ epochs: z.number().int().positive().nullish() }).nullish(),
    packages: z.record(z.string(), z.string()).nullish(),
  }),
  results: z
    .looseObject({
      scores: z.array(
        z.looseObject({
          name: z.string(),
          reducer: z.string().nullish(),
          scored_samples: z.number().int().nonnegative().nullish(),
          unscored_samples: z.number().int().nonnegative().nullish(),
          metrics: z.record(z.string(), Metric),
        }),
      ),
    })
    .nullish(),
  samples: z.array(Sample).nullish(),
});
type Log = z.infer<typeof Log>;

/** Metrics that are a mean over the samples. */
const MEANS = new Set(['accuracy', 'mean']);

export const isInspect = (value: unknown): boolean =>
  z.looseObject({ eval: z.looseObject({}), version: z.number() }).safeParse(value).success;

/** Figures of an Inspect log: accuracy and mean of each scorer, with the samples where the log has them. */
export function readInspect(path: string, value: unknown): ReadLog {
  const file = basename(path);
  const log = checked(Log, value, { file });
  const { results, eval: evaluated } = log;
  if (!results || results.scores.length === 0) {
    const message = `has no scores (the run’s status is “${log.status}”)`;
    throw new LogProblem({ file, field: 'results.scores', message, hint: 'inspect score FILE adds them.' });
  }
  const figures: ImportedFigure[] = [];
  const left: string[] = [];
  for (const score of results.scores) {
    const stderr = score.metrics.stderr?.value ?? null;
    for (const [name, { value: accuracy }] of Object.entries(score.metrics)) {
      const metric = `${score.name}/${name}`;
      if (name === 'stderr') continue;
      if (!MEANS.has(name) || accuracy === null || accuracy < 0 || accuracy > 1) {
        left.push(metric);
        continue;
      }
      const averaged = score.reducer == null || score.reducer === 'mean';
      const found = fromSamples(averaged ? sampledOf(log, score.name) : [], accuracy);
      const unscored = score.unscored_samples ?? 0;
      figures.push({
        task: evaluated.task.slice(0, 300),
        metric: metric.slice(0, 300),
        model: evaluated.model.slice(0, 300),
        accuracy,
        questions: found.values?.length ?? score.scored_samples ?? null,
        n: evaluated.config?.epochs ?? 1,
        stderr: stderr !== null && stderr >= 0 ? stderr : null,
        binary: found.values?.every((one) => one === 0 || one === 1) ?? false,
        ...found,
        notes: [
          ...(log.status === 'success' ? [] : [`Its run ended as “${log.status.slice(0, 40)}”.`]),
          ...(unscored > 0 ? [`${unscored} of its samples are not scored and not counted.`] : []),
          ...found.notes,
        ],
      });
    }
  }
  const created = Date.parse(evaluated.created ?? '');
  return {
    source: 'inspect',
    tool: `Inspect ${evaluated.packages?.inspect_ai ?? ''}`.trim(),
    created: Number.isFinite(created) ? created / 1000 : null,
    figures,
    left_out: left,
  };
}

/** The mean over the epochs of each sample; empty as soon as one score is no share. */
function sampledOf({ samples }: Log, scorer: string): SampledQuestion[] {
  const questions = new Map<string | number, { sum: number; count: number; about: Record<string, unknown> }>();
  for (const { id, scores, metadata } of samples ?? []) {
    const score = scores && Object.hasOwn(scores, scorer) ? scores[scorer] : undefined;
    // Not scored (NaN became null): left out, as Inspect does.
    if (!score || score.value === null) continue;
    const share = asShare(score.value);
    if (share === undefined) return [];
    const known = questions.get(id) ?? { sum: 0, count: 0, about: metadata ?? {} };
    questions.set(id, { ...known, sum: known.sum + share, count: known.count + 1 });
  }
  return [...questions.values()].map(({ sum, count, about }) => ({ value: sum / count, about }));
}

const LETTERS: Readonly<Record<string, number>> = { C: 1, P: 0.5, I: 0, N: 0 };

/** As Inspect's `value_to_float`: correct, partial, incorrect, no answer; yes and no; a number from 0 to 1. */
function asShare(value: unknown): number | undefined {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'number') return value >= 0 && value <= 1 ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const letter = LETTERS[value];
  if (letter !== undefined) return letter;
  const word = value.toLowerCase();
  if (word === 'yes' || word === 'true') return 1;
  if (word === 'no' || word === 'false') return 0;
  return /^(0|1|0?\.\d+|0\.\d+|1\.0+)$/.test(value) ? Number(value) : undefined;
}
