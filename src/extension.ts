import * as vscode from 'vscode';
import { commandIds } from './editor/commands/catalogue.ts';
import { runCommand } from './editor/commands/runCommand.ts';
import type { Editor } from './editor/composition.ts';
import { DeferredTree } from './editor/platform/deferredTree.ts';
import { ReplaceableDialogs } from './editor/platform/dialogs.ts';
import type { Shell } from './editor/platform/shell.ts';
import { pickUpWork } from './editor/platform/startup.ts';
import type { TestAccess } from './editor/testAccess.ts';
import type { JobNode } from './editor/views/jobsTree.ts';
import type { ProjectNode } from './editor/views/projectTree.ts';

/** Panels that VS Code brings back after a reload, by the name of their view. */
const restoredViews: readonly (readonly [string, (editor: Editor) => Restorer])[] = [
  ['smt.samples', ({ panels }) => panels],
  ['smt.results', ({ results }) => results],
  ['smt.retrieval', ({ retrieval }) => retrieval],
  ['smt.job', ({ jobPanels }) => jobPanels],
  ['smt.dataset', ({ datasetPanels }) => datasetPanels],
];
interface Restorer {
  restore(panel: vscode.WebviewPanel, state: unknown): Promise<void>;
}

/**
 * Composes and registers only; no input or output. Everything that needs zod, the protocol or the server lies in
 * `dist/editor.js`, which is loaded when a command, a view or a restored panel first needs it.
 */
export function activate(context: vscode.ExtensionContext): TestAccess | undefined {
  const began = performance.now();
  const log = vscode.window.createOutputChannel('Synthetic Mixed Training', { log: true });
  const dialogs = new ReplaceableDialogs();
  let loading: Promise<Editor> | undefined;
  const editor = () => {
    loading ??= import('./editor/composition.ts').then(({ compose }) => compose(shell));
    return loading;
  };

  const projectTree = new DeferredTree<ProjectNode>(async () => (await editor()).projectTree);
  const jobsTree = new DeferredTree<JobNode>(async () => (await editor()).jobsTree);
  const projectView = vscode.window.createTreeView('smt.project', {
    treeDataProvider: projectTree,
    showCollapseAll: true,
  });
  const jobsView = vscode.window.createTreeView('smt.jobs', { treeDataProvider: jobsTree });
  const shell: Shell = { context, log, dialogs, projectView, jobsView };

  context.subscriptions.push(log, projectView, jobsView);
  for (const id of commandIds) {
    context.subscriptions.push(
      vscode.commands.registerCommand(id, (...args: unknown[]) => runCommand(shell, id, args, editor)),
    );
  }
  for (const [view, panelsOf] of restoredViews) {
    const deserializeWebviewPanel = async (panel: vscode.WebviewPanel, state: unknown) =>
      panelsOf(await editor()).restore(panel, state);
    context.subscriptions.push(vscode.window.registerWebviewPanelSerializer(view, { deserializeWebviewPanel }));
  }
  context.subscriptions.push(
    vscode.workspace.registerTextDocumentContentProvider('smt-text', {
      provideTextDocumentContent: async (uri, token) => (await editor()).texts.provideTextDocumentContent(uri, token),
    }),
  );
  pickUpWork(shell, editor);
  const ms = performance.now() - began;
  log.debug(`activated in ${ms.toFixed(1)} ms`);
  // Only a test run can reach inside; an installed extension exports nothing.
  return context.extensionMode === vscode.ExtensionMode.Test
    ? { activationMs: ms, loaded: () => loading !== undefined, dialogs, log, editor, secrets: context.secrets }
    : undefined;
}
