import * as vscode from 'vscode';
import type { Editor } from '../composition.ts';
import { sentenceOf } from './failure.ts';
import type { Shell } from './shell.ts';

/** Drives menus and welcome content before the editor's part is loaded: some folder has an smt.yaml. */
export const hasProjectKey = 'smt.hasProject';

/**
 * After activation: looks whether a folder is a project, and loads the rest only where a run directory shows that
 * there may be work to pick up. A window without jobs costs two `stat` calls.
 */
export function pickUpWork(shell: Shell, editor: () => Promise<Editor>): void {
  const look = async () => {
    let project = false;
    let runs = false;
    for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
      if (!(await exists(vscode.Uri.joinPath(uri, 'smt.yaml')))) continue;
      project = true;
      runs ||= await exists(vscode.Uri.joinPath(uri, '.smt', 'runs'));
    }
    if (project) await vscode.commands.executeCommand('setContext', hasProjectKey, true);
    if (runs) await editor();
  };
  look().catch((error: unknown) => shell.log.error(`start: ${sentenceOf(error)}`, error));
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}
