import { z } from 'zod';
import type { Grounding } from '../../../src/contract/conversation.ts';
import { JobStatus } from '../../../src/contract/events.ts';
import { JobPanel, type JobPanelInit, JobPanelPushed, type RunAction } from '../../../src/contract/jobPanel.ts';
import type { Failure } from '../../../src/contract/rpcConnection.ts';
import { asFailure } from '../../../src/contract/rpcConnection.ts';
import { MOST_POINTS, type RunSnapshot } from '../../../src/contract/trainingRpc.ts';
import { slots } from '../../charts/index.ts';
import type { PageHost } from '../../pageHost.ts';
import { PageState } from '../../pageState.ts';
import { axisFor } from '../state/curves.ts';
import { isReduced, withDetail } from '../state/detail.ts';
import { type Axis, freshUiState, revived, type UiState } from '../state/uiState.ts';
import { isLive } from '../state/wording.ts';
import { Talk } from './talk.ts';

const Pushed = z.object({ revision: z.number().int(), jobs: z.array(JobStatus) });
/** A snapshot is a whole answer: one a second is enough for the eye. */
const REFRESH_MS = 1_000;
const DETAIL_MS = 250;

/**
 * The Job page's one state: the run, those laid over it, and how the person looks at them. The host owns the jobs;
 * curves are asked for again when a job's status says that there is more.
 */
export class RunView extends PageState<JobPanelInit, UiState> {
  ui: UiState = freshUiState('', '');
  jobs: readonly JobStatus[] = [];
  problem: Failure | null = null;
  /** Closer looks at the zoomed stretch, by run. */
  private readonly details = new Map<string, RunSnapshot>();
  private readonly snapshots = new Map<string, RunSnapshot>();
  private readonly wanted = new Set<string>();
  readonly talk: Talk;
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  private busy = false;

  constructor(host: PageHost) {
    super(host, JobPanel.ready);
    this.talk = new Talk(this.asking, () => this.changed());
    this.onSnapshot(JobPanelPushed.jobs, Pushed, ({ jobs }) => this.received(jobs));
    this.listen();
  }

  get job(): JobStatus | undefined {
    return this.jobs.find(({ run }) => run === this.ui.run) ?? this.snapshots.get(this.ui.run)?.status;
  }

  /** The run of this panel as last read. */
  get snapshot(): RunSnapshot | undefined {
    return this.snapshots.get(this.ui.run);
  }

  /** Runs whose curves could be laid over: same kind, another run, newest first. */
  get others(): readonly JobStatus[] {
    const kind = this.job?.kind;
    return this.jobs.filter((job) => job.kind === kind && job.run !== this.ui.run);
  }

  /** This run and those laid over it, with a closer look where one was asked for. */
  get shown(): RunSnapshot[] {
    const { zoom } = this.ui;
    return [this.ui.run, ...this.ui.overlaid].flatMap((run) => {
      const whole = this.snapshots.get(run);
      if (!whole) return [];
      const detail = zoom && this.details.get(run);
      return [detail ? withDetail(whole, detail, this.axis, zoom) : whole];
    });
  }

  /** The axis that is drawn: the wanted one where a run has values on it. */
  get axis(): Axis {
    return axisFor(this.ui.axis, [...this.snapshots.values()]);
  }

  setAxis(axis: Axis): void {
    if (axis === this.ui.axis) return;
    this.details.clear();
    this.keep({ axis, zoom: null });
  }

  setZoom(zoom: readonly [number, number] | null): void {
    this.details.clear();
    this.keep({ zoom: zoom ? [zoom[0], zoom[1]] : null });
    if (zoom) this.soon('detail', DETAIL_MS, () => void this.lookCloser());
  }

  setGrounding(grounding: Grounding): void {
    this.keep({ grounding });
  }

  setDraft(draft: string): void {
    this.keep({ draft: draft.slice(0, 8_000) });
  }

  setTable(table: boolean): void {
    this.keep({ as: table ? 'table' : 'chart' });
  }

  toggleMore(key: string): void {
    const { more } = this.ui;
    this.keep({ more: more.includes(key) ? more.filter((one) => one !== key) : [...more, key] });
  }

  /** Lays a run over this one, or takes it away. */
  toggleRun(run: string): void {
    const { overlaid } = this.ui;
    if (overlaid.includes(run)) this.keep({ overlaid: overlaid.filter((one) => one !== run) });
    else {
      this.keep({ overlaid: [...overlaid, run].slice(-20) });
      this.want([run]);
    }
  }

  async act(action: RunAction, run = this.ui.run): Promise<void> {
    await this.attempt(() => this.ask(JobPanel.act, { run, action }));
  }

  dismissProblem(): void {
    this.problem = null;
    this.changed();
  }

  override keep(part: Partial<UiState>): void {
    const { run, overlaid, slots: taken } = { ...this.ui, ...part };
    super.keep({ ...part, slots: { ...taken, ...slots([run, ...overlaid], taken) } });
  }

  protected opened(init: JobPanelInit, remembered: unknown): void {
    this.ui = revived(remembered, init.project, init.run);
    this.jobs = init.jobs;
    const known = new Set(init.jobs.map(({ run }) => run));
    this.keep({ overlaid: this.ui.overlaid.filter((run) => known.has(run)) });
    this.want([this.ui.run, ...this.ui.overlaid]);
    if (this.job?.kind === 'serve') void this.talk.open();
  }

  protected failed(failure: Failure | null): void {
    this.problem = failure;
  }

  private received(jobs: readonly JobStatus[]): void {
    this.jobs = jobs;
    if (this.job?.kind === 'serve' && this.talk.view.status === 'idle') void this.talk.open();
    const shown = [this.ui.run, ...this.ui.overlaid];
    this.want(
      shown.filter((run) => {
        const now = jobs.find((job) => job.run === run);
        const read = this.snapshots.get(run)?.status;
        return now && (!read || isLive(now) || now.updated !== read.updated || now.state !== read.state);
      }),
    );
  }

  private want(runs: readonly string[]): void {
    for (const run of runs) this.wanted.add(run);
    if (this.wanted.size === 0 || this.busy) return;
    // A run that is not drawn yet is read at once, one that goes on when the eye has had its second.
    const unread = [...this.wanted].some((run) => !this.snapshots.has(run));
    if (unread) void this.read();
    else if (!this.timers.has('refresh')) this.soon('refresh', REFRESH_MS, () => void this.read());
  }

  private async read(): Promise<void> {
    this.busy = true;
    clearTimeout(this.timers.get('refresh'));
    this.timers.delete('refresh');
    const runs = [...this.wanted];
    this.wanted.clear();
    for (const run of runs) {
      try {
        const snapshot = await this.ask(JobPanel.snapshot, { run, points: MOST_POINTS });
        if (snapshot.revision >= (this.snapshots.get(run)?.revision ?? -1)) this.snapshots.set(run, snapshot);
        if (run === this.ui.run && this.problem?.code === 'snapshot') this.problem = null;
      } catch (error) {
        const failure = asFailure(error);
        if (failure.code !== 'cancelled') this.problem = { ...failure, code: 'snapshot' };
      }
    }
    this.busy = false;
    this.changed();
    if (this.wanted.size > 0) this.want([]);
  }

  private async lookCloser(): Promise<void> {
    const { zoom } = this.ui;
    if (!zoom) return;
    const range = { axis: this.axis, from: zoom[0], to: zoom[1] };
    for (const run of [this.ui.run, ...this.ui.overlaid]) {
      const whole = this.snapshots.get(run);
      if (!whole || !isReduced(whole)) continue;
      const detail = await this.ask(JobPanel.snapshot, { run, points: MOST_POINTS, range }).catch(() => undefined);
      // Zoomed elsewhere meanwhile: this stretch is no longer looked at.
      if (detail && this.ui.zoom === zoom) this.details.set(run, detail);
    }
    this.changed();
  }

  private soon(what: string, ms: number, work: () => void): void {
    clearTimeout(this.timers.get(what));
    this.timers.set(
      what,
      setTimeout(() => {
        this.timers.delete(what);
        work();
      }, ms),
    );
  }
}
