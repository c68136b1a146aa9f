import type { PlannedRequest, RequestSource } from './types.ts';

/** A planned request on its way, with the attempts it has used up. */
export interface Job {
  readonly request: PlannedRequest;
  attempts: number;
}

/** Affinities remembered; older ones may move to another endpoint, which costs a prefix cache and nothing else. */
const MOST_OWNERS = 8192;

/**
 * Deals requests to endpoints ("lanes") so that those of one document window go to one endpoint, for its prefix
 * cache. Whoever is free takes the next window; what belongs to another lane waits in that lane's queue, up to a
 * bounded look-ahead; a lane with nothing left takes over a whole window from the longest queue.
 */
export class LaneQueues {
  readonly #source: RequestSource;
  readonly #open: (lane: number) => boolean;
  readonly #queues: Job[][];
  readonly #owners = new Map<string, number>();
  readonly #lookAhead: number;
  #queued = 0;
  #ended = false;

  constructor(source: RequestSource, lanes: number, open: (lane: number) => boolean, lookAhead: number) {
    this.#source = source;
    this.#open = open;
    this.#queues = Array.from({ length: lanes }, () => []);
    this.#lookAhead = lookAhead;
  }

  /** Nothing is queued and the plan is through. */
  get ended(): boolean {
    return this.#ended && this.#queued === 0;
  }

  /** A job for this lane, or why there is none now. */
  take(lane: number): Job | 'wait' | 'end' {
    const own = this.#queues[lane]?.shift();
    if (own) {
      this.#queued--;
      return own;
    }
    const fresh = this.#pull(lane);
    if (typeof fresh !== 'string') return fresh;
    return this.#steal(lane) ?? (this.ended ? 'end' : fresh);
  }

  /** A job that was not sent, or was refused without using an attempt: first in its lane again. */
  putBack(lane: number, job: Job): void {
    this.#queues[lane]?.unshift(job);
    this.#queued++;
  }

  #pull(lane: number): Job | 'wait' {
    while (!this.#ended && this.#queued < this.#lookAhead) {
      const next = this.#source.next();
      if (next === 'wait') return 'wait';
      if (next === 'end') {
        this.#ended = true;
        return 'wait';
      }
      const job: Job = { request: next, attempts: 0 };
      if (this.#queues.length === 1) return job;
      const owner = this.#owners.get(next.affinity);
      if (owner === undefined || owner === lane || !this.#open(owner)) {
        this.#own(next.affinity, lane);
        return job;
      }
      this.#queues[owner]?.push(job);
      this.#queued++;
    }
    return 'wait';
  }

  #steal(lane: number): Job | undefined {
    let longest: Job[] = [];
    for (const [other, queue] of this.#queues.entries()) {
      if (other !== lane && queue.length > longest.length) longest = queue;
    }
    const last = longest.at(-1);
    if (!last) return undefined;
    const { affinity } = last.request;
    this.#own(affinity, lane);
    const moved = longest.filter((job) => job.request.affinity === affinity);
    const kept = longest.filter((job) => job.request.affinity !== affinity);
    longest.splice(0, longest.length, ...kept);
    this.#queues[lane]?.push(...moved);
    this.#queued--;
    return this.#queues[lane]?.shift();
  }

  #own(affinity: string, lane: number): void {
    this.#owners.delete(affinity);
    this.#owners.set(affinity, lane);
    if (this.#owners.size > MOST_OWNERS) {
      const [oldest] = this.#owners.keys();
      if (oldest !== undefined) this.#owners.delete(oldest);
    }
  }
}
