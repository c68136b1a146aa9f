import { join } from 'node:path';
import type { JobStatus } from '../contract/events.ts';
import { hasEnded } from '../engine/jobs/index.ts';
import { isHere } from '../engine/train/index.ts';
import type { OpenedProject } from './openedProject.ts';

/** A follower that could not even begin (no such target any more) is tried again after this long. */
const AGAIN_MS = 30_000;
/** One that found nothing to follow yet. */
const SOON_MS = 2_000;

/**
 * Keeps the mirrors of runs on other machines up to date while an editor is open: one follower a run that has not
 * ended. Closing them changes nothing where the runs are.
 */
export class Followers {
  readonly #running = new Map<string, AbortController>();
  readonly #resting = new Map<string, number>();
  readonly #log: (message: string) => void;

  constructor(log: (message: string) => void) {
    this.#log = log;
  }

  /** Called with every list of jobs; starts what is missing. */
  ensure(opened: OpenedProject, jobs: readonly JobStatus[], onChange: () => void): void {
    for (const job of jobs) {
      if (isHere(job.target) || hasEnded(job)) continue;
      const dir = join(opened.paths.runs, job.run);
      if (this.#running.has(dir) || (this.#resting.get(dir) ?? 0) > Date.now()) continue;
      const stop = new AbortController();
      this.#running.set(dir, stop);
      void opened.backend
        .follow(dir, stop.signal, {
          onChange,
          onReach: (reach) =>
            this.#log(
              reach.reachable ? `${job.target} answers again.` : `${job.target} does not answer: ${reach.message}`,
            ),
        })
        .then(
          () => SOON_MS,
          (error: unknown) => {
            this.#log(`run ${job.run}: ${error instanceof Error ? error.message : String(error)}`);
            return AGAIN_MS;
          },
        )
        .then((rest) => {
          this.#running.delete(dir);
          this.#resting.set(dir, Date.now() + rest);
          onChange();
          if (!stop.signal.aborted) setTimeout(onChange, rest + 50).unref();
        });
    }
  }

  close(): void {
    for (const stop of this.#running.values()) stop.abort();
    this.#running.clear();
  }
}
