import * as vscode from 'vscode';
import { RetrievalPanelState } from '../../contract/retrievalRpc.ts';
import type { EditorContext } from '../editorContext.ts';
import type { OpenProject } from '../project/openProject.ts';
import { drawOrphan } from './pageConnection.ts';
import { RETRIEVAL_VIEW, type RetrievalActions, RetrievalPanel } from './retrievalPanel.ts';

/** One Try Retrieval panel a project: opened on a wish, restored after a reload. */
export class RetrievalPanels implements vscode.Disposable {
  private readonly panels = new Map<string, RetrievalPanel>();

  constructor(
    private readonly context: EditorContext,
    private readonly actions: RetrievalActions,
  ) {}

  of(project: OpenProject): RetrievalPanel | undefined {
    return this.panels.get(project.path);
  }

  open(project: OpenProject): void {
    const present = this.of(project);
    if (present) {
      present.show();
      return;
    }
    const panel = vscode.window.createWebviewPanel(RETRIEVAL_VIEW, project.name, vscode.ViewColumn.Active, {
      enableFindWidget: true,
    });
    this.adopt(panel, project);
  }

  async restore(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const { data } = RetrievalPanelState.safeParse(state);
    const all = await this.context.projects.all();
    const project = all.find(({ path }) => path === data?.project) ?? (all.length === 1 ? all[0] : undefined);
    if (!project) {
      drawOrphan(panel, vscode.l10n.t('Retrieval'));
      return;
    }
    this.of(project)?.dispose();
    this.adopt(panel, project);
  }

  dispose(): void {
    for (const panel of this.panels.values()) panel.dispose();
  }

  private adopt(webviewPanel: vscode.WebviewPanel, project: OpenProject): void {
    const panel = new RetrievalPanel(this.context, webviewPanel, project, this.actions);
    this.panels.set(project.path, panel);
    panel.onDidDispose(() => {
      if (this.panels.get(project.path) === panel) this.panels.delete(project.path);
    });
  }
}
