import * as vscode from 'vscode';
import type { EvaluateParams } from '../../contract/evaluation.ts';
import {
  type AnswererOverview,
  type BenchmarkOverview,
  type EvaluationEstimate,
  EvaluationServer,
} from '../../contract/evaluationRpc.ts';
import { Server } from '../../contract/rpc.ts';
import type { EditorContext } from '../editorContext.ts';
import { Failure } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';
import { count } from '../views/figures.ts';
import { agree, agreeToBuiltin } from './consent.ts';
import { enterKey } from './endpointKeys.ts';
import { estimateLines } from './estimateText.ts';
import { estimate, generateParams, requireReady, requireTrust } from './generate.ts';

const DRAFT_QUESTIONS = 20;

/**
 * *Evaluate*: which benchmark, which models, the estimate, then a job of its own process. Everything else (settings,
 * answers a question, prompt) is as smt.yaml says. Returns the run, or undefined when declined.
 */
export async function evaluate(context: EditorContext, project: OpenProject): Promise<string | undefined> {
  await requireReady(project);
  const { benchmarks, models } = await context.server.ask(EvaluationServer.benchmarks, { project: project.path });
  const chosen = await chooseBenchmarks(context, project, benchmarks);
  if (!chosen) return undefined;
  const who = await chooseModels(context, models);
  if (!who) return undefined;
  const params: EvaluateParams = {
    benchmarks: chosen,
    models: who,
    settings: [],
    worker: false,
    budget: {},
  };
  const found = await vscode.window.withProgress(
    { location: { viewId: 'smt.project' }, title: vscode.l10n.t('Estimating') },
    () => context.server.ask(EvaluationServer.estimate, { project: project.path, params }),
  );
  const agreed = await context.shell.dialogs.confirm({
    message: vscode.l10n.t('Evaluate “{0}”?', project.name),
    detail: estimateLines(found).join('\n'),
    action: vscode.l10n.t('Evaluate'),
  });
  if (!agreed) return undefined;
  requireTrust();
  const keys = await agreeToModels(context, found);
  const title = vscode.l10n.t(
    'Evaluate {0} on {1}',
    who.length > 0 ? who.join(', ') : vscode.l10n.t('the models of smt.yaml'),
    chosen.length > 0 ? chosen.join(', ') : vscode.l10n.t('all benchmarks'),
  );
  return startEvaluation(context, project, params, keys, title);
}

/** *Draft Benchmark From Corpus*: candidate questions by the project's generator, for a person to review. */
export async function draftBenchmark(context: EditorContext, project: OpenProject): Promise<string | undefined> {
  await requireReady(project);
  const name = await context.shell.dialogs.input({
    title: vscode.l10n.t('Draft Benchmark From Corpus'),
    prompt: vscode.l10n.t(
      'Name of the draft: {0} questions are written to benchmarks/drafts by the generator. No number is reported on them before you have read them.',
      DRAFT_QUESTIONS,
    ),
    value: 'draft-1',
    validate: (text) =>
      /^[a-z0-9][a-z0-9._-]{0,39}$/.test(text)
        ? undefined
        : vscode.l10n.t('Lower-case letters, digits, “.”, “-” and “_”, at most 40.'),
  });
  if (name.kind !== 'answer') return undefined;
  requireTrust();
  const { destinations } = await estimate(context, project, generateParams({ limit: DRAFT_QUESTIONS }));
  const keys = await agree(context, project, destinations);
  const params: EvaluateParams = {
    benchmarks: [],
    models: [],
    settings: [],
    worker: false,
    budget: {},
    draft: { name: name.value, questions: DRAFT_QUESTIONS },
  };
  return startEvaluation(context, project, params, keys, vscode.l10n.t('Draft benchmark “{0}”', name.value));
}

export async function startEvaluation(
  { server }: EditorContext,
  project: OpenProject,
  params: EvaluateParams,
  keys: Record<string, string>,
  title: string,
): Promise<string> {
  const { run } = await server.ask(
    EvaluationServer.start,
    { project: project.path, params, keys, title },
    { retry: false },
  );
  await project.loadJobs();
  return run;
}

/** Ids, empty for all; undefined when dismissed. */
async function chooseBenchmarks(
  { shell }: EditorContext,
  project: OpenProject,
  benchmarks: readonly BenchmarkOverview[],
): Promise<string[] | undefined> {
  const usable = benchmarks.filter(({ draft, problems }) => !draft && problems.length === 0);
  const broken = benchmarks.find(({ problems }) => problems.length > 0);
  const own = usable.filter(({ format }) => format !== 'general');
  if (own.length === 0) {
    const [problem] = broken?.problems ?? [];
    throw new Failure(
      problem
        ? vscode.l10n.t('{0}, line {1}: {2}', problem.file, problem.line, problem.message)
        : vscode.l10n.t('“{0}” has no benchmark.', project.name),
      vscode.l10n.t(
        'Write questions under benchmarks/, name a public benchmark in smt.yaml, or draft one from the corpus.',
      ),
    );
  }
  const language = vscode.env.language;
  const described = (benchmark: BenchmarkOverview) =>
    vscode.l10n.t(
      '{0} questions, {1} multiple choice, {2}',
      count(benchmark.questions, language),
      count(benchmark.multiple_choice, language),
      benchmark.file,
    );
  const total = usable.reduce((sum, { questions }) => sum + questions, 0);
  const answer = await shell.dialogs.pick<string[]>({
    title: vscode.l10n.t('Evaluate'),
    placeholder: vscode.l10n.t('Which questions?'),
    step: { at: 1, of: 2 },
    choices: [
      ...(broken
        ? []
        : [
            {
              label: vscode.l10n.t('All benchmarks'),
              detail: vscode.l10n.t('{0} questions', count(total, language)),
              value: [],
            },
          ]),
      ...usable.map((benchmark) => ({ label: benchmark.id, detail: described(benchmark), value: [benchmark.id] })),
    ],
  });
  return answer.kind === 'answer' ? answer.value : undefined;
}

async function chooseModels(
  { shell }: EditorContext,
  models: readonly AnswererOverview[],
): Promise<string[] | undefined> {
  const trained = models.filter(({ kind }) => kind === 'checkpoint');
  const newest = trained[0];
  const answer = await shell.dialogs.pick<string[]>({
    title: vscode.l10n.t('Evaluate'),
    placeholder: vscode.l10n.t('Who answers?'),
    step: { at: 2, of: 2 },
    choices: [
      { label: vscode.l10n.t('As smt.yaml says'), detail: vscode.l10n.t('evaluation.models'), value: [] },
      ...(newest
        ? [
            {
              label: vscode.l10n.t('The student before and after training'),
              detail: newest.label,
              value: ['base', newest.name],
            },
          ]
        : []),
      ...models.map(({ name, label, origin }) => ({
        label: name,
        description: label,
        ...(origin ? { detail: vscode.l10n.t('at {0}', origin) } : {}),
        value: [name],
      })),
    ],
  });
  return answer.kind === 'answer' ? answer.value : undefined;
}

/** The built-in model's download, each origin that is not this machine, and keys. @throws CancellationError */
export async function agreeToModels(
  context: EditorContext,
  found: EvaluationEstimate,
): Promise<Record<string, string>> {
  const { shell, server } = context;
  if (found.builtin) await agreeToBuiltin(context);
  for (const { origin, endpoint, local, consented } of found.destinations) {
    if (local || consented) continue;
    const agreed = await shell.dialogs.confirm({
      message: vscode.l10n.t('Send questions and passages to {0}?', origin),
      detail: vscode.l10n.t(
        'Evaluating sends the questions of the benchmarks, and with retrieval passages of your documents, to the endpoint “{0}” at {1}. This is asked once for each origin; what has been sent cannot be taken back.',
        endpoint,
        origin,
      ),
      action: vscode.l10n.t('Send'),
    });
    if (!agreed) throw new vscode.CancellationError();
    await server.ask(Server.consentOrigin, { origin }, { retry: false });
  }
  for (const { origin, endpoint } of found.keys) {
    if (await context.keys.has(origin)) continue;
    if (!(await enterKey(context, origin, endpoint))) throw new vscode.CancellationError();
  }
  return context.keys.of(found.keys.map(({ origin }) => origin));
}
