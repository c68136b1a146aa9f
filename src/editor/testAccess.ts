import type * as vscode from 'vscode';
import type { Editor } from './composition.ts';
import type { ReplaceableDialogs } from './platform/dialogs.ts';

/** What `activate` returns in a test run (`ExtensionMode.Test`) and never otherwise. */
export interface TestAccess {
  readonly activationMs: number;
  /** Whether the part with the protocol and schemas has been loaded. */
  loaded(): boolean;
  readonly dialogs: ReplaceableDialogs;
  readonly log: vscode.LogOutputChannel;
  readonly secrets: vscode.SecretStorage;
  editor(): Promise<Editor>;
}
