import * as vscode from 'vscode';

/** A part of a mixture as people call it; the engine's own names for a part without one are its kind. */
export function partLabel(label: string): string {
  if (label === 'qa') return vscode.l10n.t('QA');
  return label === 'document' ? vscode.l10n.t('documents') : label;
}
