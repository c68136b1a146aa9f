import { Budget, upperBound } from './budget.ts';
import { chooseTransport } from './chooseTransport.ts';
import { type AnswerFacts, answeredLine, estimateInput, failedLine, lineText } from './completionText.ts';
import { admit, breakOffLate, type Flight, land, nextWake } from './flight.ts';
import { Lane } from './lane.ts';
import { type Job, LaneQueues } from './laneQueues.ts';
import { LimitController } from './limitController.ts';
import { allStalled, allStopped, outOfBudget, type Pause, paused } from './pauses.ts';
import type { RunOptions } from './runOptions.ts';
import { RunTally } from './runTally.ts';
import { SalvageQueue } from './salvage.ts';
import type { WireResult } from './transport.ts';
import type { Outcome, RunEnd } from './types.ts';
import { judge, type Verdict } from './verdict.ts';

/** Log lines may wait for the disk up to this many bytes before sending pauses. */
const MOST_PENDING_BYTES = 64 << 20;
/** Failed requests may hold this share of the permits while fresh ones wait. */
const SALVAGE_SHARE = 0.25;

/**
 * Sends every request that the source gives and ends when the plan is through, a person cancels, or a person is
 * needed (`paused`, resumable). An outcome is settled only after its line is written to the log, so what a source was
 * told survives `kill -9`. Rejects only where the log cannot be written (disk full) or the source throws.
 */
export async function runRequests(options: RunOptions): Promise<RunEnd> {
  const now = performance.now();
  const lanes: Lane[] = [];
  try {
    for (const endpoint of options.endpoints) {
      const most = Math.min(endpoint.maxConcurrency, options.maxConcurrency ?? Number.POSITIVE_INFINITY);
      const limited = { ...endpoint, maxConcurrency: most };
      const transport = await (options.service?.open(limited) ?? chooseTransport(limited, options.http ?? 'auto'));
      // A project that asks for a thousand at a server of its own need not wait five rounds for them.
      const start = endpoint.local ? Math.max(64, (options.maxConcurrency ?? 0) / 4) : 16;
      lanes.push(new Lane(endpoint, transport, new LimitController({ start, ...options.controller, max: most }, now)));
    }
    return await new Run(options, lanes).end;
  } finally {
    for (const lane of lanes) await lane.transport.close();
  }
}

class Run {
  readonly end: Promise<RunEnd>;
  readonly #options: RunOptions;
  readonly #lanes: Lane[];
  readonly #queues: LaneQueues;
  readonly #salvage = new SalvageQueue();
  readonly #budget: Budget;
  readonly #flights = new Set<Flight>();
  readonly #most: number;
  readonly #maxAttempts: number;
  readonly #patience: number;

  #ending: RunEnd | undefined;
  #budgetBlocked = false;
  #unsettled = 0;
  #pumping = false;
  #again = false;
  #wake: NodeJS.Timeout | undefined;
  #sweep: NodeJS.Timeout | undefined;
  #drain: NodeJS.Timeout | undefined;
  #resolve: (end: RunEnd) => void = () => {};
  #reject: (error: Error) => void = () => {};
  #over = false;

  readonly #tally = new RunTally();

  constructor(options: RunOptions, lanes: Lane[]) {
    this.#options = options;
    this.#lanes = lanes;
    this.#budget = new Budget(options.budget ?? []);
    this.#most = options.maxConcurrency ?? Number.POSITIVE_INFINITY;
    this.#maxAttempts = options.maxAttempts ?? 5;
    this.#patience = options.patienceMs ?? 120_000;
    const open = (lane: number) => !(lanes[lane]?.stopped ?? true);
    this.#queues = new LaneQueues(options.source, lanes.length, open, Math.max(256, lanes.length * 64));
    this.end = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#start();
  }

  #start(): void {
    const { source, signal, endpoints } = this.#options;
    if (endpoints.length === 0) {
      this.#finish(paused('endpoint', 'No endpoint is configured.'));
      return;
    }
    const unpriced = this.#budget.unpriced(endpoints).map((endpoint) => endpoint.id);
    if (unpriced.length > 0) {
      const message = `A budget in money needs a price at every endpoint; ${unpriced.join(', ')} has none in the endpoints file.`;
      this.#finish(paused('budget', message));
      return;
    }
    if (signal?.aborted) {
      this.#finish({ kind: 'cancelled' });
      return;
    }
    signal?.addEventListener('abort', this.#cancel, { once: true });
    source.onReady = () => this.#pump();
    const shortest = Math.min(...endpoints.map((endpoint) => endpoint.timeoutMs));
    this.#sweep = setInterval(
      () => breakOffLate(this.#flights, performance.now()),
      Math.min(1000, Math.max(20, shortest / 10)),
    );
    this.#pump();
  }

  readonly #cancel = () => {
    if (this.#ending) this.#startDrain();
    else this.#close({ kind: 'cancelled' });
  };

  /** Sends whatever may be sent now. Never loops without sending; sleeps until an answer, a due time or `onReady`. */
  #pump(): void {
    if (this.#over) return;
    this.#again = true;
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (this.#again) {
        this.#again = false;
        const now = performance.now();
        if (!this.#ending) this.#fill(now);
        if (!this.#ending) this.#closeOn(allStalled(this.#lanes, this.#patience, now));
      }
    } catch (error) {
      this.#crash(error);
    } finally {
      this.#pumping = false;
    }
    this.#settleEnd();
    this.#plan();
    this.#tellState(false);
  }

  #fill(now: number): void {
    if (this.#held()) return;
    let sent = true;
    while (sent && !this.#ending) {
      sent = false;
      for (let index = 0; index < this.#lanes.length; index++) {
        const lane = this.#lanes[index];
        if (!lane || this.#flights.size >= this.#most || lane.room(now) <= 0) continue;
        const job = this.#nextJob(lane, index, now);
        if (!job) continue;
        if (!this.#launch(job, lane, index, now)) return;
        sent = true;
      }
    }
  }

  /** Nothing may be sent until an answer or a written line changes something. */
  #held(): boolean {
    return (
      this.#budgetBlocked || this.#flights.size >= this.#most || this.#options.log.pendingBytes > MOST_PENDING_BYTES
    );
  }

  #nextJob(lane: Lane, index: number, now: number): Job | undefined {
    if (lane.salvageInFlight < Math.max(1, lane.controller.limit * SALVAGE_SHARE)) {
      const failed = this.#salvage.take(now);
      if (failed) return failed;
    }
    const next = this.#queues.take(index);
    if (typeof next !== 'string') return next;
    return this.#salvage.take(now); // nothing fresh: salvage may have the whole lane
  }

  /** False where the budget has no room for it. */
  #launch(job: Job, lane: Lane, laneIndex: number, now: number): boolean {
    const { request } = job;
    const reserved = upperBound(request.reserve, lane.endpoint);
    const cap = this.#budget.refuses(reserved);
    if (cap) {
      this.#queues.putBack(laneIndex, job);
      this.#budgetBlocked = true;
      if (this.#flights.size === 0) this.#close(outOfBudget(cap));
      return false;
    }
    let body: ReturnType<typeof request.body>;
    try {
      body = request.body();
      const { requests } = this.#options;
      if (requests && !requests.hasRequest(request.id)) {
        for (const [hash, text] of request.texts()) requests.addText(text, hash);
        requests.addRequest(request.line());
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#fail(job, { code: 'unrenderable', message }, this.#facts(job, lane, 0, 0, null));
      return true;
    }
    if (body.model !== lane.endpoint.model) body = { ...body, model: lane.endpoint.model };
    const flight = admit(job, lane, laneIndex, reserved, estimateInput(body), now);
    this.#budget.reserve(reserved);
    this.#flights.add(flight);
    flight.breakOff = lane.transport.send(request.id, body, (result) => this.#arrived(flight, result));
    return true;
  }

  #arrived(flight: Flight, result: WireResult): void {
    if (!this.#flights.delete(flight)) return;
    const now = performance.now();
    const inFlight = land(flight);
    this.#budgetBlocked = false;
    try {
      this.#act(flight, judge(result, this.#options.service?.isAnswer), result, now, inFlight);
    } catch (error) {
      this.#crash(error);
    }
    this.#pump();
  }

  #act(flight: Flight, verdict: Verdict, result: WireResult, now: number, inFlight: number): void {
    const { job, lane, laneIndex, reserved } = flight;
    const ms = Math.round((now - flight.started) * 10) / 10;
    const requestId = result.kind === 'response' ? (result.header('x-request-id') ?? null) : null;
    if (verdict.kind === 'answer') {
      job.attempts++;
      const line = answeredLine(verdict.body, this.#facts(job, lane, ms, flight.estimatedInput, requestId));
      const { input_tokens, output_tokens, cost } = line.smt;
      this.#budget.settle(reserved, { tokens: input_tokens + output_tokens, cost: cost ?? 0 });
      lane.alive(now);
      lane.controller.answered(flight.epoch, ms, output_tokens, inFlight, now);
      lane.meter.add(now, output_tokens);
      this.#tally.meter.add(now, output_tokens);
      const text = result.kind === 'response' ? lineText(line, result.text) : undefined;
      this.#log(job, { kind: 'answered', completion: line }, text);
      return;
    }
    this.#budget.settle(reserved, { tokens: 0, cost: 0 });
    switch (verdict.kind) {
      case 'terminal':
        job.attempts++;
        lane.alive(now);
        this.#fail(job, verdict, this.#facts(job, lane, ms, flight.estimatedInput, requestId));
        return;
      case 'rate_limited':
        this.#tally.retried.add('429');
        lane.rateLimited(flight.epoch, verdict.retryAfterMs, `429: ${verdict.message}`, now);
        this.#queues.putBack(laneIndex, job);
        return;
      case 'unreachable':
        this.#tally.retried.add('unreachable');
        lane.unreachable(verdict.message, now);
        this.#queues.putBack(laneIndex, job);
        return;
      case 'stop':
        lane.stop(verdict.cause, verdict.reason, `${lane.endpoint.id} (${lane.endpoint.origin}): ${verdict.message}`);
        this.#queues.putBack(laneIndex, job);
        this.#closeOn(allStopped(this.#lanes));
        return;
      case 'transient':
        this.#tryAgain(flight, verdict, now);
        return;
      case 'aborted':
        this.#queues.putBack(laneIndex, job);
    }
  }

  #tryAgain(flight: Flight, fault: Verdict & { kind: 'transient' }, now: number): void {
    const { job, lane } = flight;
    this.#tally.retried.add(fault.code);
    // While an endpoint is down its faults say nothing about the request.
    if (lane.health.kind !== 'down') job.attempts++;
    lane.faulted(fault.code === 'timeout', `${fault.code}: ${fault.message}`, now);
    if (fault.retryAfterMs !== null) lane.controller.block(fault.retryAfterMs, now);
    if (job.attempts < this.#maxAttempts) {
      this.#salvage.add(job, now);
      return;
    }
    const message = `${this.#maxAttempts} attempts, the last one: ${fault.message}`;
    const outcome: Outcome = { kind: 'gave_up', reason: fault.code, message };
    this.#options.source.settle(job.request, outcome);
    this.#watch(outcome);
  }

  #fail(job: Job, failure: Parameters<typeof failedLine>[0], facts: AnswerFacts): void {
    this.#log(job, { kind: 'failed', completion: failedLine(failure, facts) });
  }

  #facts(job: Job, lane: Lane, ms: number, estimatedInput: number, requestId: string | null): AnswerFacts {
    const attempt = Math.max(1, job.attempts);
    const { endpoint } = lane;
    const { run } = this.#options;
    return { id: job.request.id, attempt, endpoint, ms, run, at: Date.now(), requestId, estimatedInput };
  }

  /** Appends the line and settles once it is written. */
  #log(job: Job, outcome: Extract<Outcome, { completion: unknown }>, text?: string): void {
    this.#unsettled++;
    const { completion } = outcome;
    this.#options.log.append(
      completion,
      (error) => {
        this.#unsettled--;
        if (error) {
          this.#crash(error);
          return;
        }
        try {
          this.#options.source.settle(job.request, outcome);
          this.#watch(outcome);
        } catch (thrown) {
          this.#crash(thrown);
        }
        this.#soon();
      },
      text,
    );
  }

  #soonPlanned = false;
  /** Many lines are written at once: look for new work once, after the last of them. */
  #soon(): void {
    if (this.#soonPlanned) return;
    this.#soonPlanned = true;
    setImmediate(() => {
      this.#soonPlanned = false;
      this.#pump();
    });
  }

  #watch(outcome: Outcome): void {
    const tooMany = this.#tally.settled(outcome);
    if (tooMany) this.#close(paused('endpoint', tooMany, this.#tally.failures.top(3)));
  }

  #closeOn(pause: Pause | undefined): void {
    if (!pause) return;
    this.#close(pause.reasons.length > 0 ? pause : { ...pause, reasons: this.#tally.retried.top(3) });
  }

  /** Nothing more is sent; what is in flight is paid for, so it may arrive. */
  #close(end: RunEnd): void {
    if (this.#ending) return;
    this.#ending = end;
    const patient = end.kind === 'paused' && (end.cause === 'budget' || end.cause === 'quota');
    if (!patient) this.#startDrain();
    this.#soon();
  }

  #startDrain(): void {
    this.#drain ??= setTimeout(() => {
      for (const flight of [...this.#flights]) flight.breakOff('aborted');
    }, this.#options.drainMs ?? 10_000);
  }

  #settleEnd(): void {
    if (this.#over || this.#flights.size > 0 || this.#unsettled > 0) return;
    if (this.#ending) this.#finish(this.#ending);
    else if (this.#queues.ended && this.#salvage.size === 0) this.#finish({ kind: 'done' });
  }

  #finish(end: RunEnd): void {
    this.#tearDown();
    this.#tellState(true);
    this.#resolve(end);
  }

  #crash(error: unknown): void {
    if (this.#over) return;
    this.#tearDown();
    for (const flight of [...this.#flights]) flight.breakOff('aborted');
    this.#reject(error instanceof Error ? error : new Error(String(error)));
  }

  #tearDown(): void {
    this.#over = true;
    clearTimeout(this.#wake);
    clearInterval(this.#sweep);
    clearTimeout(this.#drain);
    this.#tally.stopTelling();
    this.#options.signal?.removeEventListener('abort', this.#cancel);
    delete this.#options.source.onReady;
  }

  /** One timer for the next moment at which time alone changes what may be sent. */
  #plan(): void {
    clearTimeout(this.#wake);
    if (this.#over || this.#ending) return;
    const next = nextWake(this.#lanes, this.#salvage, this.#patience, this.#held(), performance.now());
    if (next === Number.POSITIVE_INFINITY) return;
    this.#wake = setTimeout(() => this.#pump(), Math.min(2 ** 31 - 1, Math.max(1, next)));
  }

  #tellState(last: boolean): void {
    const { onState } = this.#options;
    if (!onState || (this.#over && !last)) return;
    const tell = () => onState(this.#tally.state(this.#lanes, this.#flights.size, performance.now()));
    if (last) tell();
    else this.#tally.tell(tell, performance.now());
  }
}
