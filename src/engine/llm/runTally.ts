import type { Lane } from './lane.ts';
import { RateMeter } from './rateMeter.ts';
import { ReasonCounts, type RunState } from './runState.ts';
import type { Outcome } from './types.ts';

/** The breaker looks at the last outcomes: more than half failed for good, and the run pauses. */
const BREAKER = { window: 200, least: 20, share: 0.5 };
const STATE_MS = 100;

/** Counts of one run, and the circuit breaker that watches them. */
export class RunTally {
  readonly retried = new ReasonCounts();
  readonly failures = new ReasonCounts();
  readonly meter = new RateMeter();
  readonly #counts = { answered: 0, failed: 0, gaveUp: 0, inputTokens: 0, outputTokens: 0, cost: 0, unpriced: 0 };
  readonly #recent: boolean[] = [];
  #recentFailed = 0;
  #toldAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  /**
   * Counts an outcome. Gives a sentence when too many requests have failed for good: a reason to pause, never to end
   * silently. What is tried again does not count.
   */
  settled(outcome: Outcome): string | undefined {
    if (outcome.kind === 'gave_up') {
      this.#counts.gaveUp++;
      this.failures.add(outcome.reason);
      return this.#watch(false, outcome.message);
    }
    const { error, smt } = outcome.completion;
    this.#counts.inputTokens += smt.input_tokens;
    this.#counts.outputTokens += smt.output_tokens;
    if (smt.cost === null) this.#counts.unpriced++;
    else this.#counts.cost += smt.cost;
    this.#counts[outcome.kind]++;
    if (outcome.kind === 'failed') this.failures.add(error?.code ?? 'unknown');
    return this.#watch(outcome.kind === 'answered', error?.message ?? '');
  }

  /** Tells the state now, or a little later where it was told less than 100 ms ago. */
  tell(listener: () => void, now: number): void {
    const wait = this.#toldAt + STATE_MS - now;
    if (wait <= 0) {
      this.#toldAt = now;
      listener();
    } else {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#toldAt = performance.now();
        listener();
      }, wait);
    }
  }

  stopTelling(): void {
    clearTimeout(this.#timer);
  }

  state(lanes: readonly Lane[], inFlight: number, now: number): RunState {
    const rates = this.meter.rates(now);
    const { unpriced, cost, ...counts } = this.#counts;
    return {
      ...counts,
      inFlight,
      retried: this.retried.record(),
      requestsPerSecond: rates?.count ?? null,
      outputTokensPerSecond: rates?.amount ?? null,
      cost: unpriced > 0 ? null : cost,
      endpoints: Object.fromEntries(
        lanes.map((lane) => [
          lane.endpoint.id,
          { in_flight: lane.inFlight, limit: lane.controller.limit, state: lane.stateWord(now) },
        ]),
      ),
    };
  }

  #watch(good: boolean, message: string): string | undefined {
    this.#recent.push(good);
    if (!good) this.#recentFailed++;
    if (this.#recent.length > BREAKER.window && this.#recent.shift() === false) this.#recentFailed--;
    const share = this.#recentFailed / this.#recent.length;
    if (good || this.#recentFailed < BREAKER.least || share <= BREAKER.share) return undefined;
    return `${this.#recentFailed} of the last ${this.#recent.length} requests failed for good, e.g. ${message}`;
  }
}
