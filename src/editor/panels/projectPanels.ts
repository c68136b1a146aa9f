import type * as vscode from 'vscode';
import type { z } from 'zod';
import type { EditorContext } from '../editorContext.ts';
import type { OpenProject } from '../project/openProject.ts';
import { OpenPanels } from './openPanels.ts';
import { drawOrphan } from './pageConnection.ts';
import type { PanelContent, ProjectPanel } from './projectPanel.ts';

/** A view that has one panel a project. */
export interface ProjectView<Content> {
  readonly id: string;
  /** What a panel is called whose project is not open here. */
  readonly name: string;
  /** What the page remembers over a reload. */
  readonly state: z.ZodType<{ project: string }>;
  content(project: OpenProject): Content;
}

/** One panel a project: opened on a wish, restored after a reload. */
export class ProjectPanels<Wish, Content extends PanelContent<Wish>> implements vscode.Disposable {
  private readonly panels: OpenPanels<Content>;

  constructor(
    private readonly context: EditorContext,
    private readonly view: ProjectView<Content>,
  ) {
    this.panels = new OpenPanels(context, view.id);
  }

  of(project: OpenProject): ProjectPanel<Content> | undefined {
    return this.panels.of(project.path);
  }

  visible(project: OpenProject): boolean {
    return this.of(project)?.visible ?? false;
  }

  open(project: OpenProject, wish: Wish): void {
    const { page, content } = this.panels.open(project.path, project, () => this.view.content(project));
    content.show?.(page, wish);
  }

  /** After a reload: the page's own state says which project; another shape opens fresh on the only project. */
  async restore(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const { id, name } = this.view;
    const { data } = this.view.state.safeParse(state);
    if (!data) this.context.shell.log.info(`${id}: the page's state is of another version, so it opens fresh`);
    const all = await this.context.projects.all();
    const project = all.find(({ path }) => path === data?.project) ?? (all.length === 1 ? all[0] : undefined);
    if (project) this.panels.adopt(project.path, project, panel, this.view.content(project));
    else drawOrphan(panel, name);
  }

  dispose(): void {
    this.panels.dispose();
  }
}
