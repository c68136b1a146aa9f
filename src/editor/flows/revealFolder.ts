import * as vscode from 'vscode';

/** Shows a folder in the file manager of this machine, or in the explorer where the window is a remote one. */
export async function revealFolder(folder: vscode.Uri): Promise<void> {
  const here = vscode.env.uiKind === vscode.UIKind.Desktop && vscode.env.remoteName === undefined;
  await vscode.commands.executeCommand(here ? 'revealFileInOS' : 'revealInExplorer', folder);
}
