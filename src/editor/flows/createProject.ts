import * as vscode from 'vscode';
import { Server } from '../../contract/rpc.ts';
import type { EditorContext } from '../editorContext.ts';
import type { Choice } from '../platform/dialogs.ts';
import { Failure } from '../platform/failure.ts';
import { count } from '../views/figures.ts';
import { freeEndpointId } from './freeEndpointId.ts';
import { hostedEndpoint } from './hostedEndpoint.ts';
import { type Step, walkSteps } from './steps.ts';

/** What the steps have gathered so far. */
interface Draft {
  folder: vscode.Uri;
  documents: string;
  endpoint?: { kind: 'builtin' } | { kind: 'known'; id: string } | { kind: 'new'; base_url: string; name: string };
  models: readonly string[];
  model?: string;
  key?: string;
  student?: string;
}

const STUDENTS = [
  { id: 'HuggingFaceTB/SmolLM2-135M-Instruct', note: '135M' },
  { id: 'Qwen/Qwen3-1.7B', note: '1.7B' },
  { id: 'meta-llama/Llama-3.2-3B-Instruct', note: '3B' },
  { id: 'meta-llama/Llama-3.1-8B-Instruct', note: '8B' },
];

/**
 * *Create Synthetic Data Project*: what is in the folder, who writes the data, which model, which student; then writes
 * a commented smt.yaml through the engine and opens it. A new endpoint goes to the user's registry, never to the folder.
 */
export async function createProject(context: EditorContext, clicked: unknown): Promise<void> {
  const folder = await chooseFolder(context, clicked);
  const file = vscode.Uri.joinPath(folder, 'smt.yaml');
  if (await isFile(file)) {
    throw new Failure(
      vscode.l10n.t('{0} is a project already.', folder.fsPath),
      vscode.l10n.t('Open its smt.yaml to change it.'),
    );
  }
  const { server } = context;
  const counted = await server.ask(Server.countFolder, { project: folder.fsPath });
  const kinds = Object.entries(counted.files)
    .sort(([, one], [, other]) => other - one)
    .map(([extension, files]) => `${count(files, vscode.env.language)} ${extension}`);
  const documents =
    counted.total === 0
      ? vscode.l10n.t('No documents found yet')
      : vscode.l10n.t('{0} documents: {1}', count(counted.total, vscode.env.language), kinds.join(', '));
  const draft: Draft = { folder, documents, models: [] };
  const steps: Step[] = [endpointStep(context, draft), modelStep(context, draft), studentStep(context, draft)];
  if (!(await walkSteps(steps))) return;
  await write(context, draft);
  await context.projects.discover(true);
  await vscode.window.showTextDocument(file);
}

async function chooseFolder({ shell }: EditorContext, clicked: unknown): Promise<vscode.Uri> {
  if (clicked instanceof vscode.Uri) return clicked;
  const folders = vscode.workspace.workspaceFolders ?? [];
  const [only] = folders;
  if (!only)
    throw new Failure(
      vscode.l10n.t('No folder is open.'),
      vscode.l10n.t('Open the folder that holds your documents first.'),
    );
  if (folders.length === 1) return only.uri;
  const answer = await shell.dialogs.pick({
    title: vscode.l10n.t('Create Synthetic Data Project'),
    placeholder: vscode.l10n.t('Which folder holds the documents?'),
    choices: folders.map(({ name, uri }) => ({ label: name, description: uri.fsPath, value: uri })),
  });
  if (answer.kind === 'answer') return answer.value;
  throw new vscode.CancellationError();
}

const title = () => vscode.l10n.t('Create Synthetic Data Project');

function endpointStep(context: EditorContext, draft: Draft): Step {
  return async (position) => {
    const [{ servers }, { endpoints }, builtin] = await Promise.all([
      context.server.ask(Server.detectServers, null),
      context.server.ask(Server.listEndpoints, null),
      context.server.ask(Server.builtinState, null),
    ]);
    const separator = (label: string) => ({ label, kind: vscode.QuickPickItemKind.Separator });
    type Picked = { endpoint: NonNullable<Draft['endpoint']>; models: readonly string[] } | 'hosted';
    const known = endpoints.filter(({ id }) => id !== 'builtin');
    const registered = new Set(known.map(({ base_url }) => base_url.replace(/\/$/, '')));
    const running = servers.filter(({ base_url }) => !registered.has(base_url.replace(/\/$/, '')));
    const choices: (Choice<Picked> | vscode.QuickPickItem)[] = [
      separator(vscode.l10n.t('On this machine')),
      ...running.map(
        ({ name, base_url, models }): Choice<Picked> => ({
          label: `$(server-process) ${name}`,
          description: base_url,
          detail: models.length > 0 ? models.slice(0, 4).join(', ') : vscode.l10n.t('no model is loaded'),
          value: { endpoint: { kind: 'new', base_url, name }, models },
        }),
      ),
      {
        label: `$(chip) ${vscode.l10n.t('Built-in model')}`,
        description: 'SmolLM2-135M-Instruct',
        detail: builtin.installed
          ? vscode.l10n.t('No key, no server. Very small: shows how everything works')
          : vscode.l10n.t(
              'No key, no server. Very small: shows how everything works. About {0} MB are downloaded when it is first used',
              count(builtin.download_mb, vscode.env.language),
            ),
        value: { endpoint: { kind: 'builtin' }, models: [] },
      } satisfies Choice<Picked>,
      ...(known.length > 0 ? [separator(vscode.l10n.t('From your registry'))] : []),
      ...known.map(
        ({ id, origin, model }): Choice<Picked> => ({
          label: `$(cloud) ${id}`,
          description: origin,
          detail: model ?? '',
          value: { endpoint: { kind: 'known', id }, models: model ? [model] : [] },
        }),
      ),
      separator(vscode.l10n.t('Elsewhere')),
      {
        label: `$(add) ${vscode.l10n.t('Another OpenAI-compatible endpoint…')}`,
        detail: vscode.l10n.t('Its URL goes to your registry, its key to the editor’s secret storage'),
        value: 'hosted',
      } satisfies Choice<Picked>,
    ];
    const answer = await context.shell.dialogs.pick<Picked>({
      ...position,
      title: title(),
      placeholder: vscode.l10n.t('{0}. Who writes the synthetic data?', draft.documents),
      choices,
    });
    if (answer.kind !== 'answer') return answer.kind;
    if (answer.value !== 'hosted') {
      draft.endpoint = answer.value.endpoint;
      draft.models = answer.value.models;
      delete draft.key;
      return 'next';
    }
    const hosted = await hostedEndpoint(context, title());
    if (hosted === 'back' || hosted === 'dismissed') return hosted === 'back' ? 'again' : 'dismissed';
    draft.endpoint = { kind: 'new', base_url: hosted.base_url, name: hosted.name };
    draft.models = hosted.models;
    if (hosted.key !== undefined) draft.key = hosted.key;
    return 'next';
  };
}

function modelStep({ shell }: EditorContext, draft: Draft): Step {
  return async (position) => {
    delete draft.model;
    if (draft.endpoint?.kind === 'builtin') return 'skip';
    const typed = { label: `$(edit) ${vscode.l10n.t('Another model…')}`, value: '' };
    if (draft.models.length > 0) {
      const answer = await shell.dialogs.pick({
        ...position,
        title: title(),
        placeholder: vscode.l10n.t('Which model writes the data?'),
        choices: [...draft.models.map((model) => ({ label: model, value: model })), typed],
      });
      if (answer.kind !== 'answer') return answer.kind;
      if (answer.value !== '') {
        draft.model = answer.value;
        return 'next';
      }
    }
    const answer = await shell.dialogs.input({
      ...position,
      title: title(),
      prompt: vscode.l10n.t('Model name as the endpoint knows it. Left empty: the endpoint’s own.'),
    });
    if (answer.kind !== 'answer') return answer.kind;
    if (answer.value.trim() !== '') draft.model = answer.value.trim();
    return 'next';
  };
}

function studentStep({ shell }: EditorContext, draft: Draft): Step {
  return async (position) => {
    const answer = await shell.dialogs.pick({
      ...position,
      title: title(),
      placeholder: vscode.l10n.t('Which model will be trained? Its tokenizer counts every budget.'),
      choices: [
        ...STUDENTS.map(({ id, note }) => ({ label: id, description: note, value: id })),
        { label: `$(edit) ${vscode.l10n.t('Another model…')}`, value: '' },
      ],
    });
    if (answer.kind !== 'answer') return answer.kind;
    if (answer.value !== '') {
      draft.student = answer.value;
      return 'next';
    }
    const typed = await shell.dialogs.input({
      ...position,
      title: title(),
      prompt: vscode.l10n.t('Model id on the Hugging Face Hub, or the path of a local folder'),
      validate: (text) => (text.trim() === '' ? vscode.l10n.t('Enter a model id') : undefined),
    });
    if (typed.kind !== 'answer') return typed.kind === 'back' ? 'again' : typed.kind;
    draft.student = typed.value.trim();
    return 'next';
  };
}

async function write({ server, keys }: EditorContext, draft: Draft): Promise<void> {
  const { endpoint, model, student, key, folder } = draft;
  let id = 'builtin';
  if (endpoint?.kind === 'known') id = endpoint.id;
  if (endpoint?.kind === 'new') {
    const { endpoints } = await server.ask(Server.listEndpoints, null);
    id = freeEndpointId(endpoint.name, new Set(endpoints.map((entry) => entry.id)));
    const { origin } = await server.ask(
      Server.addEndpoint,
      { id, base_url: endpoint.base_url, ...(model ? { model } : {}) },
      { retry: false },
    );
    if (key !== undefined) await keys.set(origin, key);
  }
  await server.ask(
    Server.createProject,
    {
      project: folder.fsPath,
      name: folder.path.split('/').at(-1) || 'corpus',
      endpoint: id,
      ...(model ? { model } : {}),
      ...(student ? { student } : {}),
    },
    { retry: false },
  );
}

async function isFile(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}
