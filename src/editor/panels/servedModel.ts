import * as vscode from 'vscode';
import { z } from 'zod';
import type { ChatTurn } from '../../contract/jobPanel.ts';
import type { RunSnapshot } from '../../contract/trainingRpc.ts';
import { Failure } from '../platform/failure.ts';

const Answer = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string().nullable() }) })).min(1),
});
/** A small model on two cores writes a few words a second. */
const PATIENCE_MS = 55_000;
const MOST_TOKENS = 256;

/**
 * One answer of a served checkpoint. Only a server on this machine is spoken to (a remote one comes through a tunnel):
 * where the model is served is said by a run directory, which lies in the workspace.
 * @throws Failure that says what to do
 */
export async function sayTo(
  endpoint: RunSnapshot['endpoint'],
  turns: readonly ChatTurn[],
  token: vscode.CancellationToken,
): Promise<string> {
  if (!endpoint) {
    throw new Failure(
      vscode.l10n.t('The model is not being served now.'),
      vscode.l10n.t('Wait until it is loaded, or run the job again.'),
    );
  }
  const url = new URL(
    'chat/completions',
    endpoint.base_url.endsWith('/') ? endpoint.base_url : `${endpoint.base_url}/`,
  );
  if (url.protocol !== 'http:' || !['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)) {
    throw new Failure(vscode.l10n.t('{0} is not on this machine, so nothing is sent there.', url.origin));
  }
  const stop = new AbortController();
  token.onCancellationRequested(() => stop.abort());
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'error',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: endpoint.model, messages: turns, max_tokens: MOST_TOKENS, temperature: 0.7 }),
      signal: AbortSignal.any([stop.signal, AbortSignal.timeout(PATIENCE_MS)]),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new Failure(vscode.l10n.t('The served model answered with {0}: {1}', response.status, text.slice(0, 300)));
    }
    return Answer.parse(JSON.parse(text)).choices[0]?.message.content ?? '';
  } catch (error) {
    if (Failure.is(error)) throw error;
    if (token.isCancellationRequested) throw new vscode.CancellationError();
    throw new Failure(
      vscode.l10n.t('The served model at {0} did not answer.', url.origin),
      error instanceof Error ? error.message : '',
    );
  }
}
