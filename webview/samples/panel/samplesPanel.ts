import type { z } from 'zod';
import type { JobStatus } from '../../../src/contract/events.ts';
import { asFailure, type Failure } from '../../../src/contract/rpcConnection.ts';
import { Panel, PanelPushed, SamplesPanelInit } from '../../../src/contract/samplesPanel.ts';
import type { SampleCounts, SampleFilter } from '../../../src/contract/samplesView.ts';
import type { Notice } from '../../pageFrame.ts';
import type { PageHost } from '../../pageHost.ts';
import { PageState } from '../../pageState.ts';
import { idle, Latest, type Resource, refreshing, valueIn } from '../../resource.ts';
import { isUnfiltered, normalFilter, sameFilter } from '../state/filter.ts';
import { STRETCH_ROWS } from '../state/pages.ts';
import {
  afterReload,
  nothingSelected,
  onlyActive,
  range,
  type Selection,
  selectAll,
  selectOne,
  selectRange,
  targets,
  toggleOne,
} from '../state/selection.ts';
import { freshUiState, revived, type UiState } from '../state/uiState.ts';
import { plural } from '../state/wording.ts';
import { AuditRun } from './auditRun.ts';
import { Inspected } from './inspected.ts';
import { SampleList } from './sampleList.ts';

export type Dialog =
  | { show: 'shortcuts' }
  | { show: 'note'; samples: readonly string[] }
  | { show: 'question'; document: string }
  | { show: 'draft'; goOn: () => void };

const Snapshot = SamplesPanelInit.pick({ revision: true, counts: true, jobs: true, can_undo: true });
const PERSIST_MS = 150;
const COUNTS_MS = 400;
const REFRESH_MS = 500;

/**
 * The Samples page's one state: counts, jobs, list, details, and how the person looks at them. Everything a person does
 * to samples is in `decisions.ts`.
 */
export class SamplesPanel extends PageState<SamplesPanelInit, UiState> {
  ui: UiState = freshUiState('');
  /** Of the whole project. */
  counts: SampleCounts | null = null;
  /** Of the samples that pass the filter, when there is one. */
  matching: Resource<SampleCounts> = idle;
  jobs: readonly JobStatus[] = [];
  canUndo = false;
  selection: Selection = nothingSelected;
  dialog: Dialog | null = null;
  notice: Notice | null = null;
  /** The person clicked, typed or scrolled in the list: it must not move by itself. */
  engaged = false;

  readonly list: SampleList;
  readonly inspected: Inspected;
  readonly audit: AuditRun;

  private readonly matchings = new Latest();
  private timers = new Map<string, ReturnType<typeof setTimeout>>();
  private announced = 0;

  constructor(host: PageHost) {
    super(host, Panel.ready);
    const changed = () => this.changed();
    this.list = new SampleList(
      this.ask,
      ({ reloaded }) => this.listChanged(reloaded),
      () => this.engaged,
    );
    this.inspected = new Inspected(this.ask, changed);
    this.audit = new AuditRun(this.ask, () => {
      this.rememberAudit();
      changed();
    });
    this.onSnapshot(PanelPushed.snapshot, Snapshot, (snapshot) => this.received(snapshot));
    this.onPush(PanelPushed.focus, SamplesPanelInit.shape.focus, (focus) => void this.focus(focus));
    this.listen();
  }

  methodLabel(id: string): string {
    return this.init?.methods.find((method) => method.id === id)?.label ?? id;
  }

  documentTitle(id: string): string {
    return this.init?.documents.find((document) => document.id === id)?.title ?? id;
  }

  /** Those of the corpus, and those that only samples remember. */
  get documents(): readonly { id: string; title: string }[] {
    const known = this.init?.documents ?? [];
    const ids = new Set(known.map((document) => document.id));
    const gone = (this.counts?.documents ?? []).filter((made) => !ids.has(made.document));
    return [...known, ...gone.map((made) => ({ id: made.document, title: made.document }))];
  }

  /** What a right-click or a tree node wants to be seen. */
  async focus(focus: SamplesPanelInit['focus']): Promise<void> {
    if (focus.audit) {
      await this.audit.start();
      return;
    }
    if (this.audit.open) this.audit.close();
    if (focus.document !== undefined) this.showDocument(focus.document);
    if (focus.filter !== undefined || focus.document !== undefined)
      await this.setFilter(focus.filter ?? { documents: focus.document === undefined ? [] : [focus.document] });
    else if (this.list.status.is === 'loading') await this.list.show(this.ui.filter, this.ui.top);
    if (focus.sample !== undefined) await this.reveal(focus.sample);
  }

  async setFilter(filter: SampleFilter): Promise<void> {
    const next = normalFilter(filter);
    if (sameFilter(next, this.ui.filter) && this.list.status.is === 'ready') return;
    this.keep({ filter: next, top: 0 });
    this.persist();
    this.engaged = false;
    this.matching = isUnfiltered(next) ? idle : refreshing(this.matching);
    this.countMatching(0);
    await this.list.show(next);
  }

  /** Selects a sample wherever it is: in the list if it passes the filter, else alone in the details. */
  async reveal(id: string): Promise<void> {
    const index = this.list.indexOf(id) ?? (await this.list.catchUp(id));
    this.engaged = true;
    if (index !== undefined) this.activate(selectOne(index, id));
    else this.activate({ active: { id, index: this.selection.active?.index ?? 0 }, anchor: null, ids: new Set([id]) });
  }

  /** A new selection; asks first when words would be lost. */
  activate(selection: Selection): void {
    const from = this.selection.active?.id;
    const to = selection.active?.id;
    const draft = this.ui.draft;
    if (draft !== null && from !== to && draft.sample === from) {
      this.dialog = {
        show: 'draft',
        goOn: () => {
          this.keep({ draft: null });
          this.activate(selection);
        },
      };
      this.changed();
      return;
    }
    this.selection = selection;
    const active = selection.active;
    if (active) {
      const stretch = Math.floor(active.index / STRETCH_ROWS) * STRETCH_ROWS;
      if (stretch !== this.list.stretch) void this.list.showStretch(stretch, active.index);
    }
    if (from !== to) this.keep({ active, document: null });
    this.openWhatIsShown();
    this.changed();
  }

  /** A click on a row. */
  async pick(index: number, how: { extend: boolean; toggle: boolean }): Promise<void> {
    const sample = this.list.at(index);
    if (!sample) return;
    this.engaged = true;
    if (how.extend) await this.extendTo(index, sample.id);
    else if (how.toggle) this.activate(toggleOne(this.selection, index, sample.id));
    else this.activate(selectOne(index, sample.id));
  }

  async extendTo(index: number, id: string): Promise<void> {
    const { first, last } = range(this.selection, index);
    await this.attempt(async () => {
      const ids = await this.list.idsBetween(first, last);
      this.activate(selectRange(this.selection, index, id, ids));
    });
  }

  async selectEverything(): Promise<void> {
    await this.attempt(async () => {
      const ids = await this.list.ids();
      this.selection = selectAll(this.selection, ids);
      this.announce(`${plural(ids.length, 'sample')} selected`);
      this.changed();
    });
  }

  selectOnlyActive(): void {
    this.selection = onlyActive(this.selection);
    this.changed();
  }

  get targets(): string[] {
    return targets(this.selection);
  }

  showDocument(id: string): void {
    this.keep({ document: id });
    void this.inspected.openDocument(id);
  }

  /** Remembered soon: this state changes with every key and every scrolled row. */
  override keep(part: Partial<UiState>): void {
    this.ui = { ...this.ui, ...part };
    this.later('persist', PERSIST_MS, () => this.persist());
    this.changed();
  }

  announce(text: string): void {
    this.announcement = text;
    this.changed();
  }

  protected async opened(init: SamplesPanelInit, remembered: unknown): Promise<void> {
    this.ui = revived(remembered, init.project);
    this.take(init);
    this.selection = this.ui.active ? selectOne(this.ui.active.index, this.ui.active.id) : nothingSelected;
    this.engaged = this.ui.active !== null;
    const { filter, sample, document, audit } = init.focus;
    const focused = filter !== undefined || sample !== undefined || document !== undefined || audit === true;
    if (focused) await this.focus(init.focus);
    else {
      await this.list.show(this.ui.filter, this.ui.top);
      if (this.ui.audit) await this.audit.start(this.ui.audit.id, this.ui.audit.at);
    }
    this.openWhatIsShown();
  }

  protected failed(failure: Failure | null): void {
    if (failure) this.notice = { tone: 'problem', failure };
  }

  private received(snapshot: z.infer<typeof Snapshot>): void {
    this.take(snapshot);
    // The snapshot's own revision orders snapshots; that of its counts is the store's, like that of every page.
    const { revision } = snapshot.counts;
    // A store that counts from the beginning again is a restarted server's: nothing that is shown can be compared.
    if (revision < this.list.pages.revision) void this.list.show(this.ui.filter, this.ui.top);
    else if (revision > this.list.pages.revision)
      this.later('refresh', REFRESH_MS, () => {
        void this.list.refresh('push');
        this.inspected.refresh();
        this.countMatching(COUNTS_MS);
      });
  }

  private take(snapshot: Pick<SamplesPanelInit, 'counts' | 'jobs' | 'can_undo'>): void {
    const before = this.counts?.total;
    this.counts = snapshot.counts;
    this.jobs = snapshot.jobs;
    this.canUndo = snapshot.can_undo;
    const more = before === undefined ? 0 : snapshot.counts.total - before;
    if (more > 0 && Date.now() - this.announced > 5000) {
      this.announced = Date.now();
      this.announcement = `${plural(snapshot.counts.total, 'sample')} now`;
    }
  }

  private listChanged(reloaded: boolean): void {
    const { list } = this;
    if (reloaded) {
      this.selection = afterReload(
        this.selection,
        (id) => list.indexOf(id),
        (index) => list.at(index)?.id,
        list.total,
      );
    }
    if (this.selection.active === null && list.status.is === 'ready') {
      const first = list.at(list.stretch);
      if (first) this.selection = selectOne(list.stretch, first.id);
    }
    if (this.selection.active?.id !== this.ui.active?.id) this.keep({ active: this.selection.active });
    this.openWhatIsShown();
    this.countMatching(COUNTS_MS);
    this.changed();
  }

  /** Details and source follow the active sample, unless the person chose another document. */
  private openWhatIsShown(): void {
    const active = this.selection.active?.id ?? null;
    if (active !== this.inspected.sample) void this.inspected.openSample(active);
    const document =
      this.ui.document ??
      (active === null ? undefined : this.list.find(active)?.document) ??
      valueIn(this.inspected.lineage)?.document.id ??
      this.init?.documents[0]?.id;
    if (document !== undefined && document !== this.inspected.document) void this.inspected.openDocument(document);
  }

  private countMatching(delay: number): void {
    if (isUnfiltered(this.ui.filter)) return;
    this.later('counts', delay, () => {
      void (async () => {
        try {
          const outcome = await this.matchings.run((token) =>
            this.ask(Panel.counts, { filter: this.ui.filter }, token),
          );
          if (!outcome.superseded) this.matching = { status: 'ready', value: outcome.value };
        } catch (error) {
          const failure = asFailure(error);
          if (failure.code !== 'cancelled') this.matching = { status: 'failed', failure };
        }
        this.changed();
      })();
    });
  }

  private rememberAudit(): void {
    const report = valueIn(this.audit.report);
    const audit = report ? { id: report.audit, at: this.audit.at } : null;
    if (this.audit.open && report === undefined) return;
    if (JSON.stringify(audit) !== JSON.stringify(this.ui.audit)) this.keep({ audit });
  }

  /** Runs `work` once after `ms`; a call in between does not postpone it. */
  private later(name: string, ms: number, work: () => void): void {
    if (this.timers.has(name)) return;
    this.timers.set(
      name,
      setTimeout(() => {
        this.timers.delete(name);
        work();
      }, ms),
    );
  }
}
