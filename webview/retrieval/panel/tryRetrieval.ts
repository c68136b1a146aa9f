import type { z } from 'zod';
import type { RetrievalQuality, RetrievedChunk } from '../../../src/contract/retrieval.ts';
import {
  RetrievalPanel,
  type RetrievalPanelInit,
  RetrievalPanelPushed,
  RetrievalSnapshot,
  type Retrieved,
} from '../../../src/contract/retrievalRpc.ts';
import { asFailure, type Failure } from '../../../src/contract/rpcConnection.ts';
import type { PageHost } from '../../pageHost.ts';
import { PageState } from '../../pageState.ts';
import { idle, Latest, type Resource, refreshing, valueIn } from '../../resource.ts';
import { freshUiState, overrideOf, revived, type Side, type UiState } from '../state/sides.ts';

/** The Try Retrieval page's one state: a question, one or two settings, and what each finds. */
export class TryRetrieval extends PageState<RetrievalPanelInit, UiState> {
  ui: UiState = freshUiState('');
  found: [Resource<Retrieved>, Resource<Retrieved>] = [idle, idle];
  /** Of the first setting, on benchmarks with known evidence. */
  quality: Resource<RetrievalQuality[]> = idle;
  problem: Failure | null = null;
  /** The question that is shown, which may not be the one in the field any more. */
  asked = '';
  private readonly requests = [new Latest(), new Latest()] as const;

  constructor(host: PageHost) {
    super(host, RetrievalPanel.ready);
    this.onSnapshot(RetrievalPanelPushed.snapshot, RetrievalSnapshot, (snapshot) => this.received(snapshot));
    this.listen();
  }

  /** There is something to search. */
  get searchable(): boolean {
    const init = this.init;
    return init?.trusted === true && init.overview.indexed.some(({ chunks }) => chunks > 0);
  }

  /** Another setting of a column; what is shown is searched again. */
  setSide(index: 0 | 1, part: Partial<Side>): void {
    const [one, two] = this.ui.sides;
    this.keep({ sides: index === 0 ? [{ ...one, ...part }, two] : [one, { ...two, ...part }] });
    if (index === 0) this.quality = idle;
    if (this.asked) void this.searchSide(index, this.asked);
  }

  setCompare(compare: boolean): void {
    this.keep({ compare });
    if (compare && this.asked) void this.searchSide(1, this.asked);
  }

  /** Searches with every column that is shown. */
  async search(): Promise<void> {
    const query = this.ui.query.trim();
    if (!query) return;
    this.asked = query;
    this.problem = null;
    await Promise.all([this.searchSide(0, query), ...(this.ui.compare ? [this.searchSide(1, query)] : [])]);
    const counts = this.shown.map((found) => valueIn(found)?.chunks.length).filter((count) => count !== undefined);
    if (counts.length > 0) this.announce(`${counts.join(' and ')} passages found`);
  }

  /** One column, or both. */
  get shown(): Resource<Retrieved>[] {
    return this.ui.compare ? [...this.found] : [this.found[0]];
  }

  otherSide(index: 0 | 1): readonly RetrievedChunk[] | undefined {
    return this.ui.compare ? valueIn(this.found[index === 0 ? 1 : 0])?.chunks : undefined;
  }

  async build(side: 0 | 1 = 0): Promise<void> {
    await this.attempt(async () => {
      const { started } = await this.ask(RetrievalPanel.build, { settings: overrideOf(this.ui.sides[side]) });
      this.announce(started ? 'Building the index' : 'Not started');
    });
  }

  async tune(): Promise<void> {
    await this.attempt(async () => {
      const { started } = await this.asking.ask(RetrievalPanel.tune, null);
      this.announce(started ? 'Tuning on the dev split' : 'Not started');
    });
  }

  /** Measures the first setting; a second call puts the figures away. */
  async measure(): Promise<void> {
    if (this.quality.status === 'ready') {
      this.quality = idle;
      this.changed();
      return;
    }
    this.quality = { status: 'loading' };
    this.changed();
    try {
      const { rows } = await this.ask(RetrievalPanel.quality, { settings: overrideOf(this.ui.sides[0]) });
      this.quality = { status: 'ready', value: rows };
      this.announcement = 'Measured';
    } catch (error) {
      this.quality = idle;
      this.problem = asFailure(error);
    }
    this.changed();
  }

  async stop(run: string): Promise<void> {
    await this.attempt(async () => {
      await this.ask(RetrievalPanel.stopJob, { run });
    });
  }

  async openSource({ document, start, end }: RetrievedChunk): Promise<void> {
    await this.attempt(async () => {
      await this.ask(RetrievalPanel.openSource, { document, start, end });
    });
  }

  async showLog(): Promise<void> {
    await this.attempt(async () => {
      await this.ask(RetrievalPanel.showLog, null);
    });
  }

  dismiss(): void {
    this.problem = null;
    this.changed();
  }

  protected opened(init: RetrievalPanelInit, remembered: unknown): void {
    this.ui = revived(remembered, init.project);
    // A page that was hidden shows again what it showed.
    if (this.ui.query.trim() && this.searchable) void this.search();
  }

  protected failed(failure: Failure | null): void {
    if (failure) this.problem = failure;
  }

  private async searchSide(index: 0 | 1, query: string): Promise<void> {
    this.found[index] = refreshing(this.found[index]);
    this.changed();
    try {
      const outcome = await this.requests[index].run((token) =>
        this.ask(RetrievalPanel.retrieve, { query, settings: overrideOf(this.ui.sides[index]) }, token),
      );
      if (outcome.superseded) return;
      this.found[index] = { status: 'ready', value: outcome.value };
    } catch (error) {
      this.found[index] = { status: 'failed', failure: asFailure(error) };
    }
    this.changed();
  }

  private received(snapshot: z.infer<typeof RetrievalSnapshot>): void {
    const before = this.init;
    if (!before) return;
    this.session = { status: 'ready', value: { ...before, ...snapshot } };
    // What is shown was found in another index.
    const { fingerprint } = snapshot.overview.state;
    if (fingerprint !== before.overview.state.fingerprint && fingerprint !== null && this.asked) void this.search();
  }

  private announce(text: string): void {
    this.announcement = text;
    this.changed();
  }
}
