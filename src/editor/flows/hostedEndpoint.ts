import * as vscode from 'vscode';
import { Server } from '../../contract/rpc.ts';
import type { EditorContext } from '../editorContext.ts';
import { originOf } from '../platform/keys.ts';

export interface Hosted {
  base_url: string;
  name: string;
  key?: string;
  models: readonly string[];
}

/** Asks for a URL and a key and tries them. The key is kept for this URL's origin only, and only once all is answered. */
export async function hostedEndpoint(
  { shell, server, keys }: EditorContext,
  title: string,
): Promise<Hosted | 'back' | 'dismissed'> {
  let url = '';
  for (;;) {
    const typed = await shell.dialogs.input({
      title,
      back: true,
      value: url,
      placeholder: 'https://api.example.com/v1',
      prompt: vscode.l10n.t('Base URL of the OpenAI-compatible endpoint'),
      validate: (text) =>
        originOf(text.trim()) ? undefined : vscode.l10n.t('A URL that begins with https:// or http://'),
    });
    if (typed.kind !== 'answer') return typed.kind;
    url = typed.value.trim();
    const origin = originOf(url);
    if (!origin) continue;
    const kept = (await keys.of([origin]))[origin];
    const entered = await shell.dialogs.input({
      title,
      back: true,
      secret: true,
      prompt: kept
        ? vscode.l10n.t('API key for {0}. Left empty: the one that is kept.', origin)
        : vscode.l10n.t('API key for {0}. Left empty: none is needed.', origin),
    });
    if (entered.kind === 'dismissed') return 'dismissed';
    if (entered.kind === 'back') continue;
    const key = entered.value.trim() || kept;
    const tried = await server.ask(Server.testEndpoint, { base_url: url, ...(key ? { key } : {}) });
    if (!tried.ok) {
      const anyway = vscode.l10n.t('Use It Anyway');
      const chosen = await shell.dialogs.tell(
        'warning',
        `${origin}: ${tried.message}`,
        anyway,
        vscode.l10n.t('Change'),
      );
      if (chosen !== anyway) continue;
    }
    return {
      base_url: url,
      name: new URL(url).hostname.replace(/^(api|www)\./, ''),
      models: tried.models,
      ...(key ? { key } : {}),
    };
  }
}
