import * as vscode from 'vscode';
import { Server } from '../../contract/rpc.ts';
import type { EditorContext } from '../editorContext.ts';
import type { PanelActions } from '../panels/samplesPanel.ts';
import type { SampleTexts } from '../panels/sampleTexts.ts';
import { Failure } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';
import { count } from '../views/figures.ts';
import { generateAll, PREVIEW_REQUESTS, rederive, requireReady } from './generate.ts';
import { locatePassage } from './locatePassage.ts';
import { generateAdditions, QUESTIONS, REWRITES } from './preview.ts';

/** Formats whose file is text, so that a passage can be shown in it. */
const TEXTUAL = new Set(['md', 'txt', 'html', 'jsonl']);

/** What the Samples page may start. */
export function panelActions(context: EditorContext, texts: SampleTexts): PanelActions {
  return {
    async generate(project, wish) {
      if (wish.what === 'all') {
        const run = await generateAll(context, project);
        return { started: run !== undefined, message: run ? vscode.l10n.t('Started.') : vscode.l10n.t('Not started.') };
      }
      if (wish.what === 'rederive') {
        await rederive(context, project);
        return { started: true, message: vscode.l10n.t('The samples are being made again. Nothing is sent.') };
      }
      const begun = await generateAdditions(
        context,
        project,
        [await additionFor(context, project, wish)],
        titleOf(wish),
      );
      return begun.kind === 'started'
        ? { started: true, message: vscode.l10n.t('Started.') }
        : {
            started: true,
            message: vscode.l10n.t('{0} requests joined the running job.', count(begun.requests, vscode.env.language)),
          };
    },
    openSource: (project, document, passage) => openSource(context, project, document, passage),
    openText: (project, sample, which) => texts.show(project, which, sample),
  };
}

type Wish = Exclude<Parameters<PanelActions['generate']>[1], { what: 'all' | 'rederive' }>;

async function additionFor(context: EditorContext, project: OpenProject, wish: Wish) {
  switch (wish.what) {
    case 'rewrites_for_question':
      return { document: wish.document, method: REWRITES, count: PREVIEW_REQUESTS, query: wish.query };
    case 'questions':
      return { document: wish.document, method: QUESTIONS, count: PREVIEW_REQUESTS };
    case 'rewrites':
      return { document: wish.document, method: REWRITES, count: PREVIEW_REQUESTS };
    case 'regenerate': {
      const { sample } = await context.server.ask(Server.lineage, { project: project.path, sample: wish.sample });
      return { document: sample.document, method: sample.method, count: 1, regenerate: { request: sample.request } };
    }
  }
}

function titleOf({ what }: Wish): string {
  switch (what) {
    case 'questions':
      return vscode.l10n.t('More questions');
    case 'rewrites':
    case 'rewrites_for_question':
      return vscode.l10n.t('More rewrites');
    case 'regenerate':
      return vscode.l10n.t('Regenerate');
  }
}

/** Opens the original beside the panel, at the passage where the file's own text can show it. */
export async function openSource(
  { server }: EditorContext,
  project: OpenProject,
  id: string,
  passage?: { start: number; end: number },
): Promise<void> {
  await requireReady(project);
  if (!project.corpus) await project.loadCorpus();
  const document = project.corpus?.documents.find((entry) => entry.id === id);
  if (!document) throw new Failure(vscode.l10n.t('{0} is no longer in the corpus.', id));
  const uri = vscode.Uri.joinPath(project.folder, document.path);
  if (!TEXTUAL.has(document.format)) {
    await vscode.commands.executeCommand('vscode.open', uri, vscode.ViewColumn.Beside);
    return;
  }
  const opened = await vscode.workspace.openTextDocument(uri);
  const editor = await vscode.window.showTextDocument(opened, { viewColumn: vscode.ViewColumn.Beside, preview: true });
  if (!passage) return;
  const { text } = await server.ask(Server.documentText, { project: project.path, document: id });
  const found = locatePassage(
    opened.getText(),
    text.slice(passage.start, passage.end),
    passage.start / Math.max(1, text.length),
  );
  if (!found) return;
  const range = new vscode.Range(opened.positionAt(found.start), opened.positionAt(found.end));
  editor.selection = new vscode.Selection(range.start, range.end);
  editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
