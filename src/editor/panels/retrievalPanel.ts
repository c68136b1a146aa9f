import * as vscode from 'vscode';
import type { JobStatus } from '../../contract/events.ts';
import type { RetrievalOverride } from '../../contract/retrieval.ts';
import {
  RetrievalPanel as Page,
  type RetrievalOverview,
  RetrievalPanelPushed,
  RetrievalPanelState,
  RetrievalServer,
} from '../../contract/retrievalRpc.ts';
import { Server } from '../../contract/rpc.ts';
import type { EditorContext } from '../editorContext.ts';
import type { OpenProject } from '../project/openProject.ts';
import type { PageConnection } from './pageConnection.ts';
import { agreed, unlessDeclined } from './permission.ts';
import type { PageHost, PanelContent } from './projectPanel.ts';
import { ProjectPanels } from './projectPanels.ts';

/** What the page may start; the flows behind it ask for consent. */
export interface RetrievalActions {
  /** Undefined: a person said no. */
  build(project: OpenProject, settings: RetrievalOverride): Promise<string | undefined>;
  /** The sweep over chunk sizes and modes. Undefined: a person said no. */
  tune(project: OpenProject): Promise<string | undefined>;
  /** Keys for a question, after everything that has to be agreed to. */
  keysFor(project: OpenProject, settings: RetrievalOverride): Promise<Record<string, string>>;
  openSource(project: OpenProject, document: string, passage: { start: number; end: number }): Promise<void>;
}

/** The host's side of one Try Retrieval panel. */
export class RetrievalPanel implements PanelContent {
  readonly kind = { page: 'retrieval', loading: vscode.l10n.t('Loading retrieval…') };
  readonly pushIntervalMs = 250;
  /** As last asked for, perhaps still on its way; what a running job changes is only the job. */
  private overview: Promise<RetrievalOverview> | undefined;
  private jobBefore = '';

  constructor(
    private readonly context: EditorContext,
    private readonly project: OpenProject,
    private readonly actions: RetrievalActions,
  ) {}

  title(): string {
    return vscode.l10n.t('Retrieval: {0}', this.project.name);
  }

  watch(changed: () => void): vscode.Disposable[] {
    return [
      this.context.projects.onDidChange(({ project, part }) => {
        if (project !== this.project || part === 'counts') return;
        if (part !== 'jobs') this.overview = undefined;
        changed();
      }),
    ];
  }

  async push(page: PageConnection): Promise<void> {
    const job = this.job();
    // A job moves twice a second; the index changes with its state.
    const jobNow = `${job?.run} ${job?.state}`;
    if (jobNow !== this.jobBefore) this.overview = undefined;
    this.jobBefore = jobNow;
    // Forgotten by a change while it is on its way: the next push asks anew.
    const asked = this.overview ?? this.context.server.ask(RetrievalServer.overview, { project: this.project.path });
    this.overview = asked;
    try {
      await page.notify(RetrievalPanelPushed.snapshot, { revision: page.next(), overview: await asked, job });
    } catch (error) {
      if (this.overview === asked) this.overview = undefined;
      throw error;
    }
  }

  /** The newest indexing job. */
  private job(): JobStatus | null {
    const jobs = this.project.jobs.filter(({ kind }) => kind === 'index');
    return jobs.toSorted((one, other) => other.created - one.created)[0] ?? null;
  }

  answer(host: PageHost): void {
    const { page } = host;
    const { project, actions } = this;
    const { server, shell } = this.context;
    const of = { project: project.path };
    page.answer(Page.ready, async () => {
      if (!project.state) await project.load();
      const overview = await server.ask(RetrievalServer.overview, of);
      return { ...host.welcome(), overview, job: this.job() };
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
      const run = await unlessDeclined(actions.build(project, settings), undefined);
      return { started: run !== undefined };
    });
    page.answer(Page.tune, async () => {
      const run = await unlessDeclined(actions.tune(project), undefined);
      return { started: run !== undefined };
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

export type RetrievalPanels = ProjectPanels<void, RetrievalPanel>;

export function retrievalPanels(context: EditorContext, actions: RetrievalActions): RetrievalPanels {
  return new ProjectPanels(context, {
    id: 'smt.retrieval',
    name: vscode.l10n.t('Retrieval'),
    state: RetrievalPanelState,
    content: (project) => new RetrievalPanel(context, project, actions),
  });
}
