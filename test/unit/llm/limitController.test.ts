import { describe, expect, it } from 'vitest';
import { type ControllerSettings, LimitController } from '../../../src/engine/llm/limitController.ts';

/**
 * A server in simulated time: `slots` requests are worked on at once, the rest wait in its queue (as vLLM does) or are
 * refused with 429 above `cap` (as hosted endpoints do).
 */
class SimulatedServer {
  now = 0;
  refused = 0;
  answered = 0;
  slots = Number.POSITIVE_INFINITY;
  cap = Number.POSITIVE_INFINITY;
  latency = 1000;
  retryAfter: number | null = 500;
  readonly controller: LimitController;
  /** When requests being worked on or queued will be answered, in order. */
  readonly #working: number[] = [];
  readonly #flights: { started: number; due: number; epoch: number; refused: boolean }[] = [];

  constructor(settings: Partial<ControllerSettings> = {}) {
    this.controller = new LimitController({ max: 1024, ...settings }, 0, () => 0.5);
  }

  get inFlight(): number {
    return this.#flights.length;
  }

  /** Runs for some simulated seconds in steps of 5 ms. */
  run(seconds: number): this {
    for (const until = this.now + seconds * 1000; this.now < until; this.now += 5) {
      for (let index = this.#flights.length - 1; index >= 0; index--) {
        const flight = this.#flights[index];
        if (!flight || flight.due > this.now) continue;
        const inFlight = this.#flights.length;
        this.#flights.splice(index, 1);
        if (flight.refused) {
          this.refused++;
          this.controller.rateLimited(flight.epoch, this.retryAfter, this.now);
        } else {
          this.answered++;
          this.#working.shift();
          this.controller.answered(flight.epoch, this.now - flight.started, 100, inFlight, this.now);
        }
      }
      while (this.#flights.length < this.controller.allowed(this.now)) this.#admit();
    }
    return this;
  }

  #admit(): void {
    const epoch = this.controller.admit();
    const started = this.now;
    if (this.#working.length >= this.cap) {
      this.#flights.push({ started, due: this.now + 10, epoch, refused: true });
      return;
    }
    // Waiting for a slot: the answer that frees it is the `slots`-th before this one.
    const begin = Math.max(this.now, this.#working[this.#working.length - this.slots] ?? 0);
    // Spread by a fixed pattern, so that answers do not all come at one instant.
    const spread = 0.8 + 0.4 * ((this.answered * 0.618) % 1);
    const due = begin + this.latency * spread;
    this.#flights.push({ started, due, epoch, refused: false });
    let at = this.#working.length;
    while (at > 0 && (this.#working[at - 1] ?? 0) > due) at--;
    this.#working.splice(at, 0, due);
  }
}

describe('the limit of an endpoint', () => {
  it('doubles per clean round up to its cap', () => {
    const server = new SimulatedServer({ start: 16, max: 512 });
    server.run(10);
    expect(server.controller.history.map((change) => change.limit)).toEqual([16, 32, 64, 128, 256, 512]);
    server.run(20);
    expect(server.controller.limit).toBe(512);
  });

  it('does not grow while it is not used', () => {
    const controller = new LimitController({ start: 16, max: 512 }, 0);
    for (let now = 0; now < 60_000; now += 100) controller.answered(controller.admit(), 100, 50, 1, now);
    expect(controller.limit).toBe(16);
  });

  it('is cut once per episode of 429s, however many come', () => {
    const controller = new LimitController({ start: 100, max: 512 }, 0);
    const epoch = controller.admit();
    for (let index = 0; index < 50; index++) controller.rateLimited(epoch, 1000, 10 + index);
    expect(controller.limit).toBe(75);
    controller.rateLimited(controller.admit(), 1000, 5000);
    expect(controller.limit).toBe(56);
  });

  it('waits out Retry-After in full, then lets requests in bit by bit', () => {
    const controller = new LimitController({ start: 100, max: 512 }, 0, () => 0);
    controller.rateLimited(controller.admit(), 90_000, 0);
    expect(controller.allowed(89_999)).toBe(0);
    expect(controller.wakeIn(80_000)).toBeGreaterThan(10_000);
    const until = 0 + controller.blockedUntil;
    expect(until).toBeLessThan(95_000);
    expect(controller.allowed(until + 10)).toBeLessThan(5);
    expect(controller.allowed(until + 500)).toBeGreaterThan(30);
    expect(controller.allowed(until + 2000)).toBe(75);
  });

  it('backs off longer from episode to episode where no Retry-After is given', () => {
    const controller = new LimitController({ start: 100, cooldownMs: 1000 }, 0, () => 0);
    const waits: number[] = [];
    let now = 0;
    for (let episode = 0; episode < 4; episode++) {
      controller.rateLimited(controller.admit(), null, now);
      waits.push(Math.round((controller.blockedUntil - now) / 1020));
      now = controller.blockedUntil + 2000;
    }
    expect(waits).toEqual([1, 2, 4, 8]);
  });

  it('stays close below a cap of the server and wastes few requests on finding it', () => {
    const server = new SimulatedServer({ start: 16 });
    server.cap = 100;
    server.run(120);
    const { answered, refused } = server;
    expect(refused).toBeLessThan(0.03 * answered);
    // Ideal: 100 answers a second for two minutes.
    expect(answered).toBeGreaterThan(0.75 * 100 * 120);
  });

  it('finds capacity again that was away for a while', () => {
    const server = new SimulatedServer({ start: 16, ceilingMs: 60_000 });
    server.cap = 50;
    server.run(60);
    expect(server.controller.limit).toBeLessThan(60);
    server.cap = 400;
    server.run(300);
    expect(server.controller.limit).toBeGreaterThan(250);
  });

  it('follows a step down within one episode per step of the cut', () => {
    const server = new SimulatedServer({ start: 16 });
    server.cap = 400;
    server.run(30);
    const before = server.refused;
    server.cap = 100;
    server.run(30);
    expect(server.controller.limit).toBeLessThanOrEqual(110);
    expect(server.refused - before).toBeLessThan(500);
  });

  it('stops growing on a local server that queues: more in flight brings no more tokens a second', () => {
    const server = new SimulatedServer({ start: 16 });
    server.slots = 64;
    server.run(60);
    expect(server.refused).toBe(0);
    expect(server.controller.limit).toBeGreaterThanOrEqual(48);
    expect(server.controller.limit).toBeLessThanOrEqual(192);
    expect(server.answered).toBeGreaterThan(0.8 * 64 * 60);
  });

  it('leaves a plateau when the server got faster', () => {
    const server = new SimulatedServer({ start: 16 });
    server.slots = 32;
    server.run(30);
    expect(server.controller.limit).toBeLessThanOrEqual(96);
    server.slots = 1000;
    server.run(200);
    expect(server.controller.limit).toBeGreaterThan(500);
  });

  it('freezes on faults: a round with one does not grow', () => {
    const controller = new LimitController({ start: 16, max: 64 }, 0);
    for (let round = 0; round < 20; round++) {
      controller.faulted(false);
      for (let index = 0; index < 16; index++) controller.answered(controller.admit(), 100, 50, 16, round * 100);
    }
    expect(controller.limit).toBe(16);
  });

  it('keeps the reason of every change', () => {
    const controller = new LimitController({ start: 100, max: 512 }, 7);
    controller.rateLimited(controller.admit(), 1, 9);
    controller.retune(10, 11);
    expect(controller.history).toEqual([
      { at: 7, limit: 100, reason: 'start' },
      { at: 9, limit: 75, reason: 'rate_limited' },
      { at: 11, limit: 10, reason: 'retuned' },
    ]);
  });
});
