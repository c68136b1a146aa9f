import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import { createMessageConnection, type MessageConnection } from 'vscode-jsonrpc/node';
import { Panel, PanelPushed, type SamplesPanelInit, Server } from '../../contract/rpc.ts';
import { answer, refuseUnknown } from '../../contract/rpcConnection.ts';
import type { SampleCounts } from '../../contract/samplesView.ts';
import { type MessagePortLike, WebviewMessageReader, WebviewMessageWriter } from '../../contract/webviewTransport.ts';
import type { EditorContext } from '../editorContext.ts';
import { Failure, sentenceOf } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';
import { Coalesced } from './coalesce.ts';
import { samplesDocument } from './samplesDocument.ts';

export const SAMPLES_VIEW = 'smt.samples';
export type PanelFocus = SamplesPanelInit['focus'];

/** What the page may start; given by the composition, as the flows need the panels and the panels the flows. */
export interface PanelActions {
  generate(project: OpenProject, wish: GenerateWish): Promise<{ started: boolean; message: string }>;
  openSource(project: OpenProject, document: string, passage?: { start: number; end: number }): Promise<void>;
  openText(project: OpenProject, sample: string, which: 'prompt' | 'completion'): Promise<void>;
}
export type GenerateWish = ReturnType<typeof Panel.generate.params.parse>;

/** Ten a second: more cannot be read, and each is a whole snapshot. */
const PUSH_INTERVAL_MS = 100;
const NO_COUNTS: SampleCounts = {
  revision: 0,
  total: 0,
  accepted: 0,
  rejected: 0,
  reviewed: 0,
  stale: 0,
  reasons: {},
  methods: [],
  documents: [],
};

/**
 * The host's side of one Samples panel: the page's requests go to the engine with the project filled in, changes come
 * back as whole snapshots with a revision. The page says `ready` whenever it is rebuilt and gets everything again.
 */
export class SamplesPanel implements vscode.Disposable {
  private readonly connection: MessageConnection;
  private readonly subscriptions: vscode.Disposable[] = [];
  private readonly pushes = new Coalesced(PUSH_INTERVAL_MS, () => this.push());
  private readonly closed = new vscode.EventEmitter<void>();
  private focus: PanelFocus;
  private ready = false;
  private revision = 0;
  readonly onDidDispose = this.closed.event;

  constructor(
    private readonly context: EditorContext,
    private readonly panel: vscode.WebviewPanel,
    readonly project: OpenProject,
    private readonly actions: PanelActions,
    focus: PanelFocus,
  ) {
    this.focus = focus;
    const { extensionUri } = context.shell.context;
    const pages = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
    const { webview } = panel;
    webview.options = { enableScripts: true, localResourceRoots: [pages, vscode.Uri.joinPath(extensionUri, 'media')] };
    panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'samples.svg');
    panel.title = vscode.l10n.t('Samples: {0}', project.name);

    const warn = (message: string) => context.shell.log.warn(`samples panel: ${message}`);
    const port = portOf(webview);
    // A message to a hidden page is lost; it asks for everything when it is shown again.
    const writer = new WebviewMessageWriter(port, () => {
      this.ready = false;
    });
    this.connection = createMessageConnection(new WebviewMessageReader(port), writer);
    this.answerPage(warn);
    refuseUnknown(this.connection, warn);
    this.connection.listen();
    this.subscriptions.push(
      context.projects.onDidChange((change) => change.project === project && this.changed()),
      context.server.onPush((push) => push.project === project.path && this.pushes.request()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.draw()),
      panel.onDidDispose(() => this.dispose()),
    );
    this.draw();
  }

  /** The page has said `ready` and has not been hidden or rebuilt since. */
  get isReady(): boolean {
    return this.ready;
  }

  get visible(): boolean {
    return this.panel.visible;
  }

  /** Brings the panel to the front on a person's wish and shows what they asked for. */
  show(focus: PanelFocus): void {
    this.focus = focus;
    this.panel.reveal();
    if (this.ready) void this.connection.sendNotification(PanelPushed.focus, focus);
  }

  dispose(): void {
    this.pushes.dispose();
    for (const subscription of this.subscriptions.splice(0)) subscription.dispose();
    this.connection.dispose();
    this.panel.dispose();
    this.closed.fire();
  }

  private draw(): void {
    const { extensionUri } = this.context.shell.context;
    const { webview } = this.panel;
    const at = (...path: string[]) => webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, ...path)).toString();
    const sheet = vscode.Uri.joinPath(extensionUri, 'dist', 'webview', 'samples.css');
    this.ready = false;
    webview.html = samplesDocument({
      nonce: randomBytes(16).toString('base64'),
      cspSource: webview.cspSource,
      script: at('dist', 'webview', 'samples.js'),
      // The page may keep all of its styles in its components.
      styles: existsSync(sheet.fsPath) ? [at('dist', 'webview', 'samples.css')] : [],
      title: this.panel.title,
      loading: vscode.l10n.t('Loading samples…'),
      language: vscode.env.language,
    });
  }

  private changed(): void {
    this.panel.title = vscode.l10n.t('Samples: {0}', this.project.name);
    this.pushes.request();
  }

  private async init(): Promise<SamplesPanelInit> {
    const { project, context } = this;
    if (!project.state) await project.load();
    if (project.ready)
      await Promise.all([project.counts ?? project.loadCounts(), project.corpus ?? project.loadCorpus()]);
    if (project.loading.kind === 'failed' && !project.counts) throw new Failure(project.loading.reason);
    if (project.state?.state === 'invalid') {
      const [problem] = project.state.problems;
      const { file = 'smt.yaml', line = 1, message = '' } = problem ?? {};
      throw new Failure(
        file === 'smt.yaml'
          ? vscode.l10n.t('smt.yaml has a problem: line {0}, {1}', line, message)
          : `${file} ${message}`,
        vscode.l10n.t('Correct it, and the samples are shown again.'),
      );
    }
    this.ready = true;
    // Told once: a page that is rebuilt later shows what the person looked at last.
    const { focus } = this;
    this.focus = {};
    context.shell.log.debug(`samples panel: ready for ${project.path}`);
    return {
      revision: ++this.revision,
      project: project.path,
      name: project.name,
      trusted: vscode.workspace.isTrusted,
      toy: project.state?.toy ?? false,
      methods: (project.state?.methods ?? []).map(({ id, label, kind }) => ({ id, label, kind })),
      documents: (project.corpus?.documents ?? []).map(({ id, title }) => ({ id, title })),
      counts: project.counts ?? NO_COUNTS,
      jobs: [...project.jobs],
      focus,
      can_undo: project.canUndo,
    };
  }

  private async push(): Promise<void> {
    if (!this.ready) return;
    try {
      const counts = await this.context.server.ask(Server.sampleCounts, { project: this.project.path });
      await this.connection.sendNotification(PanelPushed.snapshot, {
        revision: ++this.revision,
        counts,
        jobs: [...this.project.jobs],
        can_undo: this.project.canUndo,
      });
    } catch (error) {
      // The next change asks again; a page that is gone has nothing to be told.
      this.context.shell.log.debug(`samples panel: snapshot not sent: ${sentenceOf(error)}`);
    }
  }

  private answerPage(warn: (message: string) => void): void {
    const { connection, project, actions } = this;
    const { server, shell } = this.context;
    const of = { project: project.path };
    answer(connection, Panel.ready, () => this.init(), warn);
    answer(connection, Panel.samples, (page, token) => server.ask(Server.samples, { ...of, ...page }, { token }), warn);
    answer(
      connection,
      Panel.sampleIds,
      (asked, token) => server.ask(Server.sampleIds, { ...of, ...asked }, { token }),
      warn,
    );
    answer(
      connection,
      Panel.counts,
      (asked, token) => server.ask(Server.sampleCounts, { ...of, ...asked }, { token }),
      warn,
    );
    answer(
      connection,
      Panel.lineage,
      (asked, token) => server.ask(Server.lineage, { ...of, ...asked }, { token }),
      warn,
    );
    answer(
      connection,
      Panel.documentText,
      (asked, token) => server.ask(Server.documentText, { ...of, ...asked }, { token }),
      warn,
    );
    answer(connection, Panel.audit, (asked) => server.ask(Server.audit, { ...of, ...asked }, { retry: false }), warn);
    answer(
      connection,
      Panel.decide,
      async (asked) => {
        refuseRestricted();
        const done = await server.ask(Server.decide, { ...of, ...asked }, { retry: false });
        project.canUndo = done.can_undo;
        this.pushes.request();
        return done;
      },
      warn,
    );
    answer(
      connection,
      Panel.generate,
      async (wish) => {
        refuseRestricted();
        try {
          return await actions.generate(project, wish);
        } catch (error) {
          if (error instanceof vscode.CancellationError)
            return { started: false, message: vscode.l10n.t('Not started.') };
          throw error;
        }
      },
      warn,
    );
    answer(
      connection,
      Panel.openSource,
      ({ document, start, end }) =>
        actions.openSource(project, document, start !== undefined && end !== undefined ? { start, end } : undefined),
      warn,
    );
    answer(connection, Panel.openText, ({ sample, which }) => actions.openText(project, sample, which), warn);
    answer(connection, Panel.stopJob, ({ run }) => server.ask(Server.stopJob, { ...of, run }, { retry: false }), warn);
    answer(connection, Panel.showLog, () => shell.log.show(), warn);
  }
}

/** A decision or a job from a page of an untrusted folder: the page hides it, and this stops it. */
function refuseRestricted(): void {
  if (vscode.workspace.isTrusted) return;
  throw new Failure(
    vscode.l10n.t('This folder is open in Restricted Mode: samples can be read only.'),
    vscode.l10n.t('Trust the folder to go on.'),
  );
}

function portOf(webview: vscode.Webview): MessagePortLike {
  return {
    post: (message) => webview.postMessage(message),
    listen: (receive) => webview.onDidReceiveMessage(receive),
  };
}
