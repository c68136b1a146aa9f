import * as vscode from 'vscode';
import { type Target, TargetId } from '../../contract/training.ts';
import { TrainingServer } from '../../contract/trainingRpc.ts';
import type { EditorContext } from '../editorContext.ts';
import { Failure } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';
import { money } from '../views/figures.ts';
import { freeEndpointId } from './freeEndpointId.ts';

interface Listed {
  readonly id: string;
  readonly target: Target;
}

const ANOTHER = 'another';

/** Opens the user's targets file, made with a commented example where there is none yet. */
export async function manageTargets({ server }: EditorContext): Promise<void> {
  const { file } = await server.ask(TrainingServer.targets, null);
  const uri = vscode.Uri.file(file);
  const exists = await vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
  if (!exists) {
    await vscode.workspace.fs.createDirectory(vscode.Uri.joinPath(uri, '..'));
    await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(TARGETS));
  }
  await vscode.window.showTextDocument(uri);
}

/** *Add SSH Target*: a Host of ~/.ssh/config under an id of one's own. Returns the id. */
export async function addSshTarget({ shell, server }: EditorContext): Promise<string | undefined> {
  const { hosts, file } = await server.ask(TrainingServer.sshHosts, null);
  const title = vscode.l10n.t('Add SSH Target');
  const picked = await shell.dialogs.pick<string>({
    title,
    placeholder:
      hosts.length > 0
        ? vscode.l10n.t('Which host of {0}?', file)
        : vscode.l10n.t('{0} names no host. Port, user, keys and jumps are best said there.', file),
    choices: [
      ...hosts.map((host) => ({ label: host, value: host })),
      { label: vscode.l10n.t('Another host…'), value: ANOTHER, alwaysShow: true },
    ],
  });
  if (picked.kind !== 'answer') return undefined;
  let host = picked.value;
  if (host === ANOTHER) {
    const typed = await shell.dialogs.input({
      title,
      prompt: vscode.l10n.t('A Host of your ~/.ssh/config, or user@name'),
      validate: (text) =>
        /^[A-Za-z0-9._@][A-Za-z0-9._@-]{0,200}$/.test(text)
          ? undefined
          : vscode.l10n.t('Letters, digits, “.”, “_”, “-” and “@” only'),
    });
    if (typed.kind !== 'answer') return undefined;
    host = typed.value;
  }
  const { targets } = await server.ask(TrainingServer.targets, null);
  const known = new Set(targets.map(({ id }) => id));
  const id = await shell.dialogs.input({
    title,
    prompt: vscode.l10n.t('Id of the target, as smt.yaml may name it'),
    value: freeEndpointId(host.replace(/^.*@/, ''), known).slice(0, 40),
    validate: (text) =>
      known.has(text)
        ? vscode.l10n.t('There is a target of this id already')
        : TargetId.safeParse(text).success
          ? undefined
          : vscode.l10n.t('Lower-case letters, digits, “-” and “_”, at most 40'),
  });
  if (id.kind !== 'answer') return undefined;
  const added = await server.ask(
    TrainingServer.addTarget,
    { id: id.value, target: { kind: 'ssh', host, root: '~/.smt' } },
    { retry: false },
  );
  const open = vscode.l10n.t('Open Targets File');
  void shell.dialogs
    .tell('info', vscode.l10n.t('The target “{0}” stands in {1}.', id.value, added.file), open)
    .then((chosen) => {
      if (chosen === open) void vscode.commands.executeCommand('smt.manageTargets');
    });
  return id.value;
}

/**
 * Where to train: a target of the user's own file. What smt.yaml names comes first; a project cannot define a machine,
 * so a name that the file does not have is said in a modal and never used.
 */
export async function chooseTarget(context: EditorContext, project: OpenProject): Promise<string> {
  const { shell, server } = context;
  const { targets, problems, file } = await server.ask(TrainingServer.targets, null);
  const [problem] = problems;
  if (problem) throw new Failure(vscode.l10n.t('{0} has a problem: {1}', file, problem.message));
  const named = project.state?.target ?? 'local';
  if (!targets.some(({ id }) => id === named)) {
    const other = await shell.dialogs.confirm({
      message: vscode.l10n.t('smt.yaml names the target “{0}”, which is not among yours.', named),
      detail: vscode.l10n.t(
        'A project cannot say which machine you use: targets stand in {0} only. Add it there if you know it, or choose another one.',
        file,
      ),
      action: vscode.l10n.t('Choose Another Target'),
    });
    if (!other) throw new vscode.CancellationError();
  }
  const answer = await shell.dialogs.pick<string>({
    title: vscode.l10n.t('Train'),
    placeholder: vscode.l10n.t('Where?'),
    choices: [
      ...sorted(targets, named).map(({ id, target }) => ({
        label: id === 'local' ? vscode.l10n.t('This machine') : id,
        description: [
          target.kind === 'ssh' ? target.host : '',
          target.gpus === undefined ? '' : vscode.l10n.t('{0} GPUs', target.gpus),
          target.price_per_hour === undefined
            ? ''
            : vscode.l10n.t('{0} an hour', money(target.price_per_hour, vscode.env.language)),
          id === named ? vscode.l10n.t('named by smt.yaml') : '',
        ]
          .filter(Boolean)
          .join(' · '),
        value: id,
      })),
      { label: vscode.l10n.t('Add SSH Target…'), value: '', alwaysShow: true },
    ],
  });
  if (answer.kind !== 'answer') throw new vscode.CancellationError();
  if (answer.value !== '') return answer.value;
  const added = await addSshTarget(context);
  if (added === undefined) throw new vscode.CancellationError();
  return added;
}

function sorted(targets: readonly Listed[], named: string): Listed[] {
  const rank = ({ id }: Listed) => (id === named ? 0 : id === 'local' ? 1 : 2);
  return [...targets].sort((one, other) => rank(one) - rank(other) || one.id.localeCompare(other.id));
}

const TARGETS = `# Targets of Synthetic Mixed Training: machines of yours on which jobs may run. Projects name the id.
# "local" is always there. Keys and passwords do not belong here: ssh takes them from your own configuration and agent.
v: 1
targets: {}
  # gpu-box:
  #   kind: ssh
  #   host: gpu-box            # a Host of ~/.ssh/config
  #   root: ~/.smt             # packages, environments and runs
  #   price_per_hour: 2.5      # US dollars, for the estimate
`;
