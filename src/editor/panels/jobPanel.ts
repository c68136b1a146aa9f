import * as vscode from 'vscode';
import { JobPanelPushed, JobPanel as Page, type RunAction } from '../../contract/jobPanel.ts';
import { Server } from '../../contract/rpc.ts';
import { TrainingServer } from '../../contract/trainingRpc.ts';
import type { EditorContext } from '../editorContext.ts';
import { sentenceOf } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';
import { Coalesced } from './coalesce.ts';
import { PageConnection } from './pageConnection.ts';
import { savePageFile } from './pageFiles.ts';
import { sayTo } from './servedModel.ts';

export const JOB_VIEW = 'smt.job';
/** A push is a whole list of jobs; more than a few a second cannot be read. */
const PUSH_INTERVAL_MS = 250;

/** What the page may start; the flows behind it ask for consent. */
export interface JobActions {
  act(project: OpenProject, run: string, action: RunAction): Promise<void>;
  deleteCheckpoint(project: OpenProject, run: string, step: number): Promise<void>;
  chat(project: OpenProject, run: string, step: number): Promise<void>;
}

/** The host's side of one Job panel: one run, with everything its page asks passed on to the engine. */
export class JobPanel implements vscode.Disposable {
  private readonly page: PageConnection;
  private readonly subscriptions: vscode.Disposable[] = [];
  private readonly pushes = new Coalesced(PUSH_INTERVAL_MS, () => this.push());
  private readonly closed = new vscode.EventEmitter<void>();
  readonly onDidDispose = this.closed.event;

  constructor(
    private readonly context: EditorContext,
    private readonly panel: vscode.WebviewPanel,
    readonly project: OpenProject,
    readonly run: string,
    private readonly actions: JobActions,
  ) {
    panel.title = this.title();
    this.page = new PageConnection(context, panel, { page: 'jobs', loading: vscode.l10n.t('Loading the run…') });
    this.answerPage();
    this.subscriptions.push(
      context.projects.onDidChange(
        ({ project: changed, part }) => changed === project && part === 'jobs' && this.changed(),
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

  private title(): string {
    const job = this.project.jobs.find(({ run }) => run === this.run);
    return vscode.l10n.t('Job: {0}', job?.title ?? this.run);
  }

  private changed(): void {
    const title = this.title();
    if (this.panel.title !== title) this.panel.title = title;
    this.pushes.request();
  }

  private async push(): Promise<void> {
    try {
      await this.page.notify(JobPanelPushed.jobs, { revision: this.page.next(), jobs: [...this.project.jobs] });
    } catch (error) {
      // The next change is told again; a page that is gone has nothing to be told.
      this.context.shell.log.debug(`job panel: jobs not sent: ${sentenceOf(error)}`);
    }
  }

  private answerPage(): void {
    const { page, project, actions } = this;
    const { server, shell } = this.context;
    const of = { project: project.path };
    page.answer(Page.ready, async () => {
      if (!project.jobsKnown) await project.loadJobs();
      page.isThere();
      return {
        revision: page.next(),
        project: project.path,
        name: project.name,
        trusted: vscode.workspace.isTrusted,
        run: this.run,
        jobs: [...project.jobs],
      };
    });
    page.answer(Page.snapshot, (asked, token) =>
      server.ask(TrainingServer.runSnapshot, { ...of, ...asked }, { token }),
    );
    page.answer(Page.act, ({ run, action }) => actions.act(project, run, action));
    page.answer(Page.deleteCheckpoint, ({ run, step }) => actions.deleteCheckpoint(project, run, step));
    page.answer(Page.chat, ({ run, step }) => actions.chat(project, run, step));
    page.answer(Page.say, async ({ run, turns }, token) => {
      const { endpoint } = await server.ask(TrainingServer.runSnapshot, { ...of, run, points: 10 }, { token });
      return { text: await sayTo(endpoint, turns, token) };
    });
    page.answer(Page.save, (file) => savePageFile(this.context, project, file));
    page.answer(Page.showLog, () => shell.log.show());
  }

  /** A serving job is there for this panel's chat: it ends with the panel. */
  async stopServing(): Promise<void> {
    const job = this.project.jobs.find(({ run }) => run === this.run);
    if (job?.kind !== 'serve' || !['queued', 'preparing', 'running'].includes(job.state)) return;
    await this.context.server.ask(Server.stopJob, { project: this.project.path, run: this.run }, { retry: false });
  }
}
