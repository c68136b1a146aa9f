/** What a run is doing now: a complete snapshot for progress lines and views. */
export interface RunState {
  inFlight: number;
  /** Settled in this run. */
  answered: number;
  failed: number;
  gaveUp: number;
  /** Attempts that were or will be tried again, by code (`429`, `500`, `timeout`, `reset` …). */
  retried: Record<string, number>;
  /** Over the last seconds; null before there is enough to say. */
  requestsPerSecond: number | null;
  outputTokensPerSecond: number | null;
  inputTokens: number;
  outputTokens: number;
  /** Dollars spent in this run; null where an endpoint has no price. */
  cost: number | null;
  endpoints: Record<string, { in_flight: number; limit: number; state: string }>;
}

/** Counts by reason, and the commonest of them. */
export class ReasonCounts {
  readonly #counts = new Map<string, number>();

  add(reason: string): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  top(count: number): { reason: string; count: number }[] {
    return [...this.#counts]
      .sort((a, b) => b[1] - a[1])
      .slice(0, count)
      .map(([reason, times]) => ({ reason, count: times }));
  }

  record(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }
}
