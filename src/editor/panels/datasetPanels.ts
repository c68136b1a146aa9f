import * as vscode from 'vscode';
import { DatasetPanelState } from '../../contract/datasetPanel.ts';
import type { EditorContext } from '../editorContext.ts';
import type { OpenProject } from '../project/openProject.ts';
import { DATASET_VIEW, type DatasetActions, DatasetPanel } from './datasetPanel.ts';
import { drawOrphan } from './pageConnection.ts';

/** One dataset view a project: opened on a wish, restored after a reload. */
export class DatasetPanels implements vscode.Disposable {
  private readonly panels = new Map<string, DatasetPanel>();
  private actions: DatasetActions | undefined;

  constructor(private readonly context: EditorContext) {}

  /** The flows need the panels and the panels the flows; this closes the circle once. */
  connect(actions: DatasetActions): void {
    this.actions = actions;
  }

  of(project: OpenProject): DatasetPanel | undefined {
    return this.panels.get(project.path);
  }

  open(project: OpenProject, name: string | null): void {
    const present = this.of(project);
    if (present) {
      present.show(name);
      return;
    }
    const panel = vscode.window.createWebviewPanel(DATASET_VIEW, project.name, vscode.ViewColumn.Active, {
      enableFindWidget: true,
    });
    this.adopt(panel, project, name);
  }

  async restore(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const { data } = DatasetPanelState.safeParse(state);
    const all = await this.context.projects.all();
    const project = all.find(({ path }) => path === data?.project) ?? (all.length === 1 ? all[0] : undefined);
    if (!project) {
      drawOrphan(panel, vscode.l10n.t('Training sets'));
      return;
    }
    this.of(project)?.dispose();
    this.adopt(panel, project, null);
  }

  dispose(): void {
    for (const panel of this.panels.values()) panel.dispose();
  }

  private adopt(webviewPanel: vscode.WebviewPanel, project: OpenProject, name: string | null): void {
    if (!this.actions) throw new Error('panels are connected before the first is opened');
    const panel = new DatasetPanel(this.context, webviewPanel, project, this.actions, name);
    this.panels.set(project.path, panel);
    panel.onDidDispose(() => {
      if (this.panels.get(project.path) === panel) this.panels.delete(project.path);
    });
  }
}
