import { z } from 'zod';
import { type DatasetManifest, DatasetName, type ExportFormat } from '../../../src/contract/dataset.ts';
import { DatasetPanel, type DatasetPanelInit, DatasetPanelPushed } from '../../../src/contract/datasetPanel.ts';
import { DatasetList, type DatasetPage } from '../../../src/contract/datasetRpc.ts';
import { asFailure, type Failure } from '../../../src/contract/rpcConnection.ts';
import type { PageHost } from '../../pageHost.ts';
import { PageState } from '../../pageState.ts';
import { idle, Latest, type Resource, refreshing, valueIn } from '../../resource.ts';
import { freshUiState, ROWS_A_PAGE, revived, turned, type UiState } from '../state/uiState.ts';

const Pushed = z.object({ revision: z.number().int(), list: DatasetList });
const Focus = z.object({ name: DatasetName });
type Lengths = z.infer<typeof DatasetPanel.lengths.result>['lengths'];

/** The dataset page's one state: the list, the chosen set, its lengths and a page of its rows. */
export class DatasetView extends PageState<DatasetPanelInit, UiState> {
  ui: UiState = freshUiState('');
  list: DatasetList = { revision: 0, datasets: [], problems: [] };
  page: Resource<DatasetPage> = idle;
  lengths: Resource<Lengths> = idle;
  problem: Failure | null = null;
  notice = '';
  private readonly pages = new Latest();
  private readonly histograms = new Latest();
  /** Name and hash of what `page` and `lengths` belong to. */
  private shown = '';

  constructor(host: PageHost) {
    super(host, DatasetPanel.ready);
    this.onSnapshot(DatasetPanelPushed.list, Pushed, ({ list }) => {
      this.list = list;
      this.load();
    });
    this.onPush(DatasetPanelPushed.focus, Focus, ({ name }) => this.choose(name));
    this.listen();
  }

  /** The chosen set, else the newest. */
  get manifest(): DatasetManifest | undefined {
    return this.list.datasets.find(({ name }) => name === this.ui.name) ?? this.list.datasets[0];
  }

  methodLabel(id: string): string {
    return this.init?.methods.find((method) => method.id === id)?.label ?? id;
  }

  documentTitle(id: string): string {
    return this.init?.documents.find((document) => document.id === id)?.title || id;
  }

  choose(name: string): void {
    if (name === this.manifest?.name) return;
    this.keep({ name, split: 'train', offset: 0 });
    this.load();
  }

  showSplit(split: UiState['split']): void {
    if (split === this.ui.split) return;
    this.keep({ split, offset: 0 });
    void this.loadPage();
  }

  turn(to: Parameters<typeof turned>[2]): void {
    const total = valueIn(this.page)?.total ?? 0;
    const offset = turned(this.ui.offset, total, to);
    if (offset === this.ui.offset) return;
    this.keep({ offset });
    void this.loadPage();
  }

  async export(format: ExportFormat): Promise<void> {
    const name = this.manifest?.name;
    if (!name) return;
    const done = await this.attempt(() => this.ask(DatasetPanel.export, { name, format }));
    if (done?.folder) this.say(`${done.files.length} files were written to ${done.folder}.`);
  }

  dismissProblem(): void {
    this.problem = null;
    this.changed();
  }

  protected opened(init: DatasetPanelInit, remembered: unknown): void {
    this.ui = revived(remembered, init.project);
    this.list = init.list;
    if (init.focus) this.ui = { ...this.ui, name: init.focus, offset: 0 };
    this.load();
  }

  protected failed(failure: Failure | null): void {
    this.problem = failure;
  }

  private say(notice: string): void {
    this.notice = notice;
    this.changed();
  }

  /** Rows and lengths of the chosen set, unless they are its own already. */
  private load(): void {
    const { manifest } = this;
    const wanted = manifest ? `${manifest.name} ${manifest.hash}` : '';
    if (wanted === this.shown) return;
    this.shown = wanted;
    this.page = idle;
    this.lengths = idle;
    if (!manifest) return;
    this.persist();
    void this.loadPage();
    void this.loadLengths(manifest.name);
  }

  private async loadPage(): Promise<void> {
    const { manifest } = this;
    if (!manifest) return;
    const { split, offset } = this.ui;
    this.page = refreshing(this.page);
    this.changed();
    try {
      const got = await this.pages.run((token) =>
        this.ask(DatasetPanel.rows, { name: manifest.name, split, offset, limit: ROWS_A_PAGE }, token),
      );
      if (!got.superseded) this.page = { status: 'ready', value: got.value };
    } catch (error) {
      this.page = { status: 'failed', failure: asFailure(error) };
    }
    this.changed();
  }

  private async loadLengths(name: string): Promise<void> {
    this.lengths = { status: 'loading' };
    try {
      const got = await this.histograms.run((token) => this.ask(DatasetPanel.lengths, { name }, token));
      if (!got.superseded) this.lengths = { status: 'ready', value: got.value.lengths };
    } catch (error) {
      this.lengths = { status: 'failed', failure: asFailure(error) };
    }
    this.changed();
  }
}
