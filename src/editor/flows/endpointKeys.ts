import * as vscode from 'vscode';
import { Server } from '../../contract/rpc.ts';
import type { EditorContext } from '../editorContext.ts';
import { WEIGHTS_ORIGIN } from './weightsOrigin.ts';

/** Asks for the key of one origin and keeps it in SecretStorage. False when dismissed. */
export async function enterKey({ shell, keys }: EditorContext, origin: string, endpoint: string): Promise<boolean> {
  const answer = await shell.dialogs.input({
    title: vscode.l10n.t('Key of {0}', origin),
    prompt: vscode.l10n.t('API key for the endpoint “{0}”. It is kept by the editor for {1} only.', endpoint, origin),
    secret: true,
    validate: (text) => (text.trim() === '' ? vscode.l10n.t('Enter the key') : undefined),
  });
  if (answer.kind !== 'answer') return false;
  await keys.set(origin, answer.value.trim());
  return true;
}

/** *Set Endpoint Key*: for an endpoint of the registry, by its origin. */
export async function setEndpointKey(context: EditorContext): Promise<void> {
  const { endpoints } = await context.server.ask(Server.listEndpoints, null);
  const remote = [
    ...endpoints.filter(({ id }) => id !== 'builtin'),
    { id: vscode.l10n.t('Hugging Face token, for gated weights'), origin: WEIGHTS_ORIGIN },
  ];
  const answer = await context.shell.dialogs.pick({
    title: vscode.l10n.t('Set Endpoint Key'),
    placeholder: vscode.l10n.t('Whose key?'),
    choices: await Promise.all(
      remote.map(async ({ id, origin }) => ({
        label: id,
        description: origin,
        detail: (await context.keys.has(origin)) ? vscode.l10n.t('A key is kept; a new one replaces it') : '',
        value: { id, origin },
      })),
    ),
  });
  if (answer.kind !== 'answer') return;
  const { id, origin } = answer.value;
  if (await enterKey(context, origin, id)) {
    void context.shell.dialogs.tell('info', vscode.l10n.t('The key of {0} is kept.', origin));
  }
}

export async function removeEndpointKey({ shell, keys }: EditorContext): Promise<void> {
  const origins = keys.origins();
  if (origins.length === 0) {
    void shell.dialogs.tell('info', vscode.l10n.t('No key is kept.'));
    return;
  }
  const answer = await shell.dialogs.pick({
    title: vscode.l10n.t('Remove Endpoint Key'),
    placeholder: vscode.l10n.t('The key of which origin?'),
    choices: origins.map((origin) => ({ label: origin, value: origin })),
  });
  if (answer.kind !== 'answer') return;
  await keys.remove(answer.value);
  void shell.dialogs.tell('info', vscode.l10n.t('The key of {0} is removed.', answer.value));
}

/** Opens the user's registry file, made with a commented example where there is none yet. */
export async function manageEndpoints({ server }: EditorContext): Promise<void> {
  const { file } = await server.ask(Server.listEndpoints, null);
  const uri = vscode.Uri.file(file);
  const exists = await vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
  if (!exists) {
    await vscode.workspace.fs.createDirectory(vscode.Uri.joinPath(uri, '..'));
    await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(REGISTRY));
  }
  await vscode.window.showTextDocument(uri);
}

const REGISTRY = `# Endpoints of Synthetic Mixed Training: the only place where an endpoint id gets a URL. Projects name the id.
# Keys do not belong here: use "Set Endpoint Key" in the editor, or key_env for the terminal.
v: 1
endpoints: {}
  # my-server:
  #   base_url: http://127.0.0.1:8000/v1
  #   model: name-of-the-model
  # hosted:
  #   base_url: https://api.example.com/v1
  #   model: name-of-the-model
  #   key_env: EXAMPLE_API_KEY
  #   price: { input: 0.10, output: 0.40 }   # US dollars per million tokens
`;
