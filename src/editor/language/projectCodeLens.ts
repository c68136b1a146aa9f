import * as vscode from 'vscode';

/** *Preview | Generate All… | Estimate | Samples* at the top of smt.yaml; in restricted mode only what reads. */
export function projectCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
  const top = new vscode.Range(0, 0, 0, 0);
  const lens = (command: string, title: string) =>
    new vscode.CodeLens(top, { command, title, arguments: [document.uri] });
  const reads = [lens('smt.estimate', vscode.l10n.t('Estimate')), lens('smt.openSamples', vscode.l10n.t('Samples'))];
  if (!vscode.workspace.isTrusted) return reads;
  return [
    lens('smt.previewSamples', vscode.l10n.t('Preview')),
    lens('smt.generateAll', vscode.l10n.t('Generate All…')),
    ...reads,
  ];
}
