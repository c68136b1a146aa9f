import * as vscode from 'vscode';
import type { TrainingEstimate } from '../../contract/training.ts';
import { TrainingServer } from '../../contract/trainingRpc.ts';
import type { EditorContext } from '../editorContext.ts';
import { Failure } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';
import { requireReady, requireTrust } from './generate.ts';
import { chooseTarget } from './targets.ts';
import { chooseDataset } from './trainingSets.ts';
import { blockingNotes, trainingLines } from './trainingText.ts';
import { WEIGHTS_ORIGIN } from './weightsOrigin.ts';

/**
 * *Train*: training set → target → estimate → one modal → job. Returns the run, or undefined when declined.
 * @throws Failure where something blocks: it says what, and what to do
 */
export async function train(
  context: EditorContext,
  project: OpenProject,
  dataset?: string,
): Promise<string | undefined> {
  requireTrust();
  await requireReady(project);
  const { shell, server, keys } = context;
  const name = dataset ?? (await chooseDataset(context, project, vscode.l10n.t('Train')));
  const target = await chooseTarget(context, project);
  const found = await estimate(context, project, name, target);
  const lines = trainingLines(found);
  shell.log.info(`training estimate: ${name} on ${target}\n  ${lines.join('\n  ')}`);
  const blocks = blockingNotes(found);
  if (blocks.length > 0) {
    throw new Failure(vscode.l10n.t('Training on “{0}” cannot start: {1}', target, blocks.join(' ')));
  }
  const manifest = project.datasets?.datasets.find((entry) => entry.name === name);
  const agreed = await shell.dialogs.confirm({
    message: vscode.l10n.t('Train {0} on “{1}”?', project.state?.student ?? vscode.l10n.t('the student'), name),
    detail: [
      ...lines,
      ...(manifest?.toy
        ? [
            vscode.l10n.t(
              'The samples are of the built-in model: they show how it works, they are not worth training on.',
            ),
          ]
        : []),
    ].join('\n'),
    action: vscode.l10n.t('Train'),
  });
  if (!agreed) return undefined;
  requireTrust();
  const { run } = await server.ask(
    TrainingServer.train,
    {
      project: project.path,
      dataset: name,
      target,
      keys: await keys.of([WEIGHTS_ORIGIN]),
      title: vscode.l10n.t('Train on {0}', name),
    },
    { retry: false },
  );
  await project.loadJobs();
  return run;
}

/** Looking at a target takes a few seconds where it is a remote one; it can be given up. */
function estimate(
  { server }: EditorContext,
  project: OpenProject,
  dataset: string,
  target: string,
): Thenable<TrainingEstimate> {
  return vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Looking at the target “{0}”', target),
      cancellable: true,
    },
    (_, token) => server.ask(TrainingServer.estimateTraining, { project: project.path, dataset, target }, { token }),
  );
}
