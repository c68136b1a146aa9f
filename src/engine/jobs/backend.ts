/**
 * What places a job somewhere and lets go of it. A backend only places files, starts one command, tails and stops;
 * everything the editor shows comes from the run directory. SSH, Slurm, Ray and HF Jobs are further implementations.
 */
export interface JobBackend {
  readonly id: string;
  /**
   * Starts `job run DIR` detached from the caller and hands the keys over on stdin, nowhere else.
   * Resolves once the process exists.
   */
  start(dir: string, keys: Readonly<Record<string, string>>): Promise<void>;
  /** Whether the process that this run directory names still runs. */
  state(dir: string): Promise<'alive' | 'gone' | 'unknown'>;
  /** Cooperative first (`stop` file), then TERM, then KILL. Idempotent; resolves when asked, not when stopped. */
  stop(dir: string, force: boolean): Promise<void>;
}
