import * as vscode from 'vscode';
import type { EvaluateParams } from '../../contract/evaluation.ts';
import { type AnswererOverview, EvaluationServer } from '../../contract/evaluationRpc.ts';
import type { EditorContext } from '../editorContext.ts';
import { Failure } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';
import { count } from '../views/figures.ts';
import { groupOf } from '../views/jobGroups.ts';
import { estimateLines } from './estimateText.ts';
import { agreeToModels, startEvaluation } from './evaluate.ts';
import { requireReady, requireTrust } from './generate.ts';

/** Labels of a quick look, where there are more. */
const QUICK = 100;

/**
 * *Validate Judge*: which graded answers, which judge, the estimate, then a job; when it is done, its document opens.
 * Returns the run, or undefined when declined.
 */
export async function validateJudge(context: EditorContext, project: OpenProject): Promise<string | undefined> {
  await requireReady(project);
  const { server, shell } = context;
  const { models, judge } = await server.ask(EvaluationServer.benchmarks, { project: project.path });
  const files = await shell.dialogs.files({
    title: vscode.l10n.t('Answers that people have graded (JSONL or YAML)'),
    from: project.folder,
    filters: { [vscode.l10n.t('Graded answers')]: ['jsonl', 'ndjson', 'yaml', 'yml'] },
  });
  if (!files || files.length === 0) return undefined;
  const who = await chooseJudge(context, models, judge);
  if (who === undefined) return undefined;
  const labels = files.map(({ fsPath }) => fsPath);
  const estimate = (limit?: number) =>
    vscode.window.withProgress({ location: { viewId: 'smt.project' }, title: vscode.l10n.t('Estimating') }, () =>
      server.ask(EvaluationServer.estimate, { project: project.path, params: paramsOf(who, labels, limit) }),
    );
  let found = await estimate();
  const limit = found.planned > QUICK ? await chooseNumber(context, found.planned) : { value: undefined };
  if (!limit) return undefined;
  if (limit.value !== undefined) found = await estimate(limit.value);
  const agreed = await shell.dialogs.confirm({
    message: vscode.l10n.t('Validate the judge {0}?', who),
    detail: estimateLines(found).join('\n'),
    action: vscode.l10n.t('Validate'),
  });
  if (!agreed) return undefined;
  requireTrust();
  const keys = await agreeToModels(context, found);
  const title = vscode.l10n.t('Validate judge {0}', who);
  const run = await startEvaluation(context, project, paramsOf(who, labels, limit.value), keys, title);
  openWhenDone(context, project, run);
  return run;
}

function paramsOf(judge: string, labels: string[], limit: number | undefined): EvaluateParams {
  return {
    benchmarks: [],
    models: [],
    settings: [],
    worker: false,
    budget: {},
    validate: { judge, labels, ...(limit === undefined ? {} : { limit }) },
  };
}

async function chooseJudge(
  { shell }: EditorContext,
  models: readonly AnswererOverview[],
  configured: string | undefined,
): Promise<string | undefined> {
  const endpoints = models.filter(({ kind }) => kind === 'endpoint');
  if (endpoints.length === 0)
    throw new Failure(
      vscode.l10n.t('There is no endpoint that could judge.'),
      vscode.l10n.t('Add one with Manage Endpoints.'),
    );
  const answer = await shell.dialogs.pick<string>({
    title: vscode.l10n.t('Validate Judge'),
    placeholder: vscode.l10n.t('Which judge?'),
    choices: [
      ...(configured === undefined
        ? []
        : [{ label: configured, description: vscode.l10n.t('the judge of smt.yaml'), value: configured }]),
      ...endpoints
        .filter(({ name }) => name !== configured)
        .map(({ name, label, origin }) => ({
          label: name,
          description: label,
          ...(origin ? { detail: vscode.l10n.t('at {0}', origin) } : {}),
          value: name,
        })),
    ],
  });
  return answer.kind === 'answer' ? answer.value : undefined;
}

async function chooseNumber(
  { shell }: EditorContext,
  planned: number,
): Promise<{ value: number | undefined } | undefined> {
  const language = vscode.env.language;
  const answer = await shell.dialogs.pick<{ value: number | undefined }>({
    title: vscode.l10n.t('Validate Judge'),
    placeholder: vscode.l10n.t('How many labels?'),
    choices: [
      { label: vscode.l10n.t('All: {0} verdicts', count(planned, language)), value: { value: undefined } },
      {
        label: vscode.l10n.t('{0}, spread over the files', count(QUICK, language)),
        detail: vscode.l10n.t('A quick look; the interval of κ is wide.'),
        value: { value: QUICK },
      },
    ],
  });
  return answer.kind === 'answer' ? answer.value : undefined;
}

/** The document of a run that succeeds while this window is open; later it is opened from the Job panel. */
function openWhenDone({ projects, shell }: EditorContext, project: OpenProject, run: string): void {
  const watching = projects.onDidChange(({ project: changed, part }) => {
    if (changed !== project || part !== 'jobs') return;
    const job = project.jobs.find((each) => each.run === run);
    if (job && groupOf(job) === 'running') return;
    watching.dispose();
    if (job?.state !== 'succeeded') return;
    const document = vscode.Uri.joinPath(project.folder, '.smt', 'runs', run, 'out', 'judge.md');
    vscode.commands
      .executeCommand('markdown.showPreview', document)
      .then(undefined, (error: unknown) => shell.log.warn(`${document.fsPath} was not shown: ${String(error)}`));
  });
  shell.context.subscriptions.push(watching);
}
