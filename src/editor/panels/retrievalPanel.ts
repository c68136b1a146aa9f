import * as vscode from 'vscode';
import type { JobStatus } from '../../contract/events.ts';
import type { RetrievalOverride } from '../../contract/retrieval.ts';
import {
  RetrievalPanel as Page,
  type RetrievalOverview,
  RetrievalPanelPushed,
  RetrievalServer,
} from '../../contract/retrievalRpc.ts';
import { Server } from '../../contract/rpc.ts';
import type { EditorContext } from '../editorContext.ts';
import { Failure, sentenceOf } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';
import { Coalesced } from './coalesce.ts';
import { PageConnection } from './pageConnection.ts';

export const RETRIEVAL_VIEW = 'smt.retrieval';
const PUSH_INTERVAL_MS = 250;

/** What the page may start; the flows behind it ask for consent. */
export interface RetrievalActions {
  /** Undefined: a person said no. */
  build(project: OpenProject, settings: RetrievalOverride): Promise<string | undefined>;
  /** Keys for a question, after everything that has to be agreed to. */
  keysFor(project: OpenProject, settings: RetrievalOverride): Promise<Record<string, string>>;
  openSource(project: OpenProject, document: string, passage: { start: number; end: number }): Promise<void>;
}

/** The host's side of one Try Retrieval panel. */
export class RetrievalPanel implements vscode.Disposable {
  private readonly page: PageConnection;
  private readonly subscriptions: vscode.Disposable[] = [];
  private readonly pushes = new Coalesced(PUSH_INTERVAL_MS, () => this.push());
  private readonly closed = new vscode.EventEmitter<void>();
  /** As last asked for; what a running job changes is only the job. */
  private overview: RetrievalOverview | undefined;
  private jobBefore = '';
  readonly onDidDispose = this.closed.event;

  constructor(
    private readonly context: EditorContext,
    private readonly panel: vscode.WebviewPanel,
    readonly project: OpenProject,
    private readonly actions: RetrievalActions,
  ) {
    panel.title = vscode.l10n.t('Retrieval: {0}', project.name);
    this.page = new PageConnection(context, panel, {
      page: 'retrieval',
      loading: vscode.l10n.t('Loading retrieval…'),
    });
    this.answerPage();
    this.subscriptions.push(
      context.projects.onDidChange(({ project: changed, part }) => {
        if (changed !== project || part === 'counts') return;
        if (part !== 'jobs') this.overview = undefined;
        this.pushes.request();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.page.draw()),
      panel.onDidDispose(() => this.dispose()),
    );
    this.page.start();
  }

  get isReady(): boolean {
    return this.page.isReady;
  }

  show(): void {
    this.panel.reveal();
  }

  dispose(): void {
    this.pushes.dispose();
    for (const subscription of this.subscriptions.splice(0)) subscription.dispose();
    this.page.dispose();
    this.panel.dispose();
    this.closed.fire();
  }

  private async push(): Promise<void> {
    if (!this.page.isReady) return;
    try {
      const job = this.job();
      // A job moves twice a second; the index changes with its state.
      const jobNow = `${job?.run} ${job?.state}`;
      if (jobNow !== this.jobBefore) this.overview = undefined;
      this.jobBefore = jobNow;
      this.overview ??= await this.context.server.ask(RetrievalServer.overview, { project: this.project.path });
      const { overview } = this;
      await this.page.notify(RetrievalPanelPushed.snapshot, { revision: this.page.next(), overview, job });
    } catch (error) {
      // The next change asks again; a page that is gone has nothing to be told.
      this.context.shell.log.debug(`retrieval panel: snapshot not sent: ${sentenceOf(error)}`);
    }
  }

  /** The newest indexing job. */
  private job(): JobStatus | null {
    const jobs = this.project.jobs.filter(({ kind }) => kind === 'index');
    return jobs.toSorted((one, other) => other.created - one.created)[0] ?? null;
  }

  private answerPage(): void {
    const { page, project, actions } = this;
    const { server, shell } = this.context;
    const of = { project: project.path };
    page.answer(Page.ready, async () => {
      if (!project.state) await project.load();
      const overview = await server.ask(RetrievalServer.overview, of);
      page.isThere();
      return {
        revision: page.next(),
        project: project.path,
        name: project.name,
        trusted: vscode.workspace.isTrusted,
        overview,
        job: this.job(),
      };
    });
    page.answer(Page.retrieve, async ({ query, settings }, token) => {
      const keys = await agreed(actions.keysFor(project, settings));
      return server.ask(RetrievalServer.retrieve, { ...of, query, settings, keys }, { token });
    });
    page.answer(Page.quality, async ({ settings }, token) => {
      const keys = await agreed(actions.keysFor(project, settings));
      return server.ask(RetrievalServer.quality, { ...of, settings, keys }, { token });
    });
    page.answer(Page.build, async ({ settings }) => {
      try {
        return { started: (await actions.build(project, settings)) !== undefined };
      } catch (error) {
        if (error instanceof vscode.CancellationError) return { started: false };
        throw error;
      }
    });
    page.answer(Page.openSource, async ({ document, start, end }) => {
      await actions.openSource(project, document, { start, end });
      return null;
    });
    page.answer(Page.stopJob, ({ run }) => server.ask(Server.stopJob, { ...of, run }, { retry: false }));
    page.answer(Page.showLog, () => {
      shell.log.show();
      return null;
    });
  }
}

async function agreed<T>(keys: Promise<T>): Promise<T> {
  try {
    return await keys;
  } catch (error) {
    if (error instanceof vscode.CancellationError) throw new Failure(vscode.l10n.t('Nothing was sent.'));
    throw error;
  }
}
