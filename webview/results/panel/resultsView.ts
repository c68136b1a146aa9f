import { z } from 'zod';
import { JobStatus } from '../../../src/contract/events.ts';
import {
  type AnswerDetail,
  type AnswerFilter,
  type BreakdownRow,
  type Comparison,
  type FourCells,
  type ResultCell,
  ResultsSummary,
  type TaughtBy,
} from '../../../src/contract/results.ts';
import { ResultsPage, type ResultsPanelInit, ResultsPushed } from '../../../src/contract/resultsRpc.ts';
import { asFailure, type Failure } from '../../../src/contract/rpcConnection.ts';
import type { Notice } from '../../pageFrame.ts';
import type { PageHost } from '../../pageHost.ts';
import { PageState } from '../../pageState.ts';
import { idle, Latest, type Resource, refreshing } from '../../resource.ts';
import { freshUiState, revived, type Tab, type UiState } from '../state/uiState.ts';
import { fourKey } from '../state/wording.ts';
import { AnswerList } from './answerList.ts';

const Pushed = z.object({ revision: z.number().int(), summary: ResultsSummary, jobs: z.array(JobStatus) });
const ANNOUNCE_MS = 5_000;
/** Cells whose answers stand beside each other in the detail. */
const MOST_CELLS = 6;

/** The Results page's one state: what the engine found. A newer summary asks again for what is shown. */
export class ResultsView extends PageState<ResultsPanelInit, UiState> {
  ui: UiState = freshUiState('');
  summary: ResultsSummary | null = null;
  jobs: readonly JobStatus[] = [];
  comparison: Resource<Comparison> = idle;
  rows: Resource<readonly BreakdownRow[]> = idle;
  detail: Resource<AnswerDetail> = idle;
  taught: Resource<TaughtBy> = idle;
  notice: Notice | null = null;
  readonly list: AnswerList;

  private readonly comparing = new Latest();
  private readonly breaking = new Latest();
  private readonly detailing = new Latest();
  private readonly teaching = new Latest();
  private announced = 0;

  constructor(host: PageHost) {
    super(host, ResultsPage.ready);
    this.list = new AnswerList(this.ask, () => this.changed());
    this.onSnapshot(ResultsPushed.snapshot, Pushed, (snapshot) => this.received(snapshot));
    this.listen();
  }

  cell(id: string | null): ResultCell | undefined {
    return this.summary?.cells.find((cell) => cell.id === id);
  }

  /** The table of four cells in sight: the chosen one, else the model with most tokens. */
  get four(): FourCells | undefined {
    const { fours = [], scaling = [] } = this.summary ?? {};
    const size = ({ model }: FourCells) =>
      Math.max(
        0,
        ...scaling.flatMap(({ points }) => points.filter((point) => point.model === model).map(({ tokens }) => tokens)),
      );
    return fours.find((four) => fourKey(four) === this.ui.four) ?? fours.toSorted((a, b) => size(b) - size(a))[0];
  }

  /** The two cells whose answers are listed: the chosen ones, else trained closed-book and base with RAG. */
  get pair(): { first: string | null; second: string | null } {
    const { four, summary } = this;
    const known = (id: string | null) => (id !== null && this.cell(id) ? id : null);
    // Where only the general panel was asked there is no table of four cells, but there are answers.
    const ids = four
      ? [four.trained_closed_book, four.base_rag, four.base_closed_book, four.trained_rag]
      : (summary?.cells ?? []).map(({ id }) => id);
    const first = known(this.ui.first) ?? ids.find((id) => id !== null) ?? null;
    const second = known(this.ui.second) ?? ids.find((id) => id !== null && id !== first) ?? null;
    return { first, second };
  }

  /** Cells of the table in sight and the chosen ones, each once: what breakdowns and answers are shown for. */
  get shownCells(): ResultCell[] {
    const { four, pair } = this;
    const ids = [
      four?.base_closed_book,
      four?.base_rag,
      four?.trained_closed_book,
      four?.trained_rag,
      pair.first,
      pair.second,
    ];
    return [...new Set(ids)].flatMap((id) => this.cell(id ?? null) ?? []).slice(0, MOST_CELLS);
  }

  show(tab: Tab): void {
    this.keep({ tab });
    this.refresh();
  }

  chooseFour(key: string): void {
    this.keep({ four: key, first: null, second: null, question: null });
    this.refresh();
  }

  choosePair(pair: { first?: string; second?: string }): void {
    this.keep(pair);
    this.refresh();
  }

  setFilter(part: Partial<AnswerFilter>): void {
    const filter = { ...this.ui.filter, ...part };
    this.keep({ filter });
    void this.list.show(this.wanted());
  }

  clearFilter(): void {
    this.keep({ filter: {} });
    void this.list.show(this.wanted());
  }

  /** Answers of one kind: from a figure to what is behind it. */
  openAnswers(filter: AnswerFilter): void {
    this.keep({ tab: 'answers', filter, question: null });
    this.refresh();
  }

  async open(question: string): Promise<void> {
    const same = this.ui.question === question;
    this.keep({ question });
    const cells = this.shownCells.map(({ id }) => id);
    if (cells.length === 0) return;
    if (!same) this.detail = { status: 'loading' };
    await Promise.all([
      this.load(
        this.detailing,
        this.detail,
        (detail) => (this.detail = detail),
        (token) => this.ask(ResultsPage.detail, { question, cells }, token),
      ),
      this.load(
        this.teaching,
        same ? this.taught : idle,
        (taught) => (this.taught = taught),
        (token) => this.ask(ResultsPage.taughtBy, { question }, token),
      ),
    ]);
  }

  /** Work in the editor that says in a sentence what it did; null: the person dismissed it. */
  async tell(work: () => Promise<{ said: string | null }>): Promise<void> {
    const done = await this.attempt(work);
    if (done?.said) this.say(done.said);
  }

  /** Rewrites of the passage behind the answer. Only the question's id leaves the page. */
  async generateForPassage(question: string): Promise<void> {
    const done = await this.attempt(() => this.ask(ResultsPage.generateForPassage, { question }));
    if (done) this.say(done.message);
  }

  say(text: string): void {
    this.notice = { tone: 'done', text };
    this.changed();
  }

  dismiss(): void {
    this.notice = null;
    this.changed();
  }

  protected opened(init: ResultsPanelInit, remembered: unknown): void {
    this.ui = revived(remembered, init.project);
    this.summary = init.summary;
    this.jobs = init.jobs;
    this.persist();
    this.refresh();
  }

  protected failed(failure: Failure | null): void {
    this.notice = failure && { tone: 'problem', failure };
  }

  private wanted(): AnswerFilter {
    const { first, second } = this.pair;
    const cell = this.cell(first) ?? this.cell(second);
    return {
      ...this.ui.filter,
      ...(cell ? { benchmark: cell.benchmark, split: cell.split } : {}),
      ...(first ? { first } : {}),
      ...(second ? { second } : {}),
    };
  }

  /** Asks again for what the tab in sight shows. */
  private refresh(): void {
    const { first, second } = this.pair;
    const { tab, by, question } = this.ui;
    if (first && second && tab !== 'breakdown') {
      void this.load(
        this.comparing,
        this.comparison,
        (comparison) => (this.comparison = comparison),
        (token) => this.ask(ResultsPage.compare, { first: second, second: first }, token),
      );
    }
    const cells = this.shownCells.map(({ id }) => id);
    if (tab === 'breakdown' && cells.length > 0) {
      void this.load(
        this.breaking,
        this.rows,
        (rows) => (this.rows = rows),
        async (token) => (await this.ask(ResultsPage.breakdown, { by, cells }, token)).rows,
      );
    }
    if (tab === 'answers' && cells.length > 0) {
      void this.list.show(this.wanted());
      if (question) void this.open(question);
    }
  }

  setBy(by: UiState['by']): void {
    this.keep({ by });
    this.refresh();
  }

  private async load<T>(
    latest: Latest,
    now: Resource<T>,
    set: (resource: Resource<T>) => void,
    work: Parameters<Latest['run']>[0] extends (token: infer Token) => unknown ? (token: Token) => Promise<T> : never,
  ): Promise<void> {
    set(refreshing(now));
    this.changed();
    try {
      const outcome = await latest.run(work);
      if (outcome.superseded) return;
      set({ status: 'ready', value: outcome.value });
    } catch (error) {
      const failure = asFailure(error);
      if (failure.code !== 'cancelled') set({ status: 'failed', failure });
    }
    this.changed();
  }

  private received({ jobs, summary }: z.infer<typeof Pushed>): void {
    const before = this.summary;
    this.jobs = jobs;
    this.summary = summary;
    if (before?.revision === summary.revision) return;
    if (Date.now() - this.announced > ANNOUNCE_MS) {
      this.announced = Date.now();
      this.announcement = `${summary.answers} answers to ${summary.questions} questions`;
    }
    this.refresh();
  }
}
