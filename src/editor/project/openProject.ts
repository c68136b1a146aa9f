import * as vscode from 'vscode';
import type { CorpusSnapshot } from '../../contract/corpus.ts';
import { type DatasetList, DatasetServer } from '../../contract/datasetRpc.ts';
import type { JobStatus } from '../../contract/events.ts';
import { type ProjectState, Server } from '../../contract/rpc.ts';
import type { SampleCounts } from '../../contract/samplesView.ts';
import type { Checkpoint } from '../../contract/training.ts';
import { TrainingServer } from '../../contract/trainingRpc.ts';
import { sentenceOf } from '../platform/failure.ts';
import type { EngineServer } from '../server/engineServer.ts';

/** What of a project changed. */
export type Part = 'state' | 'corpus' | 'counts' | 'jobs' | 'datasets' | 'checkpoints';

/** Where a resource stands; a failed one says why. */
export type Loading = { kind: 'loading' } | { kind: 'ready' } | { kind: 'failed'; reason: string };

/**
 * One project folder as the editor knows it: the latest complete answers of the engine, never computed here. An answer
 * that was overtaken by a newer question is dropped.
 */
export class OpenProject {
  state: ProjectState | undefined;
  corpus: CorpusSnapshot | undefined;
  counts: SampleCounts | undefined;
  jobs: readonly JobStatus[] = [];
  datasets: DatasetList | undefined;
  checkpoints: readonly Checkpoint[] = [];
  loading: Loading = { kind: 'loading' };
  /** The engine has answered `jobs/list` at least once. */
  jobsKnown = false;
  /** The last decision can be taken back, one of an earlier session too: the engine reads it off the reviews. */
  canUndo = false;
  private asked: Record<Part, number> = {
    state: 0,
    corpus: 0,
    counts: 0,
    jobs: 0,
    datasets: 0,
    checkpoints: 0,
  };
  private made = '';
  private jobsRevision = -1;

  constructor(
    readonly folder: vscode.Uri,
    private readonly server: EngineServer,
    private readonly changed: (project: OpenProject, part: Part) => void,
  ) {}

  /** The folder's path, which is the project's id in every request. */
  get path(): string {
    return this.folder.fsPath;
  }

  get name(): string {
    return this.state?.name ?? this.folder.path.split('/').at(-1) ?? this.path;
  }

  get file(): vscode.Uri {
    return vscode.Uri.joinPath(this.folder, 'smt.yaml');
  }

  get ready(): boolean {
    return this.state?.state === 'ready';
  }

  /** Asks for everything again: after opening, an edit of smt.yaml, or a restart of the engine. */
  async load(): Promise<void> {
    await this.newest(
      'state',
      () => this.server.ask(Server.openProject, { project: this.path }),
      (state) => {
        this.state = state;
        this.canUndo = state.can_undo ?? false;
      },
    );
    if (!this.ready) {
      this.corpus = undefined;
      this.counts = undefined;
      this.changed(this, 'corpus');
      return;
    }
    // Each is drawn as it arrives; reading many documents takes longest.
    await Promise.all([
      this.loadJobs(),
      this.loadCorpus(),
      this.loadCounts(),
      this.loadDatasets(),
      this.loadCheckpoints(),
    ]);
  }

  loadCorpus(refresh = false): Promise<void> {
    return this.newest(
      'corpus',
      () => this.server.ask(Server.corpus, { project: this.path, refresh }),
      (corpus) => {
        this.corpus = corpus;
      },
    );
  }

  loadCounts(): Promise<void> {
    return this.newest(
      'counts',
      () => this.server.ask(Server.sampleCounts, { project: this.path }),
      (counts) => {
        this.counts = counts;
      },
    );
  }

  loadDatasets(): Promise<void> {
    return this.newest(
      'datasets',
      () => this.server.ask(DatasetServer.list, { project: this.path }),
      (datasets) => {
        this.datasets = datasets;
      },
    );
  }

  loadCheckpoints(): Promise<void> {
    return this.newest(
      'checkpoints',
      () => this.server.ask(TrainingServer.checkpoints, { project: this.path }),
      ({ checkpoints }) => {
        this.checkpoints = checkpoints;
      },
    );
  }

  loadJobs(): Promise<void> {
    return this.newest(
      'jobs',
      () => this.server.ask(Server.jobs, { project: this.path }),
      ({ revision, jobs }) => this.takeJobs(revision, jobs),
    );
  }

  /** A pushed snapshot. */
  setJobs(revision: number, jobs: readonly JobStatus[]): void {
    this.takeJobs(revision, jobs);
    this.changed(this, 'jobs');
  }

  /** Revisions start again with the engine. */
  forgetRevisions(): void {
    this.jobsRevision = -1;
  }

  private takeJobs(revision: number, jobs: readonly JobStatus[]): void {
    if (revision < this.jobsRevision) return;
    this.jobsRevision = revision;
    this.jobs = jobs;
    this.jobsKnown = true;
    this.lookForResults();
  }

  /** What mix and train jobs leave behind is listed again when one of them ends or begins another phase. */
  private lookForResults(): void {
    const of = (kind: JobStatus['kind']) =>
      this.jobs.filter((job) => job.kind === kind).map(({ run, state, phase }) => `${run} ${state} ${phase}`);
    const made = [...of('mix'), ...of('train')].join('\n');
    const before = this.made;
    this.made = made;
    if (before === made || before === '') return;
    void this.loadDatasets();
    void this.loadCheckpoints();
  }

  private async newest<T>(part: Part, question: () => Promise<T>, take: (answer: T) => void): Promise<void> {
    const mine = ++this.asked[part];
    try {
      const answer = await question();
      if (mine !== this.asked[part]) return;
      take(answer);
      if (part === 'state' || part === 'corpus') this.loading = { kind: 'ready' };
    } catch (error) {
      if (mine !== this.asked[part]) return;
      if (error instanceof vscode.CancellationError) return;
      // A project without its training sets is still a project: their view says why they are not there.
      if (part === 'datasets' || part === 'checkpoints') return;
      this.loading = { kind: 'failed', reason: sentenceOf(error) };
    }
    this.changed(this, part);
  }
}
