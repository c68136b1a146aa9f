import * as vscode from 'vscode';
import type { EditorContext } from '../editorContext.ts';
import type { OpenProject } from '../project/openProject.ts';
import { type PanelContent, ProjectPanel } from './projectPanel.ts';

/** The open panels of one view, one a key. */
export class OpenPanels<Content extends PanelContent<never>> implements vscode.Disposable {
  private readonly panels = new Map<string, ProjectPanel<Content>>();
  private ending = false;

  constructor(
    private readonly context: EditorContext,
    private readonly view: string,
  ) {}

  of(key: string): ProjectPanel<Content> | undefined {
    return this.panels.get(key);
  }

  /** The panel of a key in front: the one that is open, or a new one. */
  open(key: string, project: OpenProject, content: () => Content): ProjectPanel<Content> {
    const present = this.of(key);
    if (present) {
      present.reveal();
      return present;
    }
    const made = content();
    const panel = vscode.window.createWebviewPanel(this.view, made.title(), vscode.ViewColumn.Active, {
      enableFindWidget: true,
    });
    return this.adopt(key, project, panel, made);
  }

  /** A panel that VS Code made or brought back; it takes the place of one that is open for the same key. */
  adopt(key: string, project: OpenProject, webviewPanel: vscode.WebviewPanel, content: Content): ProjectPanel<Content> {
    const former = this.of(key);
    const panel = new ProjectPanel(this.context, webviewPanel, project, content);
    this.panels.set(key, panel);
    panel.onDidDispose(() => {
      // Nobody closed a panel that another one took the place of: what it shows goes on there.
      if (this.of(key) !== panel) return;
      this.panels.delete(key);
      if (!this.ending) content.closed?.();
    });
    former?.dispose();
    return panel;
  }

  dispose(): void {
    this.ending = true;
    for (const panel of this.panels.values()) panel.dispose();
  }
}
