import type { JobStatus } from '../../contract/events.ts';

/** What is known of the process behind a run. `unknown`: it is on another machine and nobody has looked yet. */
export type ProcessState = 'alive' | 'gone' | 'unknown';

/** What came over from the machine that runs the job. Complete each time: views redraw from the run directory. */
export interface FollowHooks {
  /** The run directory on this machine changed. */
  onChange?: () => void;
  /** The run directory here is as it was there a moment ago. Called again and again. */
  onRound?: () => void;
  /** The machine does not answer, or answers again. */
  onReach?: (reach: { reachable: true } | { reachable: false; since: number; message: string }) => void;
}

/**
 * What places a job somewhere and lets go of it. A backend only places files, starts one command, tails, stops and
 * fetches; everything the editor shows comes from the run directory on this machine, which a remote backend keeps as
 * a mirror. Local processes and SSH implement it; Slurm (`sbatch` instead of `setsid`, over the same SSH), Ray and HF
 * Jobs (REST instead of a shell, events from the driver's log) come behind the same seven calls, and one test suite
 * (test/unit/jobs/backendBehaviour.ts) says what each must do.
 *
 * Truth about the end of a run is never the backend's: `done` event > `exit` file > what `state` says.
 */
export interface JobBackend {
  /** `local`, or the id of the target. */
  readonly id: string;
  /**
   * Places what the job needs, starts one command detached from the caller and hands the keys over on stdin, nowhere
   * else. Resolves once the process exists. A run whose process is there already is not started twice.
   * @throws JobProblem with what to do; the run directory is then as it was, and can be started again.
   */
  start(dir: string, keys: Readonly<Record<string, string>>): Promise<void>;
  /** Whether the process that this run directory names still runs, as last seen. Asks no other machine. */
  state(dir: string): Promise<ProcessState>;
  /**
   * `force` false: the `stop` file, obeyed at the job's next step, with a checkpoint. True: TERM to the process group,
   * KILL ten seconds later, also when the caller is gone by then. Idempotent; resolves when asked, not when stopped.
   */
  stop(dir: string, force: boolean): Promise<void>;
  /**
   * Keeps the run directory here as the job's machine has it, byte for byte, until the run has ended or `signal`
   * fires; survives cut connections. Several processes may follow one run: one of them writes. A local backend has
   * nothing to carry and only waits.
   */
  follow(dir: string, signal: AbortSignal, hooks?: FollowHooks): Promise<void>;
  /**
   * Brings a folder of the run (`out/model`, `out/eval`, `out/checkpoints/12`) to this machine, goes on where an
   * earlier fetch ended, and checks every file's SHA-256.
   * @returns its path here
   */
  fetch(
    dir: string,
    folder: string,
    signal?: AbortSignal,
    onBytes?: (done: number, total: number) => void,
  ): Promise<string>;
  /** Removes a folder of the run where it lies, or with `.` everything the run left on the job's machine. */
  remove(dir: string, folder: string): Promise<void>;
}

/** A state that does not change any more unless somebody resumes the run. */
export function hasEnded(status: Pick<JobStatus, 'state'>): boolean {
  return ENDED.has(status.state);
}

const ENDED = new Set<JobStatus['state']>(['succeeded', 'failed', 'cancelled', 'paused', 'lost']);
