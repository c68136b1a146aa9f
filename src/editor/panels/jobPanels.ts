import * as vscode from 'vscode';
import { JobPanelState } from '../../contract/jobPanel.ts';
import type { EditorContext } from '../editorContext.ts';
import { sentenceOf } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';
import { JOB_VIEW, type JobActions, JobPanel } from './jobPanel.ts';
import { drawOrphan } from './pageConnection.ts';

/** One Job panel a run: opened on a wish, restored after a reload. */
export class JobPanels implements vscode.Disposable {
  private readonly panels = new Map<string, JobPanel>();
  private actions: JobActions | undefined;
  private ending = false;

  constructor(private readonly context: EditorContext) {}

  /** The flows need the panels and the panels the flows; this closes the circle once. */
  connect(actions: JobActions): void {
    this.actions = actions;
  }

  of(project: OpenProject, run: string): JobPanel | undefined {
    return this.panels.get(keyOf(project, run));
  }

  visible(project: OpenProject, run: string): boolean {
    return this.of(project, run)?.visible ?? false;
  }

  open(project: OpenProject, run: string): void {
    const present = this.of(project, run);
    if (present) {
      present.show();
      return;
    }
    const panel = vscode.window.createWebviewPanel(JOB_VIEW, run, vscode.ViewColumn.Active, { enableFindWidget: true });
    this.adopt(panel, project, run);
  }

  /** After a reload: the page's own state says which run of which project. */
  async restore(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const { data } = JobPanelState.safeParse(state);
    const project = data && (await this.context.projects.all()).find(({ path }) => path === data.project);
    if (!data || !project) {
      drawOrphan(panel, vscode.l10n.t('Job'));
      return;
    }
    this.of(project, data.run)?.dispose();
    this.adopt(panel, project, data.run);
  }

  dispose(): void {
    this.ending = true;
    for (const panel of this.panels.values()) panel.dispose();
  }

  private adopt(webviewPanel: vscode.WebviewPanel, project: OpenProject, run: string): void {
    if (!this.actions) throw new Error('panels are connected before the first is opened');
    const panel = new JobPanel(this.context, webviewPanel, project, run, this.actions);
    const key = keyOf(project, run);
    this.panels.set(key, panel);
    panel.onDidDispose(() => {
      if (this.panels.get(key) === panel) this.panels.delete(key);
      // A window that closes or reloads brings its panels back: only a person who closes one ends the chat.
      if (this.ending) return;
      panel.stopServing().catch((error: unknown) => {
        this.context.shell.log.warn(`job panel: ${run} was not asked to stop: ${sentenceOf(error)}`);
      });
    });
  }
}

function keyOf(project: OpenProject, run: string): string {
  return `${project.path}\n${run}`;
}
