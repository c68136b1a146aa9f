import * as vscode from 'vscode';
import { Failure } from '../platform/failure.ts';

/**
 * What a page of an untrusted folder asks to change: the page hides it, and this stops it.
 * @param refusal - says what can be done instead
 */
export function refuseRestricted(refusal: string): void {
  if (vscode.workspace.isTrusted) return;
  throw new Failure(refusal, vscode.l10n.t('Trust the folder to go on.'));
}

/** What a person had to agree to before anything is sent; who says no reads on the page that nothing was. */
export async function agreed<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof vscode.CancellationError) throw new Failure(vscode.l10n.t('Nothing was sent.'));
    throw error;
  }
}

/** A person who says no is an answer, no error. */
export async function unlessDeclined<T>(work: Promise<T>, no: T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof vscode.CancellationError) return no;
    throw error;
  }
}
