import * as vscode from 'vscode';
import type { ExportFormat } from '../../contract/dataset.ts';
import { DatasetPanelPushed, DatasetPanelState, DatasetPanel as Page } from '../../contract/datasetPanel.ts';
import { type DatasetList, DatasetServer } from '../../contract/datasetRpc.ts';
import type { EditorContext } from '../editorContext.ts';
import type { OpenProject } from '../project/openProject.ts';
import type { PageConnection } from './pageConnection.ts';
import { savePageFile } from './pageFiles.ts';
import { unlessDeclined } from './permission.ts';
import type { PageHost, PanelContent } from './projectPanel.ts';
import { ProjectPanels } from './projectPanels.ts';

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
export class DatasetPanel implements PanelContent<string | null> {
  readonly kind = { page: 'dataset', loading: vscode.l10n.t('Loading training sets…') };
  readonly pushIntervalMs = 250;
  private focus: string | null = null;

  constructor(
    private readonly context: EditorContext,
    private readonly project: OpenProject,
    private readonly actions: DatasetActions,
  ) {}

  title(): string {
    return vscode.l10n.t('Training sets: {0}', this.project.name);
  }

  watch(changed: () => void): vscode.Disposable[] {
    return [
      this.context.projects.onDidChange(
        ({ project, part }) => project === this.project && part === 'datasets' && changed(),
      ),
    ];
  }

  async push(page: PageConnection): Promise<void> {
    const { datasets } = this.project;
    if (datasets) await page.notify(DatasetPanelPushed.list, { revision: page.next(), list: datasets });
  }

  show(page: PageConnection, name: string | null): void {
    this.focus = name;
    if (name) void page.notify(DatasetPanelPushed.focus, { name });
  }

  answer(host: PageHost): void {
    const { page } = host;
    const { project, actions } = this;
    const { server, shell } = this.context;
    const of = { project: project.path };
    page.answer(Page.ready, async () => {
      const [list] = await Promise.all([
        server.ask(DatasetServer.list, of),
        project.state ?? project.load(),
        project.corpus,
      ]);
      // Told once: a page that is rebuilt later shows what the person looked at last.
      const { focus } = this;
      this.focus = null;
      return {
        ...host.welcome(),
        list: list ?? NONE,
        methods: (project.state?.methods ?? []).map(({ id, label }) => ({ id, label })),
        documents: (project.corpus?.documents ?? []).map(({ id, title }) => ({ id, title })),
        focus,
      };
    });
    page.answer(Page.rows, (asked, token) => server.ask(DatasetServer.rows, { ...of, ...asked }, { token }));
    page.answer(Page.lengths, (asked, token) => server.ask(DatasetServer.lengths, { ...of, ...asked }, { token }));
    page.answer(Page.build, async () => ({ started: await unlessDeclined(actions.build(project), false) }));
    page.answer(Page.train, async ({ name }) => ({
      started: await unlessDeclined(actions.train(project, name), false),
    }));
    page.answer(Page.export, async ({ name, format }) => {
      const done = await unlessDeclined(actions.export(project, name, format), undefined);
      return { folder: done?.folder ?? null, files: done?.files ?? [] };
    });
    page.answer(Page.remove, async ({ name }) => ({
      removed: await unlessDeclined(actions.remove(project, name), false),
    }));
    page.answer(Page.openSample, ({ sample }) => actions.openSample(project, sample));
    page.answer(Page.openFolder, ({ name }) => actions.openFolder(project, name));
    page.answer(Page.save, (file) => savePageFile(this.context, project, file));
    page.answer(Page.showLog, () => shell.log.show());
  }
}

export type DatasetPanels = ProjectPanels<string | null, DatasetPanel>;

/** @param actions - asked for when a panel is opened: the flows need the panels and the panels the flows */
export function datasetPanels(context: EditorContext, actions: () => DatasetActions): DatasetPanels {
  return new ProjectPanels(context, {
    id: 'smt.dataset',
    name: vscode.l10n.t('Training sets'),
    state: DatasetPanelState,
    content: (project) => new DatasetPanel(context, project, actions()),
  });
}
