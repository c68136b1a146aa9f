import * as vscode from 'vscode';
import type { Estimate } from '../../contract/estimate.ts';
import { Server } from '../../contract/rpc.ts';
import type { EditorContext } from '../editorContext.ts';
import { Failure } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';
import { count } from '../views/figures.ts';
import { enterKey } from './endpointKeys.ts';

const BUILTIN = 'builtin';

/**
 * Everything a person agrees to before documents are read by a model: the built-in model's download, each origin that
 * is not this machine, and a key where an endpoint wants one. Returns the keys the job may have, those of the
 * project's own endpoints and no other.
 * @throws CancellationError when a person declines.
 */
export async function agree(
  context: EditorContext,
  project: OpenProject,
  destinations: Estimate['destinations'],
): Promise<Record<string, string>> {
  const endpoints = project.state?.endpoints ?? [];
  if (endpoints.some(({ id }) => id === BUILTIN)) await agreeToBuiltin(context);
  for (const destination of destinations) {
    if (!destination.local && !destination.consented) await agreeToOrigin(context, destination);
  }
  const origins = endpoints.flatMap(({ origin }) => (origin ? [origin] : []));
  for (const { origin, id, needs_key } of endpoints) {
    if (!origin || !needs_key || (await context.keys.has(origin))) continue;
    if (!(await enterKey(context, origin, id))) throw new vscode.CancellationError();
  }
  return context.keys.of(origins);
}

async function agreeToOrigin(
  { shell, server }: EditorContext,
  { origin, endpoint, documents, tokens }: Estimate['destinations'][number],
): Promise<void> {
  const language = vscode.env.language;
  const agreed = await shell.dialogs.confirm({
    message: vscode.l10n.t('Send documents to {0}?', origin),
    detail: vscode.l10n.t(
      'Generating sends the text of {0} documents ({1} tokens) to the endpoint “{2}” at {3}. This is asked once for each origin; what has been sent cannot be taken back.',
      count(documents, language),
      count(tokens, language),
      endpoint,
      origin,
    ),
    action: vscode.l10n.t('Send Documents'),
  });
  if (!agreed) throw new vscode.CancellationError();
  await server.ask(Server.consentOrigin, { origin }, { retry: false });
}

/** The built-in model's download, where it is not set up yet. @throws CancellationError, Failure */
export async function agreeToBuiltin({ shell, server }: EditorContext): Promise<void> {
  const builtin = await server.ask(Server.builtinState, null);
  if (builtin.installed) return;
  if (builtin.python === null) {
    throw new Failure(
      vscode.l10n.t('The built-in model needs Python 3.11 or newer, and none was found.'),
      builtin.message || vscode.l10n.t('Install it, or name its path in the setting “smt.python”.'),
    );
  }
  const agreed = await shell.dialogs.confirm({
    message: vscode.l10n.t('Set up the built-in model?'),
    detail: [
      vscode.l10n.t(
        'About {0} MB are downloaded once into your user cache: llama.cpp and a model of 135 million parameters. It runs on this machine only and needs no key.',
        count(builtin.download_mb, vscode.env.language),
      ),
      vscode.l10n.t('It shows how everything works; it is far too small for data worth training on.'),
      builtin.message,
    ]
      .filter(Boolean)
      .join('\n\n'),
    action: vscode.l10n.t('Download and Set Up'),
  });
  if (!agreed) throw new vscode.CancellationError();
}
