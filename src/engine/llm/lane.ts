import type { PauseCause } from '../../contract/events.ts';
import type { LimitController } from './limitController.ts';
import { RateMeter } from './rateMeter.ts';
import type { Transport } from './transport.ts';
import type { ResolvedEndpoint } from './types.ts';

export type LaneHealth =
  | { kind: 'up' }
  /** Nothing answers: one request at a time asks whether it is back. */
  | { kind: 'down'; probeAt: number; delay: number; message: string }
  /** Needs a person. */
  | { kind: 'stopped'; cause: PauseCause; reason: string; message: string };

/** So many transport faults in a row without one answer, and the endpoint counts as down. */
const FAULTS_TO_DOWN = 20;
const FIRST_PROBE_MS = 250;
const LONGEST_PROBE_MS = 10_000;

/** One endpoint while a run lasts: its connections, its limit and its health. */
export class Lane {
  readonly endpoint: ResolvedEndpoint;
  readonly transport: Transport;
  readonly controller: LimitController;
  readonly meter = new RateMeter();
  health: LaneHealth = { kind: 'up' };
  inFlight = 0;
  /** Of those, requests that failed before. */
  salvageInFlight = 0;
  /** A request is asking a downed endpoint whether it is back. */
  probing = false;
  #faultsInRow = 0;
  /** Since when there was trouble and no answer. */
  #trouble: { since: number; events: number; last: number; message: string } | undefined;

  constructor(endpoint: ResolvedEndpoint, transport: Transport, controller: LimitController) {
    this.endpoint = endpoint;
    this.transport = transport;
    this.controller = controller;
  }

  get stopped(): boolean {
    return this.health.kind === 'stopped';
  }

  /** How many more requests may be sent now. */
  room(now: number): number {
    switch (this.health.kind) {
      case 'stopped':
        return 0;
      case 'down':
        return now >= this.health.probeAt && !this.probing && this.controller.allowed(now) > 0 ? 1 : 0;
      case 'up':
        return this.controller.allowed(now) - this.inFlight;
    }
  }

  /** Milliseconds until time alone makes room, or null. */
  wakeIn(now: number): number | null {
    if (this.health.kind === 'stopped') return null;
    if (this.health.kind === 'down' && now < this.health.probeAt) return this.health.probeAt - now;
    return this.controller.wakeIn(now);
  }

  /** The server answered, whatever it said: it is alive. */
  alive(now: number): void {
    this.#faultsInRow = 0;
    this.#trouble = undefined;
    if (this.health.kind === 'down') {
      this.health = { kind: 'up' };
      this.controller.restart(now);
    }
  }

  rateLimited(epoch: number, retryAfter: number | null, message: string, now: number): void {
    if (this.health.kind === 'down') this.health = { kind: 'up' }; // busy is not gone
    this.controller.rateLimited(epoch, retryAfter, now);
    this.#troubled(message, now);
  }

  /** A fault in which the server may have worked on the request. */
  faulted(congestion: boolean, message: string, now: number): void {
    this.controller.faulted(congestion);
    this.#troubled(message, now);
    if (++this.#faultsInRow >= FAULTS_TO_DOWN || this.health.kind === 'down') this.#goDown(message, now);
  }

  unreachable(message: string, now: number): void {
    this.#troubled(message, now);
    this.#goDown(message, now);
  }

  stop(cause: PauseCause, reason: string, message: string): void {
    this.health = { kind: 'stopped', cause, reason, message };
  }

  /** The trouble, where it has lasted longer than `patienceMs` with nothing answered in between. */
  stalled(patienceMs: number, now: number): string | undefined {
    const trouble = this.#trouble;
    if (!trouble || trouble.events < 3 || now - trouble.since < patienceMs) return undefined;
    return trouble.message;
  }

  /** Milliseconds until `stalled` could become true, or null. */
  stallsIn(patienceMs: number, now: number): number | null {
    return this.#trouble ? Math.max(500, this.#trouble.since + patienceMs - now) : null;
  }

  /** One word for views. */
  stateWord(now: number): string {
    if (this.health.kind !== 'up') return this.health.kind;
    if (now < this.controller.blockedUntil) return 'cooling down';
    return this.#trouble && this.#trouble.events > 2 ? 'failing' : 'running';
  }

  #goDown(message: string, now: number): void {
    const down = this.health.kind === 'down' ? this.health : undefined;
    // Many requests fail at one moment: that is one sign, not a reason to wait ever longer.
    if (down && now < down.probeAt) return;
    const delay = down ? Math.min(LONGEST_PROBE_MS, down.delay * 2) : FIRST_PROBE_MS;
    this.health = { kind: 'down', probeAt: now + delay, delay, message };
  }

  #troubled(message: string, now: number): void {
    if (!this.#trouble) this.#trouble = { since: now, events: 1, last: now, message };
    else if (now - this.#trouble.last >= 200) {
      this.#trouble.events++;
      this.#trouble.last = now;
      this.#trouble.message = message;
    }
  }
}
