import * as vscode from 'vscode';
import type { ExportFormat } from '../../contract/dataset.ts';
import { DatasetPanelPushed, DatasetPanel as Page } from '../../contract/datasetPanel.ts';
import { type DatasetList, DatasetServer } from '../../contract/datasetRpc.ts';
import type { EditorContext } from '../editorContext.ts';
import { sentenceOf } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';
import { Coalesced } from './coalesce.ts';
import { PageConnection } from './pageConnection.ts';
import { savePageFile } from './pageFiles.ts';

export const DATASET_VIEW = 'smt.dataset';
const PUSH_INTERVAL_MS = 250;
const NONE: DatasetList = { revision: 0, datasets: [], problems: [] };

/** What the page may start; the flows behind it ask for consent. */
export interface DatasetActions {
  build(project: OpenProject): Promise<boolean>;
  train(project: OpenProject, name: string): Promise<boolean>;
  export(
    project: OpenProject,
    name: string,
    format: ExportFormat,
  ): Promise<{ folder: string; files: string[] } | undefined>;
  remove(project: OpenProject, name: string): Promise<boolean>;
  openSample(project: OpenProject, sample: string): Promise<void>;
  openFolder(project: OpenProject, name: string): Promise<void>;
}

/** The host's side of the dataset view of one project. */
export class DatasetPanel implements vscode.Disposable {
  private readonly page: PageConnection;
  private readonly subscriptions: vscode.Disposable[] = [];
  private readonly pushes = new Coalesced(PUSH_INTERVAL_MS, () => this.push());
  private readonly closed = new vscode.EventEmitter<void>();
  readonly onDidDispose = this.closed.event;

  constructor(
    private readonly context: EditorContext,
    private readonly panel: vscode.WebviewPanel,
    readonly project: OpenProject,
    private readonly actions: DatasetActions,
    private focus: string | null,
  ) {
    panel.title = vscode.l10n.t('Training sets: {0}', project.name);
    this.page = new PageConnection(context, panel, {
      page: 'dataset',
      loading: vscode.l10n.t('Loading training sets…'),
    });
    this.answerPage();
    this.subscriptions.push(
      context.projects.onDidChange(
        ({ project: changed, part }) => changed === project && part === 'datasets' && this.pushes.request(),
      ),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.page.draw()),
      panel.onDidDispose(() => this.dispose()),
    );
    this.page.start();
  }

  get isReady(): boolean {
    return this.page.isReady;
  }

  show(name: string | null): void {
    this.focus = name;
    this.panel.reveal();
    if (name) void this.page.notify(DatasetPanelPushed.focus, { name });
  }

  dispose(): void {
    this.pushes.dispose();
    for (const subscription of this.subscriptions.splice(0)) subscription.dispose();
    this.page.dispose();
    this.panel.dispose();
    this.closed.fire();
  }

  private async push(): Promise<void> {
    const { datasets } = this.project;
    if (!datasets) return;
    try {
      await this.page.notify(DatasetPanelPushed.list, { revision: this.page.next(), list: datasets });
    } catch (error) {
      this.context.shell.log.debug(`dataset view: list not sent: ${sentenceOf(error)}`);
    }
  }

  private answerPage(): void {
    const { page, project, actions } = this;
    const { server, shell } = this.context;
    const of = { project: project.path };
    page.answer(Page.ready, async () => {
      const [list] = await Promise.all([
        server.ask(DatasetServer.list, of),
        project.state ?? project.load(),
        project.corpus,
      ]);
      page.isThere();
      // Told once: a page that is rebuilt later shows what the person looked at last.
      const { focus } = this;
      this.focus = null;
      return {
        revision: page.next(),
        project: project.path,
        name: project.name,
        trusted: vscode.workspace.isTrusted,
        list: list ?? NONE,
        methods: (project.state?.methods ?? []).map(({ id, label }) => ({ id, label })),
        documents: (project.corpus?.documents ?? []).map(({ id, title }) => ({ id, title })),
        focus,
      };
    });
    page.answer(Page.rows, (asked, token) => server.ask(DatasetServer.rows, { ...of, ...asked }, { token }));
    page.answer(Page.lengths, (asked, token) => server.ask(DatasetServer.lengths, { ...of, ...asked }, { token }));
    page.answer(Page.build, async () => ({ started: await declined(actions.build(project), false) }));
    page.answer(Page.train, async ({ name }) => ({ started: await declined(actions.train(project, name), false) }));
    page.answer(Page.export, async ({ name, format }) => {
      const done = await declined(actions.export(project, name, format), undefined);
      return { folder: done?.folder ?? null, files: done?.files ?? [] };
    });
    page.answer(Page.remove, async ({ name }) => ({ removed: await declined(actions.remove(project, name), false) }));
    page.answer(Page.openSample, ({ sample }) => actions.openSample(project, sample));
    page.answer(Page.openFolder, ({ name }) => actions.openFolder(project, name));
    page.answer(Page.save, (file) => savePageFile(this.context, project, file));
    page.answer(Page.showLog, () => shell.log.show());
  }
}

/** A person who says no is an answer, no error. */
async function declined<T>(work: Promise<T>, no: T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof vscode.CancellationError) return no;
    throw error;
  }
}
