const BUCKETS = 10;

/** Events and an amount a second over the last ten seconds; time in ms comes in as an argument. */
export class RateMeter {
  readonly #counts = new Float64Array(BUCKETS);
  readonly #amounts = new Float64Array(BUCKETS);
  #second = 0;
  #since: number | undefined;

  add(now: number, amount: number): void {
    this.#advance(now);
    const bucket = this.#second % BUCKETS;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#amounts[bucket] = (this.#amounts[bucket] ?? 0) + amount;
  }

  /** Per second, or null before there is a second to speak of. */
  rates(now: number): { count: number; amount: number } | null {
    if (this.#since === undefined || now - this.#since < 1000) return null;
    this.#advance(now);
    const seconds = Math.min((now - this.#since) / 1000, BUCKETS - 1 + (now % 1000) / 1000);
    const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0) / seconds;
    return { count: sum(this.#counts), amount: sum(this.#amounts) };
  }

  #advance(now: number): void {
    const second = Math.floor(now / 1000);
    if (this.#since === undefined) {
      this.#since = now;
      this.#second = second;
    }
    for (let step = 0; this.#second < second && step < BUCKETS; step++) {
      this.#second++;
      this.#counts[this.#second % BUCKETS] = 0;
      this.#amounts[this.#second % BUCKETS] = 0;
    }
    this.#second = Math.max(second, this.#second);
  }
}
