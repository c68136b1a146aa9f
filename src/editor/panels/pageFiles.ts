import * as vscode from 'vscode';
import type { EditorContext } from '../editorContext.ts';
import type { OpenProject } from '../project/openProject.ts';

/**
 * Saves what a page made (a drawing, a table) where a person says; `saved: false` when they say nowhere.
 * @param folder that is suggested
 */
export async function savePageFile(
  { shell }: EditorContext,
  project: OpenProject,
  { name, text }: { name: string; text: string },
  folder = project.folder,
): Promise<{ saved: boolean }> {
  const place = await shell.dialogs.place({
    kind: 'file',
    title: vscode.l10n.t('Save'),
    suggested: vscode.Uri.joinPath(folder, name),
  });
  if (!place) return { saved: false };
  await vscode.workspace.fs.writeFile(place, new TextEncoder().encode(text));
  return { saved: true };
}
