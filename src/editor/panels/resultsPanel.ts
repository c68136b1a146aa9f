import * as vscode from 'vscode';
import { ResultsPanelState } from '../../contract/panelState.ts';
import type { ResultsSummary } from '../../contract/results.ts';
import { ResultsPage, ResultsPushed, ResultsServer } from '../../contract/resultsRpc.ts';
import { Server } from '../../contract/rpc.ts';
import type { EditorContext } from '../editorContext.ts';
import type { OpenProject } from '../project/openProject.ts';
import type { PageConnection } from './pageConnection.ts';
import { savePageFile } from './pageFiles.ts';
import { refuseRestricted, unlessDeclined } from './permission.ts';
import type { PageHost, PanelContent } from './projectPanel.ts';
import { ProjectPanels } from './projectPanels.ts';

/** What the page may start; given by the composition. */
export interface ResultsActions {
  generateForPassage(project: OpenProject, question: string): Promise<{ started: boolean; message: string }>;
  openSamples(project: OpenProject, question: string): Promise<void>;
  openSource(project: OpenProject, document: string, passage?: { start: number; end: number }): Promise<void>;
  evaluate(): Promise<void>;
  /** What these three did, for the page to say; null when dismissed. */
  exportResults(project: OpenProject): Promise<string | null>;
  importResults(project: OpenProject): Promise<string | null>;
  removeImported(project: OpenProject, imports: string[]): Promise<string | null>;
}

/**
 * The host's side of one Results panel: what the page asks goes to the engine with the project filled in; while an
 * evaluation runs, whole summaries come back as its answers arrive.
 */
export class ResultsPanel implements PanelContent {
  readonly kind = { page: 'results', loading: vscode.l10n.t('Loading results…') };
  /** A summary resamples documents again: twice a second is as live as it can be read. */
  readonly pushIntervalMs = 500;

  constructor(
    private readonly context: EditorContext,
    private readonly project: OpenProject,
    private readonly actions: ResultsActions,
  ) {}

  title(): string {
    return vscode.l10n.t('Results: {0}', this.project.name);
  }

  watch(changed: () => void): vscode.Disposable[] {
    return [
      this.context.projects.onDidChange(
        ({ project, part }) => project === this.project && (part === 'jobs' || part === 'corpus') && changed(),
      ),
    ];
  }

  async push(page: PageConnection): Promise<void> {
    const summary = await this.summary();
    await page.notify(ResultsPushed.snapshot, { revision: page.next(), summary, jobs: [...this.project.jobs] });
  }

  private summary(): Promise<ResultsSummary> {
    return this.context.server.ask(ResultsServer.summary, { project: this.project.path });
  }

  answer(host: PageHost): void {
    const { page } = host;
    const { project, actions } = this;
    const { server, shell } = this.context;
    const of = { project: project.path };
    page.answer(ResultsPage.ready, async () => {
      const summary = await this.summary();
      if (!project.jobsKnown) await project.loadJobs();
      return {
        ...host.welcome(),
        summary,
        jobs: [...project.jobs],
        documents: (project.corpus?.documents ?? []).map(({ id, title }) => ({ id, title })),
      };
    });
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
      readOnly();
      const declined = { started: false, message: vscode.l10n.t('Not started.') };
      return unlessDeclined(actions.generateForPassage(project, question), declined);
    });
    page.answer(ResultsPage.openSamples, ({ question }) => actions.openSamples(project, question));
    page.answer(ResultsPage.openSource, ({ document, start, end }) =>
      actions.openSource(project, document, start !== undefined && end !== undefined ? { start, end } : undefined),
    );
    page.answer(ResultsPage.save, (file) => savePageFile(this.context, project, file));
    page.answer(ResultsPage.export, async () => ({ said: await actions.exportResults(project) }));
    page.answer(ResultsPage.importLogs, async () => {
      readOnly();
      try {
        return { said: await actions.importResults(project) };
      } finally {
        // Some of the logs may be in where another is malformed.
        host.changed();
      }
    });
    page.answer(ResultsPage.removeImported, async ({ imports }) => {
      readOnly();
      const said = await actions.removeImported(project, imports);
      host.changed();
      return { said };
    });
    page.answer(ResultsPage.stopJob, async ({ run }) => {
      readOnly();
      await server.ask(Server.stopJob, { ...of, run }, { retry: false });
    });
    page.answer(ResultsPage.evaluate, async () => {
      readOnly();
      await actions.evaluate();
    });
    page.answer(ResultsPage.showLog, () => shell.log.show());
  }
}

function readOnly(): void {
  refuseRestricted(vscode.l10n.t('This folder is open in Restricted Mode: results can be read only.'));
}

export type ResultsPanels = ProjectPanels<void, ResultsPanel>;

export function resultsPanels(context: EditorContext, actions: ResultsActions): ResultsPanels {
  return new ProjectPanels(context, {
    id: 'smt.results',
    name: vscode.l10n.t('Results'),
    state: ResultsPanelState,
    content: (project) => new ResultsPanel(context, project, actions),
  });
}
