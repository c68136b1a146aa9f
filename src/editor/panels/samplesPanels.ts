import * as vscode from 'vscode';
import { SamplesPanelState } from '../../contract/panelState.ts';
import type { EditorContext } from '../editorContext.ts';
import type { OpenProject } from '../project/openProject.ts';
import { samplesDocument } from './samplesDocument.ts';
import { type PanelActions, type PanelFocus, SAMPLES_VIEW, SamplesPanel } from './samplesPanel.ts';

/** One Samples panel a project: opened on a wish, restored after a reload. */
export class SamplesPanels implements vscode.Disposable {
  private readonly panels = new Map<string, SamplesPanel>();
  private actions: PanelActions | undefined;

  constructor(private readonly context: EditorContext) {}

  /** The flows need the panels and the panels the flows; this closes the circle once. */
  connect(actions: PanelActions): void {
    this.actions = actions;
  }

  of(project: OpenProject): SamplesPanel | undefined {
    return this.panels.get(project.path);
  }

  visible(project: OpenProject): boolean {
    return this.of(project)?.visible ?? false;
  }

  async open(project: OpenProject, focus: PanelFocus): Promise<void> {
    const present = this.panels.get(project.path);
    if (present) {
      present.show(focus);
      return;
    }
    const panel = vscode.window.createWebviewPanel(SAMPLES_VIEW, project.name, vscode.ViewColumn.Active, {
      enableFindWidget: true,
    });
    this.adopt(panel, project, focus);
  }

  /** After a reload: the page's own state says which project; another shape opens fresh on the only project. */
  async restore(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const { data } = SamplesPanelState.safeParse(state);
    if (!data) this.context.shell.log.info('samples panel: its state is of another version, so it opens fresh');
    const all = await this.context.projects.all();
    const project = all.find(({ path }) => path === data?.project) ?? (all.length === 1 ? all[0] : undefined);
    if (!project) {
      panel.webview.html = samplesDocument({
        nonce: '',
        cspSource: panel.webview.cspSource,
        script: '',
        styles: [],
        title: vscode.l10n.t('Samples'),
        loading: vscode.l10n.t(
          'The project of this panel is not open in this window. Close the panel, or open its folder.',
        ),
        language: vscode.env.language,
      });
      return;
    }
    this.panels.get(project.path)?.dispose();
    this.adopt(panel, project, {});
  }

  dispose(): void {
    for (const panel of this.panels.values()) panel.dispose();
  }

  private adopt(webviewPanel: vscode.WebviewPanel, project: OpenProject, focus: PanelFocus): void {
    if (!this.actions) throw new Error('panels are connected before the first is opened');
    const panel = new SamplesPanel(this.context, webviewPanel, project, this.actions, focus);
    this.panels.set(project.path, panel);
    panel.onDidDispose(() => {
      if (this.panels.get(project.path) === panel) this.panels.delete(project.path);
    });
  }
}
