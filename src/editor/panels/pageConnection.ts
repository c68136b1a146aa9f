import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import { createMessageConnection, type MessageConnection, type NotificationType } from 'vscode-jsonrpc/node';
import type { Procedure } from '../../contract/procedure.ts';
import { answer, type Handler, refuseUnknown } from '../../contract/rpcConnection.ts';
import { WebviewMessageReader, WebviewMessageWriter } from '../../contract/webviewTransport.ts';
import type { EditorContext } from '../editorContext.ts';
import { pageDocument } from './pageDocument.ts';

/** Which bundled page a panel shows (`dist/webview/<page>.js`), and what it is called while it loads. */
export interface PageKind {
  readonly page: string;
  readonly loading: string;
}

/**
 * A webview panel with one of our pages and the connection to it. A hidden page is thrown away by VS Code: what is said
 * to it is lost, and it says `ready` again when it is rebuilt; so nothing is sent before that.
 */
export class PageConnection implements vscode.Disposable {
  private readonly connection: MessageConnection;
  private ready = false;
  private revision = 0;
  private readonly warn: (message: string) => void;

  constructor(
    private readonly context: EditorContext,
    private readonly panel: vscode.WebviewPanel,
    private readonly kind: PageKind,
  ) {
    const { extensionUri } = context.shell.context;
    const { webview } = panel;
    webview.options = {
      enableScripts: true,
      localResourceRoots: [
        vscode.Uri.joinPath(extensionUri, 'dist', 'webview'),
        vscode.Uri.joinPath(extensionUri, 'media'),
      ],
    };
    panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'samples.svg');
    this.warn = (message) => context.shell.log.warn(`${kind.page} panel: ${message}`);
    const port = {
      post: (message: unknown) => webview.postMessage(message),
      listen: (receive: (message: unknown) => void) => webview.onDidReceiveMessage(receive),
    };
    const writer = new WebviewMessageWriter(port, () => {
      this.ready = false;
    });
    this.connection = createMessageConnection(new WebviewMessageReader(port), writer);
    refuseUnknown(this.connection, this.warn);
  }

  /** The page has said `ready` and has not been hidden or rebuilt since. */
  get isReady(): boolean {
    return this.ready;
  }

  /** Larger with each snapshot: the page drops what is older than what it has. */
  next(): number {
    return ++this.revision;
  }

  /** To be called by the handler of the page's handshake, once everything it needs is there. */
  isThere(): void {
    this.ready = true;
  }

  answer<P, R>(procedure: Procedure<P, R>, handler: Handler<P, R>): void {
    answer(this.connection, procedure, handler, this.warn);
  }

  /** Starts listening and draws the page, after all answers are set up. */
  start(): void {
    this.connection.listen();
    this.draw();
  }

  /** Draws the page anew; it says `ready` again. */
  draw(): void {
    const { extensionUri } = this.context.shell.context;
    const { webview } = this.panel;
    const { page, loading } = this.kind;
    const at = (file: string) =>
      webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', 'webview', file)).toString();
    const sheet = vscode.Uri.joinPath(extensionUri, 'dist', 'webview', `${page}.css`);
    this.ready = false;
    webview.html = pageDocument({
      nonce: randomBytes(16).toString('base64'),
      cspSource: webview.cspSource,
      script: at(`${page}.js`),
      styles: existsSync(sheet.fsPath) ? [at(`${page}.css`)] : [],
      title: this.panel.title,
      loading,
      language: vscode.env.language,
    });
  }

  /** Says something to a page that is there; to one that is hidden nothing, it asks for everything when it is back. */
  async notify<P>(notification: NotificationType<P>, params: P): Promise<void> {
    if (this.ready) await this.connection.sendNotification(notification.method, params);
  }

  dispose(): void {
    this.connection.dispose();
  }
}

/** A panel whose project is not open in this window: it says so and does nothing. */
export function drawOrphan(panel: vscode.WebviewPanel, title: string): void {
  panel.webview.html = pageDocument({
    nonce: '',
    cspSource: panel.webview.cspSource,
    script: '',
    styles: [],
    title,
    loading: vscode.l10n.t(
      'The project of this panel is not open in this window. Close the panel, or open its folder.',
    ),
    language: vscode.env.language,
  });
}
