import { join, resolve } from 'node:path';
import { EvaluateParams } from '../contract/evaluation.ts';
import { readLabelFiles } from '../engine/eval/judge/labels.ts';
import { judgeToValidate, VALIDATION_DOCUMENT } from '../engine/eval/judge/runValidation.ts';
import { listValidations } from '../engine/eval/judge/validations.ts';
import { validationSentences, validationVerdict } from '../engine/eval/judge/validationText.ts';
import { createJob, type JobBackend } from '../engine/jobs/index.ts';
import { evaluating, type Project } from '../engine/project/index.ts';
import { refuseSecond } from './agree.ts';
import { type Arguments, budget, list, wholeNumber } from './arguments.ts';
import { agreeToNamed } from './evaluate.ts';
import { runHere } from './jobRun.ts';
import { Exit, type Terminal, UsageError } from './terminal.ts';

/** `judge validate --labels FILE…` (a shell's `*.jsonl` too): agreement and Cohen's κ of the judge with people's labels, as a job that runs here. */
export async function judgeVerb(
  terminal: Terminal,
  project: Project,
  backend: JobBackend,
  [what, ...more]: readonly string[],
  values: Arguments['values'],
): Promise<Exit> {
  const named = list(values.labels);
  const files = [...named, ...(named.length > 0 ? more : [])].map((file) => resolve(file));
  if (what !== 'validate' || files.length === 0)
    throw new UsageError('judge validate --labels FILE: JSONL or YAML of answers that people have graded');
  const limit = values.limit === undefined ? undefined : wholeNumber('--limit', values.limit, 1);
  const judge = judgeToValidate(project, list(values.model)[0]);
  if (!judge.ok) throw new UsageError(judge.message);
  const read = await readLabelFiles(project.root, files, limit);
  if (!read.ok) throw new UsageError(read.message);
  await refuseSecond(evaluating, project);
  await agreeToNamed(terminal, project, [judge.name], { worker: false, likelihood: false }, values);
  const params = EvaluateParams.parse({
    budget: budget(values.budget ?? []),
    validate: { judge: judge.name, labels: files, limit },
  });
  const title = `Validate judge ${judge.name}`;
  const { dir } = await createJob(project, { kind: 'evaluate', title, params });
  const exit = await runHere(terminal, dir, backend, (_, end) => {
    if (end.kind === 'cancelled') terminal.warn('Stopped. "smt jobs resume" goes on; no verdict is paid again.');
    else if (end.kind !== 'succeeded') terminal.warn(end.message);
  });
  if (exit !== Exit.done) return exit;
  const [validation] = await listValidations(project.paths);
  if (!validation) return Exit.failed;
  terminal.record(validation);
  for (const sentence of validationSentences(validation)) terminal.say(sentence);
  terminal.say(`Where they differ: ${join(dir, VALIDATION_DOCUMENT)}`);
  const { kappa } = project.config.evaluation.judge;
  const verdict = validationVerdict(validation, kappa);
  if (validation.kappa !== null && validation.kappa >= kappa) terminal.say(verdict);
  else terminal.warn(verdict);
  return Exit.done;
}
