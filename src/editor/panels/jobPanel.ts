import * as vscode from 'vscode';
import { JobPanelPushed, JobPanel as Page, type RunAction } from '../../contract/jobPanel.ts';
import { Server } from '../../contract/rpc.ts';
import { TrainingServer } from '../../contract/trainingRpc.ts';
import type { EditorContext } from '../editorContext.ts';
import { sentenceOf } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';
import { ChatHost } from './chatHost.ts';
import type { PageConnection } from './pageConnection.ts';
import { savePageFile } from './pageFiles.ts';
import type { PageHost, PanelContent } from './projectPanel.ts';
import type { RetrievalActions } from './retrievalPanel.ts';

/** What the page may start; the flows behind it ask for consent. */
export interface JobActions {
  act(project: OpenProject, run: string, action: RunAction): Promise<void>;
  deleteCheckpoint(project: OpenProject, run: string, step: number): Promise<void>;
  fetchCheckpoint(project: OpenProject, run: string, step: number): Promise<void>;
  chat(project: OpenProject, run: string, step: number): Promise<void>;
  /** For the talk with a served checkpoint. */
  readonly retrieval: RetrievalActions;
}

/** The host's side of one Job panel: one run, with everything its page asks passed on to the engine. */
export class JobPanel implements PanelContent {
  readonly kind = { page: 'jobs', loading: vscode.l10n.t('Loading the run…') };
  /** A push is a whole list of jobs; more than a few a second cannot be read. */
  readonly pushIntervalMs = 250;
  private readonly chat: ChatHost;

  constructor(
    private readonly context: EditorContext,
    private readonly project: OpenProject,
    private readonly run: string,
    private readonly actions: JobActions,
  ) {
    this.chat = new ChatHost(context, project, run, actions.retrieval);
  }

  title(): string {
    const job = this.project.jobs.find(({ run }) => run === this.run);
    return vscode.l10n.t('Job: {0}', job?.title ?? this.run);
  }

  watch(changed: () => void): vscode.Disposable[] {
    return [
      this.context.projects.onDidChange(
        ({ project, part }) => project === this.project && part === 'jobs' && changed(),
      ),
      ...this.chat.watch(),
    ];
  }

  push(page: PageConnection): Promise<void> {
    return page.notify(JobPanelPushed.jobs, { revision: page.next(), jobs: [...this.project.jobs] });
  }

  /** A serving job is there for this panel's chat: it ends with the panel. */
  closed(): void {
    this.stopServing().catch((error: unknown) => {
      this.context.shell.log.warn(`job panel: ${this.run} was not asked to stop: ${sentenceOf(error)}`);
    });
  }

  answer(host: PageHost): void {
    const { page } = host;
    const { project, actions } = this;
    const { server, shell } = this.context;
    const of = { project: project.path };
    page.answer(Page.ready, async () => {
      if (!project.jobsKnown) await project.loadJobs();
      return { ...host.welcome(), run: this.run, jobs: [...project.jobs] };
    });
    page.answer(Page.snapshot, (asked, token) =>
      server.ask(TrainingServer.runSnapshot, { ...of, ...asked }, { token }),
    );
    page.answer(Page.act, ({ run, action }) => actions.act(project, run, action));
    page.answer(Page.deleteCheckpoint, ({ run, step }) => actions.deleteCheckpoint(project, run, step));
    page.answer(Page.fetchCheckpoint, ({ run, step }) => actions.fetchCheckpoint(project, run, step));
    page.answer(Page.chat, ({ run, step }) => actions.chat(project, run, step));
    this.chat.answer(page);
    page.answer(Page.save, (file) => savePageFile(this.context, project, file));
    page.answer(Page.showLog, () => shell.log.show());
  }

  private async stopServing(): Promise<void> {
    const job = this.project.jobs.find(({ run }) => run === this.run);
    if (job?.kind !== 'serve' || !['queued', 'preparing', 'running'].includes(job.state)) return;
    await this.context.server.ask(Server.stopJob, { project: this.project.path, run: this.run }, { retry: false });
  }
}
