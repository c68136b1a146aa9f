import { asFailure, type Failure } from '../../../src/contract/rpcConnection.ts';
import type { Sample } from '../../../src/contract/sample.ts';
import { Panel } from '../../../src/contract/samplesPanel.ts';
import type { SampleFilter } from '../../../src/contract/samplesView.ts';
import type { Ask } from '../../asking.ts';
import { Latest } from '../../resource.ts';
import { normalFilter } from '../state/filter.ts';
import {
  indexOf,
  missingPages,
  noPages,
  PAGE_ROWS,
  type Pages,
  pageOf,
  reconcile,
  STRETCH_ROWS,
  sampleAt,
  withPage,
} from '../state/pages.ts';
import { idsInSteps } from './idsInSteps.ts';

export type ListStatus = { is: 'loading' } | { is: 'ready' } | { is: 'failed'; failure: Failure };

export interface ListChanged {
  /** The rows were loaded anew: positions may be different. */
  readonly reloaded: boolean;
}

/**
 * The list of samples that pass the filter: loaded by the page, kept at rest while somebody reads, brought up to date
 * when new samples arrive. What is on the screen is never mixed from two revisions.
 */
export class SampleList {
  filter: SampleFilter = {};
  status: ListStatus = { is: 'loading' };
  pages: Pages = noPages;
  /** First row of the stretch that can be scrolled (more than `STRETCH_ROWS` rows do not fit in one). */
  stretch = 0;
  /** What changed behind a list at rest: shown as a chip until the person asks for it. */
  behind: { added: number } | null = null;
  /** New samples below what is shown, that did not move anything. */
  below = 0;

  private visible = { first: 0, last: 0 };
  private readonly loads = new Map<number, Promise<void>>();
  private readonly refreshes = new Latest();
  private generation = 0;

  constructor(
    private readonly ask: Ask,
    private readonly changed: (what: ListChanged) => void,
    /** True while somebody reads or works in the list, so that it must not move. */
    private readonly inUse: () => boolean,
  ) {}

  get total(): number {
    return this.pages.total;
  }

  /** Rows in the stretch that is scrolled now. */
  get rows(): number {
    return Math.max(0, Math.min(STRETCH_ROWS, this.total - this.stretch));
  }

  at(index: number): Sample | undefined {
    return sampleAt(this.pages, index);
  }

  indexOf(id: string): number | undefined {
    return indexOf(this.pages, id);
  }

  find(id: string): Sample | undefined {
    const index = this.indexOf(id);
    return index === undefined ? undefined : this.at(index);
  }

  /** Another filter: the old answers are dropped, also those that are still on their way. */
  async show(filter: SampleFilter, around = 0): Promise<void> {
    this.filter = normalFilter(filter);
    this.generation += 1;
    this.loads.clear();
    this.refreshes.cancel();
    this.behind = null;
    this.below = 0;
    this.status = { is: 'loading' };
    this.stretch = Math.floor(around / STRETCH_ROWS) * STRETCH_ROWS;
    this.changed({ reloaded: false });
    await this.reload(around);
  }

  /** Rows that are on the screen: loads what is missing there, and a little around. */
  look(first: number, last: number): void {
    this.visible = { first, last };
    if (this.total === 0 || this.status.is !== 'ready') return;
    const missing = missingPages(this.pages, first, last);
    if (missing.length === 0) return;
    if (this.behind !== null) {
      void this.catchUp();
      return;
    }
    for (const page of missing) void this.load(page);
  }

  async load(page: number): Promise<void> {
    const running = this.loads.get(page);
    if (running) return running;
    const generation = this.generation;
    const load = (async () => {
      try {
        const answer = await this.askPage(page);
        if (generation !== this.generation) return;
        if (answer.revision > this.pages.revision && this.pages.pages.size > 0) {
          void this.refresh('push');
          return;
        }
        this.pages = withPage(this.pages, answer);
        this.changed({ reloaded: false });
      } catch (error) {
        if (generation === this.generation) this.fail(error);
      } finally {
        if (generation === this.generation) this.loads.delete(page);
      }
    })();
    this.loads.set(page, load);
    return load;
  }

  /**
   * Something changed at the host. After a push, a list in use is left as it is when rows would move; after the
   * person's own decision it always follows.
   */
  async refresh(cause: 'push' | 'own'): Promise<void> {
    if (this.status.is === 'loading') return;
    const first = pageOf(this.visible.first);
    const last = Math.min(pageOf(Math.max(this.visible.last, this.visible.first)), first + 3);
    try {
      const outcome = await this.refreshes.run(() =>
        Promise.all(Array.from({ length: last - first + 1 }, (_, at) => this.askPage(first + at))),
      );
      if (outcome.superseded) return;
      const next = reconcile(this.pages, outcome.value);
      if (next.pages.revision < this.pages.revision) return;
      const moves = next.kind === 'shifted' && this.total > 0;
      if (moves && cause === 'push' && this.inUse()) {
        this.behind = { added: Math.max(0, next.added) };
        this.changed({ reloaded: false });
        return;
      }
      this.loads.clear();
      this.generation += 1;
      this.pages = next.pages;
      this.status = { is: 'ready' };
      this.behind = null;
      if (cause === 'push' && next.added > 0 && next.pages.total > this.visible.last + 1) this.below += next.added;
      this.changed({ reloaded: moves });
    } catch (error) {
      this.fail(error);
    }
  }

  /** The held-back changes, with `anchor` staying where it is now if it can be found. Returns its new position. */
  async catchUp(anchor?: string): Promise<number | undefined> {
    this.behind = null;
    let index: number | undefined;
    if (anchor !== undefined) {
      const found = (await this.ids()).indexOf(anchor);
      index = found >= 0 ? found : undefined;
    }
    this.generation += 1;
    this.loads.clear();
    await this.reload(index ?? this.visible.first);
    return index;
  }

  /** Ids at positions first … last, loaded or not. */
  async idsBetween(first: number, last: number): Promise<string[]> {
    const loaded: string[] = [];
    for (let index = first; index <= last; index += 1) {
      const sample = this.at(index);
      if (!sample) return this.ids({ offset: first, limit: last - first + 1 });
      loaded.push(sample.id);
    }
    return loaded;
  }

  /** Ids of everything that passes the filter, or of a stretch of it. */
  ids(stretch: { offset?: number; limit?: number } = {}): Promise<string[]> {
    const { filter } = this;
    return idsInSteps((step) => this.ask(Panel.sampleIds, { filter, ...step }), stretch);
  }

  /** Another stretch of a list that is too long to scroll as one, loaded around one of its rows. */
  async showStretch(stretch: number, around = stretch): Promise<void> {
    this.stretch = stretch;
    this.generation += 1;
    this.loads.clear();
    await this.reload(around);
  }

  private async reload(around: number): Promise<void> {
    const generation = this.generation;
    try {
      const page = pageOf(around);
      const answers = await Promise.all([this.askPage(page), ...(page > 0 ? [this.askPage(page - 1)] : [])]);
      if (generation !== this.generation) return;
      this.pages = reconcile(noPages, answers).pages;
      this.visible = { first: around, last: around };
      this.status = { is: 'ready' };
      this.below = 0;
      this.changed({ reloaded: true });
    } catch (error) {
      if (generation === this.generation) this.fail(error);
    }
  }

  private askPage(page: number) {
    return this.ask(Panel.samples, { filter: this.filter, offset: page * PAGE_ROWS, limit: PAGE_ROWS });
  }

  private fail(error: unknown): void {
    const failure = asFailure(error);
    if (failure.code === 'cancelled') return;
    this.status = { is: 'failed', failure };
    this.changed({ reloaded: false });
  }
}
