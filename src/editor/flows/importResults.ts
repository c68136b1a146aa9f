import * as vscode from 'vscode';
import type { ImportProblem } from '../../contract/imported.ts';
import { ResultsServer } from '../../contract/resultsRpc.ts';
import type { EditorContext } from '../editorContext.ts';
import { Failure } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';
import { count } from '../views/figures.ts';
import { requireTrust } from './generate.ts';

/**
 * *Import Results*: logs of lm-evaluation-harness and Inspect as figures beside ours. What was taken in stays, also where
 * another file of the same choice is malformed. Returns what happened, null when dismissed.
 */
export async function importResults({ shell, server }: EditorContext, project: OpenProject): Promise<string | null> {
  requireTrust();
  const files = await shell.dialogs.files({
    title: vscode.l10n.t('Results of lm-evaluation-harness, or JSON logs of Inspect'),
    from: project.folder,
    filters: { [vscode.l10n.t('Logs')]: ['json', 'jsonl'] },
  });
  if (!files || files.length === 0) return null;
  const { imported, problems } = await server.ask(
    ResultsServer.importLogs,
    { project: project.path, files: files.map(({ fsPath }) => fsPath) },
    { retry: false },
  );
  const figures = imported.reduce((sum, one) => sum + one.figures, 0);
  const language = vscode.env.language;
  const taken = vscode.l10n.t(
    'Imported figures: {0}; logs: {1}.',
    count(figures, language),
    count(imported.length, language),
  );
  if (problems.length === 0) return taken;
  for (const problem of problems) shell.log.warn(sentence(problem));
  const [first] = problems;
  const more = problems.length > 1 ? ` ${vscode.l10n.t('{0} more are in the log.', problems.length - 1)}` : '';
  const words = first ? sentence(first) : '';
  throw new Failure(`${imported.length > 0 ? `${taken} ` : ''}${words}${more}`, first?.hint);
}

/** Takes imports out of the report; the logs stay where they are. */
export async function removeImported(
  { server }: EditorContext,
  project: OpenProject,
  imports: string[],
): Promise<string | null> {
  requireTrust();
  const { removed } = await server.ask(
    ResultsServer.removeImported,
    { project: project.path, imports },
    { retry: false },
  );
  return removed > 0 ? vscode.l10n.t('The import is taken out. Its log is where it was.') : null;
}

function sentence({ file, line, field, message }: ImportProblem): string {
  const place = [
    file,
    ...(line === undefined ? [] : [vscode.l10n.t('line {0}', line)]),
    ...(field === undefined ? [] : [field]),
  ];
  return `${place.join(', ')}: ${message}`;
}
