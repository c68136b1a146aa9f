import { mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../../jobs/index.ts';
import type { ProjectPaths } from '../../project/index.ts';

/** What people's labels say of a judge (model and prompt). Kept beside the answers: validated once, used by every run. */
export const JudgeValidation = z.object({
  v: z.literal(1),
  judge: z.string(),
  model: z.string(),
  prompt: z.string(),
  labels: z.array(z.string()),
  n: z.number().int(),
  agreement: z.number(),
  kappa: z.number().nullable(),
  kappa_ci95: z.tuple([z.number(), z.number()]).nullable(),
  /** Counts: people and judge right, only people, only the judge, neither. */
  table: z.tuple([z.number(), z.number(), z.number(), z.number()]),
  /** Verdicts that say neither yes nor no, which count as wrong. Absent in what an earlier version wrote. */
  unread: z.number().int().optional(),
  /** κ that smt.yaml asked for at the time. */
  least_kappa: z.number().optional(),
  /** Unix time in seconds. */
  at: z.number(),
});
export type JudgeValidation = z.infer<typeof JudgeValidation>;

const fileOf = (paths: ProjectPaths, judge: string): string =>
  join(dirname(paths.evaluation.completions), 'judges', `${judge}.json`);

export async function readValidation(paths: ProjectPaths, judge: string): Promise<JudgeValidation | undefined> {
  try {
    const parsed = JudgeValidation.safeParse(JSON.parse(await readFile(fileOf(paths, judge), 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** All validations of a project, newest first. */
export async function listValidations(paths: ProjectPaths): Promise<JudgeValidation[]> {
  const names = await readdir(dirname(fileOf(paths, ''))).catch(() => []);
  const found = await Promise.all(
    names.filter((name) => name.endsWith('.json')).map((name) => readValidation(paths, name.slice(0, -5))),
  );
  return found.filter((validation) => validation !== undefined).toSorted((a, b) => b.at - a.at);
}

export async function writeValidation(paths: ProjectPaths, validation: JudgeValidation): Promise<void> {
  const file = fileOf(paths, validation.judge);
  await mkdir(dirname(file), { recursive: true });
  await writeAtomically(file, `${JSON.stringify(validation, null, 2)}\n`);
}

/** Whether numbers of a judge count: people's labels are there and κ reaches what smt.yaml asks for. */
export function judgeStands(
  validation: JudgeValidation | undefined,
  leastKappa: number,
): { validated: boolean; kappa?: number; warning?: string } {
  if (!validation) {
    return {
      validated: false,
      warning:
        'The judge is NOT VALIDATED: no label of a person stands behind its verdicts, so its numbers do not count. Run "smt judge validate --labels FILE".',
    };
  }
  const { kappa, n } = validation;
  if (kappa !== null && kappa >= leastKappa) return { validated: true, kappa };
  return {
    validated: false,
    ...(kappa === null ? {} : { kappa }),
    warning: `The judge is NOT GOOD ENOUGH: Cohen's κ against ${n} labels of people is ${kappa === null ? 'not defined' : kappa.toFixed(2)}, less than ${leastKappa}. Its numbers do not count. Choose another judge.`,
  };
}
