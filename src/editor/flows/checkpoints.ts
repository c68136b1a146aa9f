import * as vscode from 'vscode';
import type { Checkpoint } from '../../contract/training.ts';
import { type ServeWhere, TrainingServer } from '../../contract/trainingRpc.ts';
import type { EditorContext } from '../editorContext.ts';
import { Failure } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';
import { bytes, count } from '../views/figures.ts';
import { requireTrust } from './generate.ts';
import { WEIGHTS_ORIGIN } from './weightsOrigin.ts';

export type Which = Pick<Checkpoint, 'run' | 'step'>;

/**
 * *Chat With Checkpoint*: serves it where it was trained, or its copy here where there is one and a person says so; the
 * Job panel of the serving job holds the chat. Returns the run.
 */
export async function chatWithCheckpoint(context: EditorContext, project: OpenProject, which?: Which): Promise<string> {
  requireTrust();
  await project.loadCheckpoints();
  const { run, step } =
    which ??
    (await pickCheckpoint(context, vscode.l10n.t('Chat With Checkpoint'), project.checkpoints, {
      message: vscode.l10n.t('“{0}” has no checkpoint yet.', project.name),
      hint: vscode.l10n.t('Train on a training set first.'),
    }));
  const where = await whereToServe(
    context,
    project.checkpoints.find((one) => one.run === run && one.step === step),
  );
  const served = await context.server.ask(
    TrainingServer.serve,
    { project: project.path, run, step, where, keys: await context.keys.of([WEIGHTS_ORIGIN]) },
    { retry: false },
  );
  await project.loadJobs();
  return served.run;
}

async function whereToServe({ shell }: EditorContext, checkpoint: Checkpoint | undefined): Promise<ServeWhere> {
  if (!checkpoint || checkpoint.target === 'local' || checkpoint.local_path === null) return 'target';
  const answer = await shell.dialogs.pick<ServeWhere>({
    title: vscode.l10n.t('Chat With Checkpoint'),
    placeholder: vscode.l10n.t('Where should the model run?'),
    choices: [
      {
        label: vscode.l10n.t('On this machine'),
        detail: vscode.l10n.t('The copy that was fetched: {0}', bytes(checkpoint.bytes)),
        value: 'here',
      },
      {
        label: vscode.l10n.t('On “{0}”', checkpoint.target),
        detail: vscode.l10n.t('Where it was trained, through a tunnel'),
        value: 'target',
      },
    ],
  });
  if (answer.kind === 'answer') return answer.value;
  throw new vscode.CancellationError();
}

/**
 * Deletes a checkpoint after a modal that says how much it holds; of one that was fetched from another machine the copy
 * alone, where a person wants just the space back. True when it is gone.
 */
export async function deleteCheckpoint(
  context: EditorContext,
  project: OpenProject,
  { run, step }: Which,
): Promise<boolean> {
  requireTrust();
  const known = project.checkpoints.find((one) => one.run === run && one.step === step);
  const where = await whatToDelete(context, known);
  const copy = where === 'copy';
  const agreed = await context.shell.dialogs.confirm({
    message: copy
      ? vscode.l10n.t('Delete the copy of step {0} of {1} on this machine?', step, run)
      : known?.final
        ? vscode.l10n.t('Delete the final model of {0}?', run)
        : vscode.l10n.t('Delete the checkpoint of step {0} of {1}?', step, run),
    detail: copy
      ? vscode.l10n.t('{0} are freed here. It can be fetched again.', bytes(known?.bytes ?? 0))
      : known
        ? vscode.l10n.t(
            '{0} on {1} are freed. It can only be had again by training again.',
            bytes(known.bytes),
            known.target,
          )
        : vscode.l10n.t('It can only be had again by training again.'),
    action: vscode.l10n.t('Delete'),
  });
  if (!agreed) return false;
  await context.server.ask(
    TrainingServer.deleteCheckpoint,
    { project: project.path, run, step, where },
    { retry: false },
  );
  await project.loadCheckpoints();
  return true;
}

async function whatToDelete(
  { shell }: EditorContext,
  checkpoint: Checkpoint | undefined,
): Promise<'everywhere' | 'copy'> {
  if (!checkpoint || checkpoint.target === 'local' || checkpoint.local_path === null) return 'everywhere';
  const answer = await shell.dialogs.pick<'everywhere' | 'copy'>({
    title: vscode.l10n.t('Delete Checkpoint'),
    placeholder: vscode.l10n.t('It lies on “{0}” and, fetched, on this machine', checkpoint.target),
    choices: [
      { label: vscode.l10n.t('Only the copy on this machine'), value: 'copy' },
      { label: vscode.l10n.t('Everywhere'), value: 'everywhere' },
    ],
  });
  if (answer.kind === 'answer') return answer.value;
  throw new vscode.CancellationError();
}

/** @throws Failure where there is none to choose from */
export async function pickCheckpoint(
  { shell }: EditorContext,
  title: string,
  checkpoints: readonly Checkpoint[],
  none: { message: string; hint: string },
): Promise<Checkpoint> {
  const [only] = checkpoints;
  if (!only) throw new Failure(none.message, none.hint);
  if (checkpoints.length === 1) return only;
  const answer = await shell.dialogs.pick<Checkpoint>({
    title,
    placeholder: vscode.l10n.t('Which checkpoint? The largest stand first.'),
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
