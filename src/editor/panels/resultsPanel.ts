import * as vscode from 'vscode';
import type { ReportFormat, ResultsSummary } from '../../contract/results.ts';
import { ResultsPage, type ResultsPanelInit, ResultsPushed, ResultsServer } from '../../contract/resultsRpc.ts';
import { Server } from '../../contract/rpc.ts';
import type { EditorContext } from '../editorContext.ts';
import { Failure, sentenceOf } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';
import { Coalesced } from './coalesce.ts';
import { PageConnection } from './pageConnection.ts';
import { savePageFile } from './pageFiles.ts';

export const RESULTS_VIEW = 'smt.results';
/** A summary resamples documents again: twice a second is as live as it can be read. */
const PUSH_INTERVAL_MS = 500;
const FILES: Record<ReportFormat, string> = { markdown: 'results.md', csv: 'results.csv', json: 'results.json' };

/** What the page may start; given by the composition. */
export interface ResultsActions {
  generateForPassage(project: OpenProject, question: string): Promise<{ started: boolean; message: string }>;
  openSamples(project: OpenProject, question: string): Promise<void>;
  openSource(project: OpenProject, document: string, passage?: { start: number; end: number }): Promise<void>;
  evaluate(): Promise<void>;
}

/**
 * The host's side of one Results panel: what the page asks goes to the engine with the project filled in; while an
 * evaluation runs, whole summaries come back as its answers arrive.
 */
export class ResultsPanel implements vscode.Disposable {
  private readonly page: PageConnection;
  private readonly subscriptions: vscode.Disposable[] = [];
  private readonly pushes = new Coalesced(PUSH_INTERVAL_MS, () => this.push());
  private readonly closed = new vscode.EventEmitter<void>();
  readonly onDidDispose = this.closed.event;

  constructor(
    private readonly context: EditorContext,
    private readonly panel: vscode.WebviewPanel,
    readonly project: OpenProject,
    private readonly actions: ResultsActions,
  ) {
    panel.title = vscode.l10n.t('Results: {0}', project.name);
    this.page = new PageConnection(context, panel, { page: 'results', loading: vscode.l10n.t('Loading results…') });
    this.answerPage();
    this.subscriptions.push(
      context.projects.onDidChange(
        ({ project: changed, part }) =>
          changed === project && (part === 'jobs' || part === 'corpus') && this.pushes.request(),
      ),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.page.draw()),
      panel.onDidDispose(() => this.dispose()),
    );
    this.page.start();
  }

  get isReady(): boolean {
    return this.page.isReady;
  }

  get visible(): boolean {
    return this.panel.visible;
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

  private summary(): Promise<ResultsSummary> {
    return this.context.server.ask(ResultsServer.summary, { project: this.project.path });
  }

  private async init(): Promise<ResultsPanelInit> {
    const { project } = this;
    const summary = await this.summary();
    if (!project.jobsKnown) await project.loadJobs();
    this.page.isThere();
    this.context.shell.log.debug(`results panel: ready for ${project.path}`);
    return {
      revision: this.page.next(),
      project: project.path,
      name: project.name,
      trusted: vscode.workspace.isTrusted,
      summary,
      jobs: [...project.jobs],
      documents: (project.corpus?.documents ?? []).map(({ id, title }) => ({ id, title })),
    };
  }

  private async push(): Promise<void> {
    if (!this.page.isReady) return;
    try {
      const summary = await this.summary();
      await this.page.notify(ResultsPushed.snapshot, {
        revision: this.page.next(),
        summary,
        jobs: [...this.project.jobs],
      });
    } catch (error) {
      // The next change asks again; a page that is gone has nothing to be told.
      this.context.shell.log.debug(`results panel: snapshot not sent: ${sentenceOf(error)}`);
    }
  }

  private answerPage(): void {
    const { page, project, actions } = this;
    const { server, shell } = this.context;
    const of = { project: project.path };
    page.answer(ResultsPage.ready, () => this.init());
    page.answer(ResultsPage.compare, (asked, token) =>
      server.ask(ResultsServer.compare, { ...of, ...asked }, { token }),
    );
    page.answer(ResultsPage.breakdown, (asked, token) =>
      server.ask(ResultsServer.breakdown, { ...of, ...asked }, { token }),
    );
    page.answer(ResultsPage.answers, (asked, token) =>
      server.ask(ResultsServer.answers, { ...of, ...asked }, { token }),
    );
    page.answer(ResultsPage.detail, (asked, token) => server.ask(ResultsServer.detail, { ...of, ...asked }, { token }));
    page.answer(ResultsPage.taughtBy, (asked, token) =>
      server.ask(ResultsServer.taughtBy, { ...of, ...asked }, { token }),
    );
    page.answer(ResultsPage.generateForPassage, async ({ question }) => {
      refuseRestricted();
      try {
        return await actions.generateForPassage(project, question);
      } catch (error) {
        if (error instanceof vscode.CancellationError)
          return { started: false, message: vscode.l10n.t('Not started.') };
        throw error;
      }
    });
    page.answer(ResultsPage.openSamples, ({ question }) => actions.openSamples(project, question));
    page.answer(ResultsPage.openSource, ({ document, start, end }) =>
      actions.openSource(project, document, start !== undefined && end !== undefined ? { start, end } : undefined),
    );
    page.answer(ResultsPage.save, async (wish) => {
      if (wish.what === 'text') return savePageFile(this.context, project, { name: wish.name, text: wish.text });
      const { text } = await server.ask(ResultsServer.report, { ...of, format: wish.format });
      return savePageFile(this.context, project, { name: FILES[wish.format], text });
    });
    page.answer(ResultsPage.stopJob, async ({ run }) => {
      refuseRestricted();
      await server.ask(Server.stopJob, { ...of, run }, { retry: false });
    });
    page.answer(ResultsPage.evaluate, async () => {
      refuseRestricted();
      await actions.evaluate();
    });
    page.answer(ResultsPage.showLog, () => shell.log.show());
  }
}

/** The page of an untrusted folder hides what starts something, and this stops it. */
function refuseRestricted(): void {
  if (vscode.workspace.isTrusted) return;
  throw new Failure(
    vscode.l10n.t('This folder is open in Restricted Mode: results can be read only.'),
    vscode.l10n.t('Trust the folder to go on.'),
  );
}
