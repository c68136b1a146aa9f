import * as vscode from 'vscode';
import { ResultsPanelState } from '../../contract/panelState.ts';
import type { EditorContext } from '../editorContext.ts';
import type { OpenProject } from '../project/openProject.ts';
import { drawOrphan } from './pageConnection.ts';
import { RESULTS_VIEW, type ResultsActions, ResultsPanel } from './resultsPanel.ts';

/** One Results panel a project: opened on a wish, restored after a reload. */
export class ResultsPanels implements vscode.Disposable {
  private readonly panels = new Map<string, ResultsPanel>();

  constructor(
    private readonly context: EditorContext,
    private readonly actions: ResultsActions,
  ) {}

  of(project: OpenProject): ResultsPanel | undefined {
    return this.panels.get(project.path);
  }

  visible(project: OpenProject): boolean {
    return this.of(project)?.visible ?? false;
  }

  open(project: OpenProject): void {
    const present = this.panels.get(project.path);
    if (present) {
      present.show();
      return;
    }
    const panel = vscode.window.createWebviewPanel(RESULTS_VIEW, project.name, vscode.ViewColumn.Active, {
      enableFindWidget: true,
    });
    this.adopt(panel, project);
  }

  /** After a reload: the page's own state says which project; another shape opens fresh on the only project. */
  async restore(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const { data } = ResultsPanelState.safeParse(state);
    if (!data) this.context.shell.log.info('results panel: its state is of another version, so it opens fresh');
    const all = await this.context.projects.all();
    const project = all.find(({ path }) => path === data?.project) ?? (all.length === 1 ? all[0] : undefined);
    if (!project) {
      drawOrphan(panel, vscode.l10n.t('Results'));
      return;
    }
    this.panels.get(project.path)?.dispose();
    this.adopt(panel, project);
  }

  dispose(): void {
    for (const panel of this.panels.values()) panel.dispose();
  }

  private adopt(webviewPanel: vscode.WebviewPanel, project: OpenProject): void {
    const panel = new ResultsPanel(this.context, webviewPanel, project, this.actions);
    this.panels.set(project.path, panel);
    panel.onDidDispose(() => {
      if (this.panels.get(project.path) === panel) this.panels.delete(project.path);
    });
  }
}
