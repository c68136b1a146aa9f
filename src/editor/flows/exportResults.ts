import * as vscode from 'vscode';
import { type ReportWish, ResultsServer } from '../../contract/resultsRpc.ts';
import type { EditorContext } from '../editorContext.ts';
import { savePageFile } from '../panels/pageFiles.ts';
import type { OpenProject } from '../project/openProject.ts';
import { count } from '../views/figures.ts';
import { requireTrust } from './generate.ts';

/** Questions whose answers go into a page that has some. */
const SOME_ANSWERS = 12;

type Export = { kind: 'report'; wish: ReportWish; file: string } | { kind: 'lm_eval' };

/** *Export Results*: which format, where to, and the file. Returns what was written, null when dismissed. */
export async function exportResults(context: EditorContext, project: OpenProject): Promise<string | null> {
  const { shell, server } = context;
  const chosen = await shell.dialogs.pick<Export>({
    title: vscode.l10n.t('Export Results'),
    placeholder: vscode.l10n.t('As what?'),
    choices: [
      {
        label: vscode.l10n.t('Web page (HTML)'),
        detail: vscode.l10n.t('One file without scripts: figures with intervals, drawings, breakdowns; no answers'),
        value: { kind: 'report', wish: { format: 'html', answers: 0 }, file: 'results.html' },
      },
      {
        label: vscode.l10n.t('Web page with some answers'),
        detail: vscode.l10n.t(
          'The same with {0} questions and their answers: they quote benchmark and documents',
          SOME_ANSWERS,
        ),
        value: { kind: 'report', wish: { format: 'html', answers: SOME_ANSWERS }, file: 'results.html' },
      },
      {
        label: 'Markdown',
        detail: vscode.l10n.t('Tables and differences'),
        value: { kind: 'report', wish: { format: 'markdown' }, file: 'results.md' },
      },
      {
        label: 'CSV',
        detail: vscode.l10n.t('One row a cell'),
        value: { kind: 'report', wish: { format: 'csv' }, file: 'results.csv' },
      },
      {
        label: 'JSON',
        detail: vscode.l10n.t('Everything the panel shows'),
        value: { kind: 'report', wish: { format: 'json' }, file: 'results.json' },
      },
      {
        label: 'lm-evaluation-harness',
        detail: vscode.l10n.t('A folder of results and samples files, with all questions and answers'),
        value: { kind: 'lm_eval' },
      },
    ],
  });
  if (chosen.kind !== 'answer') return null;
  if (chosen.value.kind === 'lm_eval') return exportLmEval(context, project);
  const { wish, file } = chosen.value;
  const { text } = await server.ask(ResultsServer.report, { project: project.path, wish });
  const { saved } = await savePageFile(context, project, { name: file, text }, outside(project));
  return saved ? vscode.l10n.t('The report is saved.') : null;
}

/** A report in the project's folder would be one of its documents, with benchmark questions in it. */
function outside({ folder }: OpenProject): vscode.Uri {
  return vscode.Uri.joinPath(folder, '..');
}

async function exportLmEval({ shell, server }: EditorContext, project: OpenProject): Promise<string | null> {
  requireTrust();
  const folder = await shell.dialogs.place({
    kind: 'folder',
    title: vscode.l10n.t('Folder for the results'),
    suggested: outside(project),
  });
  if (!folder) return null;
  const { files } = await vscode.window.withProgress(
    { location: { viewId: 'smt.project' }, title: vscode.l10n.t('Exporting results') },
    () => server.ask(ResultsServer.exportLmEval, { project: project.path, folder: folder.fsPath }, { retry: false }),
  );
  return vscode.l10n.t('{0} files are written.', count(files.length, vscode.env.language));
}
