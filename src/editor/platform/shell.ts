import type * as vscode from 'vscode';
import type { ReplaceableDialogs } from './dialogs.ts';

/** What `activate` makes before anything heavy is loaded, and hands to the rest. */
export interface Shell {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly dialogs: ReplaceableDialogs;
  readonly projectView: ViewHandle;
  readonly jobsView: ViewHandle;
}

/** A tree view as other code may use it. */
export type ViewHandle = Pick<vscode.TreeView<unknown>, 'visible'>;
