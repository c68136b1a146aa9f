import * as vscode from 'vscode';
import type { Checkpoint } from '../../contract/training.ts';
import { TrainingServer } from '../../contract/trainingRpc.ts';
import type { EditorContext } from '../editorContext.ts';
import { Failure } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';
import { bytes } from '../views/figures.ts';
import { pickCheckpoint, type Which } from './checkpoints.ts';
import { requireTrust } from './generate.ts';
import { revealFolder } from './revealFolder.ts';

/**
 * *Fetch Checkpoint*: brings a checkpoint of a run on another machine here, after saying how much that is. Given up, it goes
 * on next time from where it was. Returns its folder, or undefined when declined.
 */
export async function fetchCheckpoint(
  context: EditorContext,
  project: OpenProject,
  which?: Which,
): Promise<string | undefined> {
  requireTrust();
  const { shell } = context;
  await project.loadCheckpoints();
  const elsewhere = project.checkpoints.filter(({ local_path }) => local_path === null);
  const checkpoint = which
    ? project.checkpoints.find(({ run, step }) => run === which.run && step === which.step)
    : await pickCheckpoint(context, vscode.l10n.t('Fetch Checkpoint'), elsewhere, {
        message: vscode.l10n.t('Every checkpoint of “{0}” is on this machine.', project.name),
        hint: vscode.l10n.t('Runs on other machines leave theirs there until they are fetched.'),
      });
  if (!checkpoint) throw new Failure(vscode.l10n.t('That checkpoint is not there any more.'));
  if (checkpoint.local_path !== null) return checkpoint.local_path;
  const agreed = await shell.dialogs.confirm({
    message: vscode.l10n.t('Fetch {0} from “{1}”?', bytes(checkpoint.bytes), checkpoint.target),
    detail: vscode.l10n.t(
      '{0} comes into the folder of its run, {1}. Each file is checked; a fetch that is cut goes on where it ended. Then evaluation and chat can use it on this machine.',
      nameOf(checkpoint),
      `.smt/runs/${checkpoint.run}`,
    ),
    action: vscode.l10n.t('Fetch'),
  });
  if (!agreed) return undefined;
  const path = await fetchWithProgress(context, project, checkpoint);
  await project.loadCheckpoints();
  const open = vscode.l10n.t('Show Folder');
  void shell.dialogs
    .tell('info', vscode.l10n.t('{0} is on this machine now: {1}', nameOf(checkpoint), path), open)
    .then((answer) => {
      if (answer === open) void revealFolder(vscode.Uri.file(path));
    });
  return path;
}

function fetchWithProgress(
  { server }: EditorContext,
  project: OpenProject,
  { run, step, target, bytes: size }: Checkpoint,
): Thenable<string> {
  const location = vscode.ProgressLocation.Notification;
  const title = vscode.l10n.t('Fetching {0} from “{1}”', bytes(size), target);
  return vscode.window.withProgress({ location, title, cancellable: true }, async (progress, token) => {
    let before = 0;
    const listening = server.onPush((push) => {
      if (push.kind !== 'fetch' || push.project !== project.path || push.run !== run || push.step !== step) return;
      const share = push.total > 0 ? (100 * push.done) / push.total : 0;
      progress.report({
        increment: share - before,
        message: vscode.l10n.t('{0} of {1}', bytes(push.done), bytes(push.total)),
      });
      before = share;
    });
    try {
      const asked = { project: project.path, run, step };
      return (await server.ask(TrainingServer.fetchCheckpoint, asked, { token, retry: false })).path;
    } finally {
      listening.dispose();
    }
  });
}

function nameOf({ model, step, final, dataset }: Checkpoint): string {
  return final
    ? vscode.l10n.t('{0}, trained on {1}', model, dataset)
    : vscode.l10n.t('{0}, step {1} on {2}', model, step, dataset);
}
