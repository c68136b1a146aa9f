import type { AnswerFilter, AnswerPage, AnswerRow } from '../../../src/contract/results.ts';
import { ResultsPage } from '../../../src/contract/resultsRpc.ts';
import { asFailure, type Failure } from '../../../src/contract/rpcConnection.ts';
import type { Asking } from '../../asking.ts';

export const PAGE_ROWS = 100;

export type ListStatus = { is: 'idle' } | { is: 'loading' } | { is: 'ready' } | { is: 'failed'; failure: Failure };

/** The questions that pass a filter, loaded page by page as they come into sight. */
export class AnswerList {
  status: ListStatus = { is: 'idle' };
  total = 0;
  outcomes: AnswerPage['outcomes'] | undefined;
  private pages = new Map<number, readonly AnswerRow[]>();
  private loads = new Set<number>();
  private generation = 0;
  private filter: AnswerFilter = {};

  constructor(
    private readonly ask: Asking['ask'],
    private readonly changed: () => void,
  ) {}

  at(index: number): AnswerRow | undefined {
    return this.pages.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS];
  }

  /** Position of a question among the loaded rows. */
  indexOf(id: string): number | undefined {
    for (const [page, rows] of this.pages) {
      const at = rows.findIndex((row) => row.id === id);
      if (at >= 0) return page * PAGE_ROWS + at;
    }
    return undefined;
  }

  /** Another filter, or the same again after the answers changed: what is there stays until the new page is. */
  async show(filter: AnswerFilter): Promise<void> {
    this.filter = filter;
    const generation = ++this.generation;
    if (this.status.is !== 'ready') this.status = { is: 'loading' };
    this.changed();
    try {
      const answer = await this.ask(ResultsPage.answers, { filter, offset: 0, limit: PAGE_ROWS });
      if (generation !== this.generation) return;
      this.pages = new Map([[0, answer.rows]]);
      this.loads = new Set();
      this.take(answer);
    } catch (error) {
      if (generation === this.generation) this.fail(error);
    }
  }

  /** Rows `first` to `last` are in sight. */
  look(first: number, last: number): void {
    for (let page = Math.floor(first / PAGE_ROWS); page <= Math.floor(last / PAGE_ROWS); page++) {
      if (!this.pages.has(page) && !this.loads.has(page) && page * PAGE_ROWS < this.total) void this.load(page);
    }
  }

  private async load(page: number): Promise<void> {
    const { generation, filter } = this;
    this.loads.add(page);
    try {
      const answer = await this.ask(ResultsPage.answers, { filter, offset: page * PAGE_ROWS, limit: PAGE_ROWS });
      if (generation !== this.generation) return;
      this.pages.set(page, answer.rows);
      this.take(answer);
    } catch (error) {
      if (generation === this.generation) this.fail(error);
    }
  }

  private take({ total, outcomes }: AnswerPage): void {
    this.total = total;
    this.outcomes = outcomes;
    this.status = { is: 'ready' };
    this.changed();
  }

  private fail(error: unknown): void {
    const failure = asFailure(error);
    if (failure.code === 'cancelled') return;
    this.status = { is: 'failed', failure };
    this.changed();
  }
}
