import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { EvaluateParams } from '../../../contract/evaluation.ts';
import { modelRef } from '../../../contract/model.ts';
import { badInput, type JobContext, type JobEnd } from '../../jobs/index.ts';
import { loadRegistry } from '../../llm/index.ts';
import type { Project } from '../../project/index.ts';
import { loadEvaluationPrompts } from '../answer/prompts.ts';
import { describeModels } from '../models/modelDescription.ts';
import { openModels } from '../models/openModels.ts';
import { judgeOf } from './judge.ts';
import { readLabelFiles } from './labels.ts';
import { validateJudge } from './validateJudge.ts';
import { validationDocument, validationSentences } from './validationText.ts';

/** The readable document of a validating run, in its directory. */
export const VALIDATION_DOCUMENT = 'out/judge.md';

/** The judge that is validated: the one asked for, or that of smt.yaml. */
export function judgeToValidate(
  project: Project,
  wanted: string | undefined,
): { ok: true; name: string } | { ok: false; message: string } {
  const name = wanted ?? project.config.evaluation.judge.model;
  if (name === undefined)
    return { ok: false, message: 'No judge is named: set evaluation.judge.model in smt.yaml, or name an endpoint.' };
  if (modelRef(name).kind !== 'endpoint')
    return { ok: false, message: `A judge is an endpoint (endpoint:ID), not "${name}".` };
  return { ok: true, name };
}

/**
 * Validates a judge on people's labels: verdicts are requests in the evaluation's log, so a stopped run goes on and
 * nothing is paid twice. The caller holds the evaluation's lease.
 */
export async function runValidation(
  dir: string,
  run: string,
  { validate, budget }: Pick<EvaluateParams, 'budget'> & { validate: NonNullable<EvaluateParams['validate']> },
  project: Project,
  keys: Readonly<Record<string, string>>,
  { events, signal, hooks }: JobContext,
): Promise<JobEnd> {
  const judge = judgeToValidate(project, validate.judge);
  if (!judge.ok) return badInput(judge.message);
  const read = await readLabelFiles(project.root, validate.labels, validate.limit);
  if (!read.ok) return badInput(read.message);
  const prompts = await loadEvaluationPrompts(project);
  if (!prompts.ok) return badInput(prompts.message);
  const { registry } = await loadRegistry();
  const described = await describeModels(project, registry, [judge.name], { worker: false, likelihood: false });
  const opened = await openModels(project, described, {
    ...{ registry, keys, signal },
    onSetUp: ({ message }) => events.note(message),
    onLost: (message) => hooks.onMessage?.('warn', message),
  });
  if (!opened.ok) {
    const { cause, message } = opened;
    return cause === 'configuration' ? badInput(message) : { kind: 'paused', cause, message, reasons: [] };
  }
  try {
    const [model] = opened.models;
    if (!model) return badInput(`"${judge.name}" cannot be asked.`);
    events.note(undefined);
    events.phase('judge');
    const started = Date.now();
    let first: number | undefined;
    const end = await validateJudge(project, judgeOf(model, prompts.prompts.eval_judge), read.labels, {
      run,
      files: validate.labels.map((file) => basename(file)),
      signal,
      budget: [{ name: 'run', ...budget }],
      onProgress: (done, total) => {
        first ??= done - 1;
        const rate = (done - first) / Math.max(0.001, (Date.now() - started) / 1000);
        const etaSeconds = (total - done) / rate;
        events.progress({ phase: 'judge', done, total, unit: 'request', rate, etaSeconds });
        hooks.onStatus?.(events.status);
      },
    });
    if (end.kind === 'unanswered')
      return {
        kind: 'paused',
        cause: 'endpoint',
        message: `${end.count} verdicts are missing (${end.message}). What was answered is kept.`,
        reasons: [],
      };
    if (end.kind !== 'validated') return end;
    const { validation, disagreements } = end;
    const text = validationDocument(validation, project.config.evaluation.judge.kappa, disagreements);
    await mkdir(join(dir, 'out'), { recursive: true });
    await writeFile(join(dir, VALIDATION_DOCUMENT), text, { mode: 0o600 });
    events.artifact({
      kind: 'judge_validation',
      path: VALIDATION_DOCUMENT,
      sha256: createHash('sha256').update(text).digest('hex'),
      bytes: Buffer.byteLength(text),
      rows: validation.n,
    });
    return { kind: 'succeeded', message: validationSentences(validation)[0] ?? 'Validated.' };
  } finally {
    await opened.release();
  }
}
