import { z } from 'zod';
import { type DatasetManifest, DatasetName, type ExportFormat } from '../../../src/contract/dataset.ts';
import { DatasetPanel, type DatasetPanelInit, DatasetPanelPushed } from '../../../src/contract/datasetPanel.ts';
import { DatasetList, type DatasetPage } from '../../../src/contract/datasetRpc.ts';
import { asFailure, type Failure } from '../../../src/contract/rpcConnection.ts';
import type { PageHost } from '../../pageHost.ts';
import { idle, Latest, type Resource, refreshing, valueIn } from '../../resource.ts';
import { type Asking, connectToEditor } from '../../samples/panel/asking.ts';
import { freshUiState, ROWS_A_PAGE, revived, turned, type UiState } from '../state/uiState.ts';

const Pushed = z.object({ revision: z.number().int(), list: DatasetList });
const Focus = z.object({ name: DatasetName });
type Lengths = z.infer<typeof DatasetPanel.lengths.result>['lengths'];

/** The dataset page's one state: the list, the chosen set, its lengths and a page of its rows. */
export class DatasetView {
  session: Resource<DatasetPanelInit> = idle;
  ui: UiState = freshUiState('');
  list: DatasetList = { revision: 0, datasets: [], problems: [] };
  page: Resource<DatasetPage> = idle;
  lengths: Resource<Lengths> = idle;
  problem: Failure | null = null;
  notice = '';
  private readonly listeners = new Set<() => void>();
  private readonly asking: Asking;
  private readonly pages = new Latest();
  private readonly histograms = new Latest();
  private revision = -1;
  /** Name and hash of what `page` and `lengths` belong to. */
  private shown = '';

  constructor(private readonly host: PageHost) {
    this.asking = connectToEditor(host.port, (message) => console.warn(message));
    this.asking.connection.onNotification(DatasetPanelPushed.list, (raw) => this.received(raw));
    this.asking.connection.onNotification(DatasetPanelPushed.focus, (raw) => {
      const { data } = Focus.safeParse(raw);
      if (data) this.choose(data.name);
    });
    this.asking.connection.listen();
  }

  get ask(): Asking['ask'] {
    return this.asking.ask;
  }

  get init(): DatasetPanelInit | undefined {
    return valueIn(this.session);
  }

  get trusted(): boolean {
    return this.init?.trusted ?? false;
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

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  changed(): void {
    for (const listener of this.listeners) listener();
  }

  async start(): Promise<void> {
    this.session = { status: 'loading' };
    this.changed();
    const remembered = this.host.readState();
    try {
      const init = await this.ask(DatasetPanel.ready, { state: remembered ?? null });
      this.session = { status: 'ready', value: init };
      this.ui = revived(remembered, init.project);
      this.list = init.list;
      this.revision = init.revision;
      if (init.focus) this.ui = { ...this.ui, name: init.focus, offset: 0 };
      this.load();
    } catch (error) {
      this.session = { status: 'failed', failure: asFailure(error) };
    }
    this.changed();
  }

  choose(name: string): void {
    if (name === this.manifest?.name) return;
    this.update({ name, split: 'train', offset: 0 });
    this.load();
  }

  showSplit(split: UiState['split']): void {
    if (split === this.ui.split) return;
    this.update({ split, offset: 0 });
    void this.loadPage();
  }

  turn(to: Parameters<typeof turned>[2]): void {
    const total = valueIn(this.page)?.total ?? 0;
    const offset = turned(this.ui.offset, total, to);
    if (offset === this.ui.offset) return;
    this.update({ offset });
    void this.loadPage();
  }

  async export(format: ExportFormat): Promise<void> {
    const name = this.manifest?.name;
    if (!name) return;
    const done = await this.attempt(() => this.ask(DatasetPanel.export, { name, format }));
    if (done?.folder) this.say(`${done.files.length} files were written to ${done.folder}.`);
  }

  /** Something a person asked for: a failure is shown at the foot. */
  async attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    this.problem = null;
    try {
      return await work();
    } catch (error) {
      const failure = asFailure(error);
      if (failure.code !== 'cancelled') this.problem = failure;
      return undefined;
    } finally {
      this.changed();
    }
  }

  dismissProblem(): void {
    this.problem = null;
    this.changed();
  }

  private persist(): void {
    if (this.ui.project !== '') this.host.writeState(this.ui);
  }

  private say(notice: string): void {
    this.notice = notice;
    this.changed();
  }

  private update(part: Partial<UiState>): void {
    this.ui = { ...this.ui, ...part };
    this.persist();
    this.changed();
  }

  private received(raw: unknown): void {
    const { data } = Pushed.safeParse(raw);
    if (!data || data.revision <= this.revision) return;
    this.revision = data.revision;
    this.list = data.list;
    this.load();
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
