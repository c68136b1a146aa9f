import type { Job } from './laneQueues.ts';

/** Requests that failed on the way and wait for another try, the one due first in front. */
export class SalvageQueue {
  readonly #waiting: { due: number; job: Job }[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  /** Later tries wait longer: about 0.5 s, 2 s, 8 s, at most 30 s, with jitter. */
  add(job: Job, now: number, jitter = Math.random()): void {
    const delay = Math.min(30_000, 500 * 4 ** Math.max(0, job.attempts - 1)) * (0.75 + 0.5 * jitter);
    const entry = { due: now + delay, job };
    let at = this.#waiting.length;
    while (at > 0 && (this.#waiting[at - 1]?.due ?? 0) > entry.due) at--;
    this.#waiting.splice(at, 0, entry);
  }

  take(now: number): Job | undefined {
    const first = this.#waiting[0];
    if (!first || first.due > now) return undefined;
    this.#waiting.shift();
    return first.job;
  }

  /** Milliseconds until the first is due, or null. */
  dueIn(now: number): number | null {
    const first = this.#waiting[0];
    return first ? Math.max(0, first.due - now) : null;
  }
}
