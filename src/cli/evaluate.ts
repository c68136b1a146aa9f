import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CellLine, EvaluateParams } from '../contract/evaluation.ts';
import { Footnotes } from '../contract/footnotes.ts';
import type { ResultCell } from '../contract/results.ts';
import {
  describeModels,
  loadBenchmarks,
  type ModelDescription,
  type Selection,
  selectEvaluation,
} from '../engine/eval/index.ts';
import { cellNotes, cellReports, readReport } from '../engine/eval/report/index.ts';
import { createJob, type JobBackend } from '../engine/jobs/index.ts';
import { builtinState } from '../engine/llm/builtin/index.ts';
import { loadRegistry, recordConsent } from '../engine/llm/index.ts';
import { evaluating, type Project } from '../engine/project/index.ts';
import { ask, refuseSecond, sameOrigin } from './agree.ts';
import { agreeToHarness } from './agreeToHarness.ts';
import { type Arguments, budget, list, wholeNumber } from './arguments.ts';
import { runHere } from './jobRun.ts';
import { sayHarness, sayTable } from './report.ts';
import { duration, Exit, printable, type Terminal, UsageError } from './terminal.ts';

type Values = Arguments['values'];

/** `evaluate`: the questions of the benchmarks asked of the models, as a job that runs here. */
export async function evaluateVerb(
  terminal: Terminal,
  project: Project,
  backend: JobBackend,
  values: Values,
): Promise<Exit> {
  const params = evaluateParams(values);
  await refuseSecond(evaluating, project);
  const title = params.draft
    ? `Draft benchmark ${params.draft.name}`
    : titleOf(await agreeToModels(terminal, project, params, values));
  const { run, dir } = await createJob(project, { kind: 'evaluate', title, params });
  if (values.detach) {
    await backend.start(dir, {});
    terminal.record({ run, dir });
    terminal.say(`Started run ${run}. "smt jobs" shows it, "smt jobs stop ${run}" stops it.`);
    return Exit.done;
  }
  const started = Date.now();
  const exit = await runHere(terminal, dir, backend, (_, end) => {
    if (end.kind === 'succeeded')
      terminal.say(`${end.message ?? 'Done.'} (${duration((Date.now() - started) / 1000)})`);
    else if (end.kind === 'cancelled')
      terminal.warn('Stopped. "smt jobs resume" goes on; nothing answered is paid again.');
    else terminal.warn(end.message);
  });
  if (!params.draft) await sayCells(terminal, project, dir);
  return exit;
}

/** One line a cell of this run, with n and interval. */
async function sayCells(terminal: Terminal, project: Project, dir: string): Promise<void> {
  const lines = await cellLines(dir);
  if (lines.length === 0) return;
  const summary = await readReport(project.paths, null);
  const ids = new Set(lines.map(({ id }) => id));
  const cells = summary.cells.filter(({ id }) => ids.has(id));
  const run = basename(dir);
  const guarded = summary.harness.filter(({ base, trained }) => base?.run === run || trained?.run === run);
  if (terminal.json) {
    for (const cell of cellReports({ ...summary, cells })) terminal.record(cell);
    for (const row of guarded) terminal.record({ harness: 'lm_eval', ...row });
    return;
  }
  sayTable(terminal, { cells, models: summary.models }, new Footnotes());
  sayHarness(terminal, guarded, summary.models);
  const leftOut = ({ left_out }: ResultCell) => (left_out ? [`${left_out} questions cannot be asked this way.`] : []);
  for (const note of cellNotes(cells, leftOut)) terminal.say(`note: ${printable(note)}`);
  if (lines.some(({ toy }) => toy))
    terminal.say('note: answers of a model below 3B parameters: a check of the loop, no verdict on the method.');
  const judges = lines.flatMap(({ judge }) => (judge && !judge.validated ? [[judge.model, judge.kappa] as const] : []));
  for (const [model, kappa] of new Map(judges))
    terminal.warn(
      kappa === undefined
        ? `NOT VALIDATED: numbers judged by ${model} do not count. Run "smt judge validate --labels FILE".`
        : `NOT GOOD ENOUGH: numbers judged by ${model} do not count (Cohen's κ ${kappa.toFixed(2)} with people's labels).`,
    );
}

async function cellLines(dir: string): Promise<CellLine[]> {
  const text = await readFile(join(dir, 'out', 'eval', 'cells.jsonl'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => CellLine.parse(JSON.parse(line)));
}

export function evaluateParams(values: Values): EvaluateParams {
  const number = (option: string, text: string | undefined) =>
    text === undefined ? undefined : wholeNumber(option, text, 1);
  const temperature = values.temperature === undefined ? undefined : Number(values.temperature);
  const limit = number('--limit', values.limit);
  const parsed = EvaluateParams.safeParse({
    benchmarks: list(values.benchmark),
    models: list(values.model),
    settings: list(values.setting).map((setting) => setting.replace('-', '_')),
    scoring: values.scoring,
    samples: number('--samples', values.samples),
    limit: values.draft === undefined ? limit : undefined,
    temperature,
    max_tokens: number('--max-tokens', values['max-tokens']),
    prompt: values.prompt,
    top_k: number('--top-k', values['top-k']),
    worker: values.worker ?? false,
    budget: budget(values.budget ?? []),
    draft: values.draft === undefined ? undefined : { name: values.draft, questions: limit ?? 20 },
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const option = issue ? String(issue.path[0]).replace(/s$/, '').replace('_', '-') : '';
  throw new UsageError(`--${option}: ${issue?.message ?? 'not valid'}`);
}

/** Consent before questions and passages first leave this machine, and before the built-in model is downloaded. */
async function agreeToModels(
  terminal: Terminal,
  project: Project,
  params: EvaluateParams,
  values: Values,
): Promise<Selection> {
  const selected = selectEvaluation(project, await loadBenchmarks(project), params);
  if (!selected.ok) throw new UsageError(selected.message);
  const { selection } = selected;
  await agreeToHarness(terminal, project, selection, values);
  const judge = project.config.evaluation.judge.model;
  const names = judge === undefined ? selection.models : [...selection.models, judge];
  await agreeToNamed(terminal, project, names, { worker: params.worker, likelihood: selection.likelihood }, values);
  return selection;
}

export async function agreeToNamed(
  terminal: Terminal,
  project: Project,
  names: readonly string[],
  how: { worker: boolean; likelihood: boolean },
  values: Values,
): Promise<ModelDescription[]> {
  const { registry } = await loadRegistry();
  const models = await describeModels(project, registry, names, how);
  for (const { name, origin, consented } of models) {
    if (origin === undefined || consented) continue;
    const named = (values['send-to'] ?? []).some((each) => sameOrigin(each, origin));
    if (!named && !(await ask(`Send questions and passages of your documents to ${origin} (${name})?`))) {
      throw new UsageError(`Nothing was sent. To agree without being asked: --send-to ${origin}`);
    }
    await recordConsent(origin);
  }
  if (models.some(({ answeredBy }) => answeredBy.kind === 'endpoint' && answeredBy.id === 'builtin')) {
    const state = await builtinState(registry.builtin?.gguf ? { gguf: registry.builtin.gguf } : {});
    if (!state.installed) {
      terminal.say(state.message);
      if (!values.yes && process.stdin.isTTY && !(await ask('Download now?')))
        throw new UsageError('Nothing was downloaded.');
    }
  }
  return models;
}

function titleOf({ benchmarks, models, settings }: Selection): string {
  const shown = benchmarks.map(({ id }) => id).join(', ');
  return `Evaluate ${models.join(', ')} on ${shown.length > 80 ? `${benchmarks.length} benchmarks` : shown} (${settings.join(', ').replaceAll('_', '-')})`;
}
