import * as vscode from 'vscode';
import type { EditorContext } from '../editorContext.ts';
import { sentenceOf } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';
import { Coalesced } from './coalesce.ts';
import { PageConnection, type PageKind } from './pageConnection.ts';

/** What makes one kind of panel; `Wish` is what a person asks to see in it. The rest of its life is `ProjectPanel`'s. */
export interface PanelContent<Wish = void> {
  readonly kind: PageKind;
  /** Each push is a whole snapshot: how often one can be read. */
  readonly pushIntervalMs: number;
  title(): string;
  /** Answers what the page asks; called once, before the page is drawn. */
  answer(panel: PageHost): void;
  /** Calls `changed` when there is something to tell the page. */
  watch(changed: () => void): vscode.Disposable[];
  /** Tells a page that is there how things are. */
  push(page: PageConnection): Promise<void>;
  /** Brings into view what a person asked for; the page may not be there yet. */
  show?(page: PageConnection, wish: Wish): void;
  /** A person closed the panel. Not called when the window closes or reloads, or another panel takes this one's place. */
  closed?(): void;
}

/** What a panel's content sees of its panel. */
export interface PageHost {
  readonly page: PageConnection;
  /** From now on the page is told of changes; these are the parts of the answer to its handshake that all pages share. */
  welcome(): { revision: number; project: string; name: string; trusted: boolean };
  /** Something changed: the page is told, soon. */
  changed(): void;
}

/**
 * The host's side of one panel of a project: its page, pushed whole snapshots with a revision, drawn anew when the folder
 * is trusted. The page says `ready` whenever it is rebuilt and gets everything again.
 */
export class ProjectPanel<Content extends PanelContent<never>> implements PageHost, vscode.Disposable {
  readonly page: PageConnection;
  private readonly subscriptions: vscode.Disposable[];
  private readonly pushes: Coalesced;
  /** Something changed while no page was there to be told: perhaps after the answer to its handshake was read. */
  private missed = false;
  private readonly closed = new vscode.EventEmitter<void>();
  readonly onDidDispose = this.closed.event;

  constructor(
    private readonly context: EditorContext,
    private readonly panel: vscode.WebviewPanel,
    private readonly project: OpenProject,
    readonly content: Content,
  ) {
    panel.title = content.title();
    this.page = new PageConnection(context, panel, content.kind);
    this.pushes = new Coalesced(content.pushIntervalMs, () => this.push());
    content.answer(this);
    this.subscriptions = [
      ...content.watch(() => this.changed()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.page.draw()),
      panel.onDidDispose(() => this.dispose()),
    ];
    this.page.start();
  }

  get isReady(): boolean {
    return this.page.isReady;
  }

  get visible(): boolean {
    return this.panel.visible;
  }

  reveal(): void {
    this.panel.reveal();
  }

  welcome(): { revision: number; project: string; name: string; trusted: boolean } {
    const { path, name } = this.project;
    this.page.isThere();
    if (this.missed) this.pushes.request();
    this.missed = false;
    this.context.shell.log.debug(`${this.content.kind.page} panel: ready for ${path}`);
    return { revision: this.page.next(), project: path, name, trusted: vscode.workspace.isTrusted };
  }

  changed(): void {
    const title = this.content.title();
    if (this.panel.title !== title) this.panel.title = title;
    this.pushes.request();
  }

  dispose(): void {
    this.pushes.dispose();
    for (const subscription of this.subscriptions.splice(0)) subscription.dispose();
    this.page.dispose();
    this.panel.dispose();
    this.closed.fire();
  }

  private async push(): Promise<void> {
    if (!this.page.isReady) {
      this.missed = true;
      return;
    }
    try {
      await this.content.push(this.page);
    } catch (error) {
      // The next change is told again; a page that is gone has nothing to be told.
      this.context.shell.log.debug(`${this.content.kind.page} panel: not told of a change: ${sentenceOf(error)}`);
    }
  }
}
