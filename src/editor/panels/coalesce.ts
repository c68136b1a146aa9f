/**
 * At most one call per `intervalMs`, the first at once and the last never lost. `work` is not run twice at a time: a
 * call during one runs once more after it. Pure but for timers.
 */
export class Coalesced {
  private timer: NodeJS.Timeout | undefined;
  private wanted = false;
  private busy = false;
  private last = Number.NEGATIVE_INFINITY;
  private ended = false;

  constructor(
    private readonly intervalMs: number,
    private readonly work: () => Promise<void>,
  ) {}

  request(): void {
    this.wanted = true;
    if (this.busy || this.timer || this.ended) return;
    const wait = Math.max(0, this.last + this.intervalMs - Date.now());
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.run();
    }, wait);
  }

  dispose(): void {
    this.ended = true;
    clearTimeout(this.timer);
  }

  private async run(): Promise<void> {
    this.busy = true;
    this.wanted = false;
    this.last = Date.now();
    try {
      await this.work();
    } finally {
      this.busy = false;
      if (this.wanted) this.request();
    }
  }
}
