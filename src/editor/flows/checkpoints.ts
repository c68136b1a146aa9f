import * as vscode from 'vscode';
import type { Checkpoint } from '../../contract/training.ts';
import { TrainingServer } from '../../contract/trainingRpc.ts';
import type { EditorContext } from '../editorContext.ts';
import { Failure } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';
import { bytes, count } from '../views/figures.ts';
import { requireTrust } from './generate.ts';
import { WEIGHTS_ORIGIN } from './weightsOrigin.ts';

type Which = Pick<Checkpoint, 'run' | 'step'>;

/** *Chat With Checkpoint*: serves it where it lies; the Job panel of the serving job holds the chat. Returns the run. */
export async function chatWithCheckpoint(context: EditorContext, project: OpenProject, which?: Which): Promise<string> {
  requireTrust();
  const { run, step } = which ?? (await chooseCheckpoint(context, project));
  const served = await context.server.ask(
    TrainingServer.serve,
    { project: project.path, run, step, keys: await context.keys.of([WEIGHTS_ORIGIN]) },
    { retry: false },
  );
  await project.loadJobs();
  return served.run;
}

/** Deletes a checkpoint after a modal that says how much it holds. True when it is gone. */
export async function deleteCheckpoint(
  { shell, server }: EditorContext,
  project: OpenProject,
  { run, step }: Which,
): Promise<boolean> {
  requireTrust();
  const known = project.checkpoints.find((one) => one.run === run && one.step === step);
  const agreed = await shell.dialogs.confirm({
    message: known?.final
      ? vscode.l10n.t('Delete the final model of {0}?', run)
      : vscode.l10n.t('Delete the checkpoint of step {0} of {1}?', step, run),
    detail: known
      ? vscode.l10n.t(
          '{0} on {1} are freed. It can only be had again by training again.',
          bytes(known.bytes),
          known.target,
        )
      : vscode.l10n.t('It can only be had again by training again.'),
    action: vscode.l10n.t('Delete'),
  });
  if (!agreed) return false;
  await server.ask(TrainingServer.deleteCheckpoint, { project: project.path, run, step }, { retry: false });
  await project.loadCheckpoints();
  return true;
}

async function chooseCheckpoint({ shell }: EditorContext, project: OpenProject): Promise<Which> {
  await project.loadCheckpoints();
  const { checkpoints } = project;
  const [only] = checkpoints;
  if (!only) {
    throw new Failure(
      vscode.l10n.t('“{0}” has no checkpoint yet.', project.name),
      vscode.l10n.t('Train on a training set first.'),
    );
  }
  if (checkpoints.length === 1) return only;
  const answer = await shell.dialogs.pick<Which>({
    title: vscode.l10n.t('Chat With Checkpoint'),
    placeholder: vscode.l10n.t('Which checkpoint?'),
    choices: checkpoints.map((one) => ({
      label: one.final
        ? vscode.l10n.t('{0}, trained on {1}', one.model, one.dataset)
        : vscode.l10n.t('{0}, step {1} on {2}', one.model, count(one.step, vscode.env.language), one.dataset),
      description: `${one.target} · ${bytes(one.bytes)}`,
      detail: one.run,
      value: one,
    })),
  });
  if (answer.kind === 'answer') return answer.value;
  throw new vscode.CancellationError();
}
