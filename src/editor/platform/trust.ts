import * as vscode from 'vscode';
import type { Shell } from './shell.ts';

/**
 * Restricted mode reads and draws; it creates, generates, sends and runs nothing. Menus hide such commands, and this
 * stops them in code as well, because any extension or keybinding can execute a command by its id.
 *
 * Returns true when the action was refused.
 */
export async function refuseWithoutTrust(shell: Shell): Promise<boolean> {
  if (vscode.workspace.isTrusted) return false;
  shell.log.info('refused in restricted mode');
  const manage = vscode.l10n.t('Manage Workspace Trust');
  void shell.dialogs
    .tell(
      'warning',
      vscode.l10n.t(
        'This folder is open in Restricted Mode: documents and samples can be read, but nothing is generated. Trust the folder to generate.',
      ),
      manage,
    )
    .then((chosen) => {
      if (chosen === manage) void vscode.commands.executeCommand('workbench.trust.manage');
    });
  return true;
}
