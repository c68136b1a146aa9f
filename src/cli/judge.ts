import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { modelRef } from '../contract/model.ts';
import { loadEvaluationPrompts } from '../engine/eval/answer/prompts.ts';
import { judgeOf } from '../engine/eval/judge/judge.ts';
import { type LabelledAnswer, readLabels } from '../engine/eval/judge/labels.ts';
import { validateJudge } from '../engine/eval/judge/validateJudge.ts';
import { judgeStands } from '../engine/eval/judge/validations.ts';
import { openModels } from '../engine/eval/models/openModels.ts';
import { newRunId, takeLease } from '../engine/jobs/index.ts';
import { loadRegistry } from '../engine/llm/index.ts';
import { formatProblem, type Project } from '../engine/project/index.ts';
import { type Arguments, budget, list, wholeNumber } from './arguments.ts';
import { agreeToNamed } from './evaluate.ts';
import { Exit, number, oneLine, type Terminal, UsageError } from './terminal.ts';

const SHOWN = 5;

/** `judge validate --labels FILE…`: agreement and Cohen's κ of the judge with people's labels. */
export async function judgeVerb(
  terminal: Terminal,
  project: Project,
  what: string | undefined,
  values: Arguments['values'],
): Promise<Exit> {
  const files = list(values.labels);
  if (what !== 'validate' || files.length === 0)
    throw new UsageError('judge validate --labels FILE: JSONL of answers that people have graded');
  const name = list(values.model)[0] ?? project.config.evaluation.judge.model;
  if (name === undefined)
    throw new UsageError('No judge is named: set evaluation.judge.model in smt.yaml, or give --model endpoint:ID.');
  if (modelRef(name).kind !== 'endpoint') throw new UsageError(`A judge is an endpoint (endpoint:ID), not "${name}".`);
  const labels = spread(
    await readAll(files),
    values.limit === undefined ? undefined : wholeNumber('--limit', values.limit, 1),
  );
  const prompts = await loadEvaluationPrompts(project);
  if (!prompts.ok) throw new UsageError(prompts.message);
  const described = await agreeToNamed(terminal, project, [name], { worker: false, likelihood: false }, values);
  const { registry } = await loadRegistry();
  const opened = await openModels(project, described, { registry, keys: {} });
  if (!opened.ok) throw new UsageError(opened.message);
  const [model] = opened.models;
  if (!model) throw new UsageError(`"${name}" cannot be asked.`);
  const run = newRunId();
  const lease = await takeLease(project.paths.evaluation.lease, run);
  if (lease.kind === 'busy') {
    await opened.release();
    throw new UsageError(`Run ${lease.holder.run} is evaluating in this project. Wait for it, or stop it.`);
  }
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once('SIGINT', onSignal);
  try {
    const end = await validateJudge(project, judgeOf(model, prompts.prompts.eval_judge), labels, {
      run,
      files: files.map((file) => basename(file)),
      signal: stop.signal,
      budget: [{ name: 'run', ...budget(values.budget ?? []) }],
      onProgress: (done, total) => terminal.progress(`${number.format(done)}/${number.format(total)} verdicts`),
    });
    terminal.endProgress();
    if (end.kind === 'cancelled') return Exit.cancelled;
    if (end.kind === 'paused') {
      terminal.warn(`Paused (${end.cause}): ${end.message} Run it again: verdicts that are there are not asked again.`);
      return Exit.paused;
    }
    if (end.kind === 'unanswered') {
      terminal.warn(`${end.count} verdicts are missing (${end.message}). Run it again.`);
      return Exit.failed;
    }
    const { validation, disagreements } = end;
    terminal.record(validation);
    const { n, agreement, kappa, kappa_ci95, table } = validation;
    const interval = kappa_ci95
      ? ` (95 % ${kappa_ci95[0].toFixed(2)} to ${kappa_ci95[1].toFixed(2)}, bootstrap over questions)`
      : ' (too few questions for an interval)';
    terminal.say(
      `Judge ${model.name} against ${number.format(n)} labelled answers: agreement ${(100 * agreement).toFixed(1)} %, Cohen's κ ${kappa === null ? 'not defined' : kappa.toFixed(2)}${interval}.`,
    );
    terminal.say(
      `People right, judge right ${table[0]}; right, wrong ${table[1]}; wrong, right ${table[2]}; both wrong ${table[3]}.`,
    );
    for (const each of disagreements.slice(0, SHOWN))
      terminal.say(
        `  people ${each.label ? 'right' : 'wrong'}, judge ${each.verdict ? 'right' : 'wrong'}: ${oneLine(each.question, 60)} gold ${oneLine(each.gold, 40)} said ${oneLine(each.answer, 60)}`,
      );
    const stands = judgeStands(validation, project.config.evaluation.judge.kappa);
    if (stands.warning) terminal.warn(stands.warning);
    else terminal.say('The judge stands: its numbers count.');
    return Exit.done;
  } finally {
    process.off('SIGINT', onSignal);
    await lease.lease.release();
    await opened.release();
  }
}

async function readAll(files: readonly string[]): Promise<LabelledAnswer[]> {
  const labels: LabelledAnswer[] = [];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    });
    const read = readLabels(text, file);
    if (read.problems.length > 0) throw new UsageError(read.problems.slice(0, 10).map(formatProblem).join('\n'));
    labels.push(...read.labels);
  }
  return labels;
}

/** Every k-th label, so that a quick look is about all files. */
function spread(labels: LabelledAnswer[], limit: number | undefined): LabelledAnswer[] {
  if (limit === undefined || limit >= labels.length) return labels;
  return Array.from({ length: limit }, (_, index) => labels[Math.floor((index * labels.length) / limit)]).filter(
    (label) => label !== undefined,
  );
}
