import * as vscode from 'vscode';
import { JobPanelState } from '../../contract/jobPanel.ts';
import type { EditorContext } from '../editorContext.ts';
import type { OpenProject } from '../project/openProject.ts';
import { type JobActions, JobPanel } from './jobPanel.ts';
import { OpenPanels } from './openPanels.ts';
import { drawOrphan } from './pageConnection.ts';
import type { ProjectPanel } from './projectPanel.ts';

/** One Job panel a run: opened on a wish, restored after a reload. */
export class JobPanels implements vscode.Disposable {
  private readonly panels: OpenPanels<JobPanel>;

  /** @param actions - asked for when a panel is opened: the flows need the panels and the panels the flows */
  constructor(
    private readonly context: EditorContext,
    private readonly actions: () => JobActions,
  ) {
    this.panels = new OpenPanels(context, 'smt.job');
  }

  of(project: OpenProject, run: string): ProjectPanel<JobPanel> | undefined {
    return this.panels.of(keyOf(project, run));
  }

  visible(project: OpenProject, run: string): boolean {
    return this.of(project, run)?.visible ?? false;
  }

  open(project: OpenProject, run: string): void {
    this.panels.open(keyOf(project, run), project, () => this.content(project, run));
  }

  /** After a reload: the page's own state says which run of which project. */
  async restore(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const { data } = JobPanelState.safeParse(state);
    const project = data && (await this.context.projects.all()).find(({ path }) => path === data.project);
    if (project) this.panels.adopt(keyOf(project, data.run), project, panel, this.content(project, data.run));
    else drawOrphan(panel, vscode.l10n.t('Job'));
  }

  dispose(): void {
    this.panels.dispose();
  }

  private content(project: OpenProject, run: string): JobPanel {
    return new JobPanel(this.context, project, run, this.actions());
  }
}

function keyOf(project: OpenProject, run: string): string {
  return `${project.path}\n${run}`;
}
