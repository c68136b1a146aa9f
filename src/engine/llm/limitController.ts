/** Why the limit changed; the history is shown and logged. */
export interface LimitChange {
  /** Unix ms. */
  at: number;
  limit: number;
  reason: 'start' | 'doubling' | 'growth' | 'probe' | 'plateau' | 'rate_limited' | 'down' | 'retuned';
}

export interface ControllerSettings {
  /** First limit. */
  start: number;
  /** Never more than this. */
  max: number;
  /** Factor of a cut on 429. */
  cut: number;
  /** Share added per clean round once slow start is over. */
  growth: number;
  /** A doubling that raises output tokens a second by less than this share (twice in a row) has found the plateau. */
  plateauGain: number;
  /** Milliseconds without a 429 after which the remembered ceiling is forgotten. */
  ceilingMs: number;
  /** Milliseconds between steps beyond 0.95 × ceiling; a plateau is first tried again after a quarter of it. */
  probeMs: number;
  /** Cooldown after a 429 without Retry-After; doubles per episode in a row, up to a minute. */
  cooldownMs: number;
}

export const CONTROLLER_DEFAULTS: ControllerSettings = {
  start: 16,
  max: 256,
  cut: 0.75,
  growth: 0.05,
  plateauGain: 0.15,
  ceilingMs: 180_000,
  probeMs: 10_000,
  cooldownMs: 1000,
};

/** How many requests of a round must have been answered before the round is judged. */
const LEAST_ROUND = 16;
const HISTORY = 200;
/** Share of the ideal rise that is believed without a second look. */
const CLEAR_GAIN = 0.6;
const LONGEST_PROBE_WAIT = 60_000;

/** Where more requests in flight stopped bringing more tokens a second. */
interface Plateau {
  limit: number;
  /** Tokens a ms there. */
  rate: number;
  /** The limit stands half above it, on trial. */
  probing: boolean;
  /** The first round of the trial, in which the server's queue was still filling, is over. */
  settled: boolean;
  /** Milliseconds until the next trial. */
  wait: number;
}

/**
 * How many requests one (endpoint, model) may have in flight. Doubles per clean round until the first 429 or until
 * output tokens a second stop rising; then grows by max(1, 5 %) per clean round; × 0.75 once per episode of 429s, an
 * episode being the requests admitted before the cut (DataDesigner's admission epochs); fast up to 0.95 × the
 * remembered ceiling, slowly to 1.10 ×, and the ceiling is forgotten after some quiet minutes.
 *
 * Throughput is measured per round by Little's law, limit × Σ tokens ÷ Σ time in flight: right for bursts of answers
 * and for servers that queue, where raw latency (which follows output length) would mislead.
 * Pure: time comes in as an argument, in ms.
 */
export class LimitController {
  readonly settings: ControllerSettings;
  readonly history: LimitChange[] = [];
  /** Until then nothing is sent. */
  blockedUntil = 0;
  #limit: number;
  #epoch = 0;
  #doubling = true;
  #ceiling: number | undefined;
  #ceilingAt = 0;
  #plateau: Plateau | undefined;
  #changedAt: number;
  #episodes = 0;
  #release: { from: number; ms: number } | undefined;
  #jitter: () => number;

  #answers = 0;
  #tokens = 0;
  #ms = 0;
  #clean = true;
  #used = 0;
  /** Throughput of the last clean round while doubling. */
  #measured: { limit: number; rate: number } | undefined;
  #doubted = false;

  constructor(settings: Partial<ControllerSettings>, now: number, jitter: () => number = Math.random) {
    this.settings = { ...CONTROLLER_DEFAULTS, ...settings };
    this.#limit = Math.min(this.settings.start, this.settings.max);
    this.#changedAt = now;
    this.#jitter = jitter;
    this.#note(now, 'start');
  }

  /** The limit as it stands, cooldown aside. */
  get limit(): number {
    return Math.max(1, Math.floor(this.#limit));
  }

  /** Requests that may be in flight now: 0 while cooling down, rising again after it instead of all at once. */
  allowed(now: number): number {
    if (now < this.blockedUntil) return 0;
    if (!this.#release) return this.limit;
    const share = (now - this.#release.from) / this.#release.ms;
    if (share >= 1) {
      this.#release = undefined;
      return this.limit;
    }
    return Math.max(1, Math.ceil(this.limit * share));
  }

  /** Milliseconds until `allowed` may have risen, or null when time alone changes nothing. */
  wakeIn(now: number): number | null {
    if (now < this.blockedUntil) return this.blockedUntil - now;
    return this.#release ? Math.max(5, this.#release.ms / 20) : null;
  }

  /** Called at admission; the epoch goes with the request. */
  admit(): number {
    return this.#epoch;
  }

  /** An answer: its time in flight, its output tokens, and how many were in flight with it. */
  answered(epoch: number, ms: number, outputTokens: number, inFlight: number, now: number): void {
    this.#episodes = 0;
    if (epoch !== this.#epoch) return; // admitted under an earlier limit: says nothing about this one
    this.#answers++;
    this.#tokens += outputTokens;
    this.#ms += ms;
    this.#used = Math.max(this.#used, inFlight);
    // While doubling, the requests just let in are half of the limit and tell enough: one latency a round.
    const enough = this.#doubling && !this.#doubted ? this.limit / 2 : this.limit;
    if (this.#answers >= Math.max(enough, LEAST_ROUND)) this.#round(now);
  }

  /** A failure that is not a rate limit: growth waits for a clean round. A timeout is a sign of congestion. */
  faulted(congestion: boolean): void {
    this.#clean = false;
    if (congestion) this.#doubling = false;
  }

  rateLimited(epoch: number, retryAfter: number | null, now: number): void {
    this.#clean = false;
    const fresh = epoch === this.#epoch;
    if (fresh) {
      this.#ceiling = Math.min(this.#ceiling ?? Number.POSITIVE_INFINITY, this.limit);
      this.#ceilingAt = now;
      this.#doubling = false;
      this.#plateau = undefined;
      this.#set(Math.max(1, this.#limit * this.settings.cut), now, 'rate_limited');
      this.#episodes++;
    }
    const backoff = Math.min(60_000, this.settings.cooldownMs * 2 ** Math.max(0, this.#episodes - 1));
    // Retry-After in full, and never all at the same instant as everyone else who was told the same.
    const wait = (retryAfter ?? backoff) * 1.02 + this.#jitter() * Math.min(250, 0.1 * (retryAfter ?? backoff));
    if (retryAfter !== null || fresh) this.#block(now + wait, wait);
  }

  /** The endpoint was gone: begin again carefully, below where it was. */
  restart(now: number): void {
    this.#doubling = true;
    this.#measured = undefined;
    this.#plateau = undefined;
    this.#set(Math.max(1, Math.min(this.settings.start, this.#limit)), now, 'down');
  }

  /** Leaves the endpoint alone for a while, e.g. a 503 with Retry-After. */
  block(ms: number, now: number): void {
    this.#block(now + ms, ms);
  }

  /** A person changes the cap while it runs. */
  retune(max: number, now: number): void {
    this.settings.max = max;
    if (this.#limit > max) this.#set(max, now, 'retuned');
  }

  #block(until: number, wait: number): void {
    if (until <= this.blockedUntil) return;
    this.blockedUntil = until;
    this.#release = { from: until, ms: Math.min(1000, Math.max(20, wait / 2)) };
  }

  #round(now: number): void {
    const rate = this.#ms > 0 ? (this.limit * this.#tokens) / this.#ms : Number.POSITIVE_INFINITY;
    const used = this.#used >= this.#limit * 0.75;
    const clean = this.#clean;
    this.#reset();
    // A limit that is not used says nothing: never grow it.
    if (!clean || !used) return;
    if (this.#ceiling !== undefined && now - this.#ceilingAt > this.settings.ceilingMs) this.#ceiling = undefined;
    if (this.#doubling) this.#double(rate, now);
    else if (this.#plateau) this.#probePlateau(this.#plateau, rate, now);
    else this.#grow(now);
  }

  #double(rate: number, now: number): void {
    const before = this.#measured;
    // The requests just let in see a queue that is still filling: by them a server that queues looks a third faster
    // than it is. A clear rise is believed at once, anything less is measured again over a full round.
    const gain = this.#doubted ? this.settings.plateauGain : CLEAR_GAIN;
    if (before && this.#limit > before.limit && !this.#rises(before, rate, gain)) {
      if (!this.#doubted) {
        this.#doubted = true;
        return;
      }
      this.#doubted = false;
      this.#doubling = false;
      this.#plateau = { ...before, probing: false, settled: false, wait: this.settings.probeMs / 4 };
      this.#set(before.limit, now, 'plateau');
      return;
    }
    this.#doubted = false;
    this.#measured = { limit: this.#limit, rate };
    if (this.#limit < this.settings.max) this.#set(this.#limit * 2, now, 'doubling');
    else this.#doubling = false;
  }

  /** Did the higher limit bring at least the share of throughput that is worth it? */
  #rises(before: { limit: number; rate: number }, rate: number, gain: number): boolean {
    return rate >= before.rate * (1 + gain * (this.#limit / before.limit - 1));
  }

  /** Now and then half more: kept, and the next half tried, if it brings more. Each try in vain doubles the wait. */
  #probePlateau(plateau: Plateau, rate: number, now: number): void {
    const first = this.settings.probeMs / 4;
    if (!plateau.probing) {
      if (now - this.#changedAt < plateau.wait || this.#limit >= this.settings.max) return;
      this.#plateau = { limit: this.#limit, rate, probing: true, settled: false, wait: plateau.wait };
      this.#set(this.#limit * 1.5, now, 'probe');
    } else if (!plateau.settled) {
      this.#plateau = { ...plateau, settled: true };
    } else if (!this.#rises(plateau, rate, this.settings.plateauGain)) {
      this.#plateau = {
        ...plateau,
        probing: false,
        settled: false,
        wait: Math.min(plateau.wait * 2, LONGEST_PROBE_WAIT),
      };
      this.#set(plateau.limit, now, 'plateau');
    } else if (this.#limit < this.settings.max) {
      this.#plateau = { limit: this.#limit, rate, probing: true, settled: false, wait: first };
      this.#set(this.#limit * 1.5, now, 'probe');
    } else {
      this.#plateau = undefined;
    }
  }

  #grow(now: number): void {
    if (this.#limit >= this.settings.max) return;
    const step = Math.max(1, this.#limit * this.settings.growth);
    if (this.#ceiling === undefined || this.#limit + step <= 0.95 * this.#ceiling) {
      this.#set(this.#limit + step, now, 'growth');
    } else if (this.#limit + 1 <= Math.max(1.1 * this.#ceiling, 2)) {
      if (now - this.#changedAt >= this.settings.probeMs) this.#set(this.#limit + 1, now, 'probe');
    }
  }

  #set(limit: number, now: number, reason: LimitChange['reason']): void {
    this.#limit = Math.min(this.settings.max, limit);
    this.#epoch++;
    this.#changedAt = now;
    this.#reset();
    this.#note(now, reason);
  }

  #reset(): void {
    this.#answers = 0;
    this.#tokens = 0;
    this.#ms = 0;
    this.#used = 0;
    this.#clean = true;
  }

  #note(at: number, reason: LimitChange['reason']): void {
    this.history.push({ at, limit: this.limit, reason });
    if (this.history.length > HISTORY) this.history.shift();
  }
}
