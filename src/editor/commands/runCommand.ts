import * as vscode from 'vscode';
import type { Editor } from '../composition.ts';
import { Failure, sentenceOf } from '../platform/failure.ts';
import type { Shell } from '../platform/shell.ts';
import { refuseWithoutTrust } from '../platform/trust.ts';
import { type CommandId, traitsOf } from './catalogue.ts';

/**
 * Runs one command: trust first, then the handler, with its time in the log and one error message that offers the log.
 * Returns what the handler returns, so that one command can use another's result; undefined after a shown error.
 */
export async function runCommand(
  shell: Shell,
  id: CommandId,
  args: readonly unknown[],
  editor: () => Promise<Editor>,
): Promise<unknown> {
  if (id === 'smt.showLog') return shell.log.show();
  if (traitsOf(id).trust && (await refuseWithoutTrust(shell))) return undefined;
  const began = performance.now();
  try {
    const handlers = (await editor()).commands;
    return await handlers[id](...args);
  } catch (error) {
    if (error instanceof vscode.CancellationError) return undefined;
    shell.log.error(`${id}: ${sentenceOf(error)}`, ...(Failure.is(error) ? [] : [error]));
    const showLog = vscode.l10n.t('Show Log');
    void shell.dialogs.tell('error', sentenceOf(error), showLog).then((chosen) => {
      if (chosen === showLog) shell.log.show();
    });
    return undefined;
  } finally {
    shell.log.debug(`${id} took ${Math.round(performance.now() - began)} ms`);
  }
}
