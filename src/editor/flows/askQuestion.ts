import * as vscode from 'vscode';
import { Server } from '../../contract/rpc.ts';
import type { EditorContext } from '../editorContext.ts';
import type { SamplesPanels } from '../panels/samplesPanel.ts';
import { Failure } from '../platform/failure.ts';
import { PREVIEW_REQUESTS, requireReady } from './generate.ts';
import { generateAdditions, REWRITES } from './preview.ts';
import type { Target } from './target.ts';

/** *Ask Your Own Question…*: a person's question about one document, kept in reviews.jsonl, and rewrites for it. */
export async function askOwnQuestion(context: EditorContext, panels: SamplesPanels, target: Target): Promise<void> {
  const { project, documents } = target;
  await requireReady(project);
  const [document] = documents;
  if (!document || documents.length > 1) {
    throw new Failure(
      vscode.l10n.t('A question is about one document.'),
      vscode.l10n.t('Right-click that document, or open it first.'),
    );
  }
  const answer = await context.shell.dialogs.input({
    title: vscode.l10n.t('Ask Your Own Question'),
    prompt: vscode.l10n.t(
      'A question about “{0}”. Focal rewrites are generated for it.',
      document.title || document.id,
    ),
    validate: (text) => (text.trim().length < 3 ? vscode.l10n.t('Enter a question') : undefined),
  });
  if (answer.kind !== 'answer') return;
  const text = answer.value.trim();
  const decided = await context.server.ask(
    Server.decide,
    { project: project.path, decision: { kind: 'question', document: document.id, text } },
    { retry: false },
  );
  project.canUndo = decided.can_undo;
  if (!decided.question) throw new Failure(vscode.l10n.t('The question was not kept.'), decided.summary);
  const query = { id: decided.question, text };
  await generateAdditions(
    context,
    project,
    [
      {
        document: document.id,
        method: REWRITES,
        count: PREVIEW_REQUESTS,
        query,
        ...(target.range ? { range: target.range } : {}),
      },
    ],
    vscode.l10n.t('Rewrites for your question'),
  );
  panels.open(project, { filter: { query: query.id }, document: document.id });
}
