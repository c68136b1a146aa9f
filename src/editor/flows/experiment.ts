import * as vscode from 'vscode';
import { type ExperimentForecast, type ExperimentPlan, ExperimentServer } from '../../contract/experimentRpc.ts';
import type { EditorContext } from '../editorContext.ts';
import { Failure } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';
import { count, duration, range } from '../views/figures.ts';
import { agreeToBuiltin } from './consent.ts';
import { requireReady, requireTrust } from './generate.ts';
import { costLine } from './trainingText.ts';

/** Steps that a modal can name before it gets too long to read. */
const NAMED = 12;

/**
 * *Run Experiment*: every mixture, training and evaluation that smt.yaml asks for, what of it is done, then one job that
 * runs the rest. Returns the run, or undefined when there is nothing to do or it was declined.
 */
export async function runExperiment(context: EditorContext, project: OpenProject): Promise<string | undefined> {
  await requireReady(project);
  const { server, shell } = context;
  const plan = await vscode.window.withProgress(
    { location: { viewId: 'smt.project' }, title: vscode.l10n.t('Looking at what is done') },
    () => server.ask(ExperimentServer.plan, { project: project.path }),
  );
  if (plan.no_benchmark)
    throw new Failure(
      vscode.l10n.t('“{0}” has no benchmark.', project.name),
      vscode.l10n.t(
        'Write questions under benchmarks/, name a public benchmark in smt.yaml, or draft one from the corpus.',
      ),
    );
  const missing = plan.steps.filter(({ done }) => !done);
  if (missing.length === 0) {
    await vscode.commands.executeCommand('smt.openResults');
    return undefined;
  }
  requireTrust();
  // Where nothing is left to train, no machine is asked.
  const forecast = missing.some(({ kind }) => kind === 'train')
    ? await vscode.window.withProgress(
        { location: { viewId: 'smt.project' }, title: vscode.l10n.t('Estimating the trainings') },
        () => server.ask(ExperimentServer.forecast, { project: project.path }),
      )
    : undefined;
  const agreed = await shell.dialogs.confirm({
    message: vscode.l10n.t('Run {0} of {1} jobs of the experiment?', missing.length, plan.steps.length),
    detail: [...planLines(plan, missing), ...(forecast ? ['', ...forecastLines(forecast)] : [])].join('\n'),
    action: vscode.l10n.t('Run'),
  });
  if (!agreed) return undefined;
  if (plan.builtin) await agreeToBuiltin(context);
  const title = vscode.l10n.t('Experiment: {0} of {1} jobs', missing.length, plan.steps.length);
  const { run } = await server.ask(
    ExperimentServer.start,
    { project: project.path, keys: {}, title },
    { retry: false },
  );
  await project.loadJobs();
  return run;
}

function planLines({ target, notes }: ExperimentPlan, missing: ExperimentPlan['steps']): string[] {
  const { language } = vscode.env;
  const named = missing
    .slice(0, NAMED)
    .map(({ title, tokens }) =>
      tokens === null ? title : vscode.l10n.t('{0}: {1} tokens', title, count(tokens, language)),
    );
  const more = missing.length - named.length;
  return [
    ...named,
    ...(more > 0 ? [vscode.l10n.t('and {0} more', more)] : []),
    '',
    vscode.l10n.t(
      'Trained on “{0}”. Each job can be stopped and resumed by itself; what is done is never repeated.',
      target,
    ),
    ...notes,
  ];
}

/** Time and money of the trainings and what that rests on. What is not known is said to be unknown. */
function forecastLines({ trainings, open, seconds, cost, at_most, basis }: ExperimentForecast): string[] {
  const time = seconds && range(seconds[0], seconds[1], duration);
  const lines = [
    time === null
      ? vscode.l10n.t('Time of the trainings: not known')
      : at_most
        ? vscode.l10n.t('Time of the trainings: at most {0}', time)
        : vscode.l10n.t('Time of the trainings: {0}', time),
    costLine(cost),
  ];
  if (open > 0 && open < trainings) lines.push(vscode.l10n.t('Without {0} of {1} trainings.', open, trainings));
  return [...lines, ...basis];
}
