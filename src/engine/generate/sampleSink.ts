import type { CompletionLine } from '../../contract/completion.ts';
import type { RequestLine } from '../../contract/request.ts';
import type { Sample } from '../../contract/sample.ts';
import type { CompletionLog, LogPosition, RequestStore } from '../llm/index.ts';
import type { SampleTotals } from '../samples/sampleTotals.ts';
import type { SampleWriter } from '../samples/types.ts';
import type { Amendment, Deriver, SynthRequest } from '../synth/index.ts';
import type { LateTokens } from './lateTokens.ts';

/** How often the table's coverage of the log is moved on. */
const COVER_MS = 5_000;
/** Samples whose count is remembered, for amendments: verdicts turn while a document is in progress. */
const REMEMBERED = 200_000;

/**
 * Between the dispatcher and the table: derives samples of each answer, puts them into the table, counts them, and
 * moves the table's coverage of the log on. Answers are derived in the order of their document's plan state, never
 * holding the dispatcher up.
 */
export class SampleSink {
  totals: SampleTotals = { accepted: 0, rejected: {} };
  readonly #deriver: Deriver;
  readonly #writer: SampleWriter;
  readonly #log: CompletionLog;
  readonly #tokens: LateTokens;
  readonly #states = new Map<string, string>();
  readonly #pending = new Set<Promise<void>>();
  readonly #onFailure: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #covering: Promise<void> = Promise.resolve();

  constructor(options: {
    deriver: Deriver;
    writer: SampleWriter;
    log: CompletionLog;
    /** The deriver's own counter. */
    tokens: LateTokens;
    onFailure: (error: unknown) => void;
  }) {
    this.#deriver = options.deriver;
    this.#writer = options.writer;
    this.#log = options.log;
    this.#tokens = options.tokens;
    this.#onFailure = options.onFailure;
  }

  get samples(): number {
    return this.totals.accepted + Object.values(this.totals.rejected).reduce((sum, count) => sum + count, 0);
  }

  /** After `reconcile`: counts from here on, and moves the coverage on. `totals` is what the table holds. */
  start(totals: SampleTotals): void {
    this.totals = totals;
    this.#tokens.late = true;
    this.#timer = setInterval(() => this.#cover(), COVER_MS);
    this.#timer.unref();
  }

  take(request: SynthRequest, completion: CompletionLine): void {
    const work = this.#deriver
      .derive(request, completion)
      .then(async ({ samples, amended }) => {
        // First come, first ready: an amendment never reaches the table before its sample.
        await this.#tokens.settle(samples, request.document.document.title);
        this.#put(samples);
        this.#amend(amended);
      })
      .catch((error: unknown) => this.#onFailure(error));
    const tracked = work.finally(() => this.#pending.delete(tracked));
    this.#pending.add(tracked);
  }

  /**
   * Samples of answers that the log has and the table has not: a run that was killed, or a table made anew. Whole
   * documents are derived again, as verdicts depend on all of their answers; answers that today's settings no longer
   * plan follow from their records, as they were paid for. Gives the number of documents.
   */
  async reconcile(sources: {
    requests: RequestStore;
    fromRecord(line: RequestLine): Promise<SynthRequest | string>;
    onDocument(done: number): void;
  }): Promise<number> {
    const answered = new Map<string, string[]>();
    let position: LogPosition = this.#writer.position ?? {};
    for await (const batch of this.#log.scan(position)) {
      for (const { custom_id } of batch.lines) {
        const line = await sources.requests.request(custom_id);
        if (!line) continue;
        const ids = answered.get(line.document);
        if (ids) ids.push(custom_id);
        else answered.set(line.document, [custom_id]);
      }
      position = batch.position;
    }
    let done = 0;
    for (const [document, ids] of answered) {
      const samples = await this.#deriver.rederiveDocument(document);
      this.#writer.put(samples);
      const planned = new Set(samples.map(({ request }) => request));
      for (const id of ids) if (!planned.has(id)) await this.#deriveRecorded(id, sources);
      sources.onDocument(++done);
    }
    if (answered.size > 0) {
      this.#writer.covered(position);
      await this.#writer.flush();
    }
    return answered.size;
  }

  /** Waits for every answer taken so far, and closes the table with its coverage. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#covering;
    const all = Promise.all(this.#pending);
    this.#tokens.hurry();
    await all;
    this.#writer.covered(await this.#log.position());
    await this.#writer.close();
  }

  /** A stage that makes no samples (strategies) has a record too; it derives to nothing. */
  async #deriveRecorded(id: string, { requests, fromRecord }: Parameters<SampleSink['reconcile']>[0]): Promise<void> {
    const line = await requests.request(id);
    const completion = await this.#log.read(id);
    const request = line ? await fromRecord(line) : undefined;
    if (!completion || request === undefined || typeof request === 'string') return;
    const { samples, amended } = await this.#deriver.derive(request, completion);
    this.#writer.put(samples);
    this.#writer.amend(amended);
  }

  #put(samples: readonly Sample[]): void {
    this.#writer.put(samples);
    for (const { id, state, reason } of samples) this.#count(id, state === 'accepted' ? '' : (reason ?? 'malformed'));
  }

  #cover(): void {
    this.#covering = this.#covering
      .then(async () => {
        const position = await this.#log.position();
        // A written line is settled in the same turn or the next; then its derivation is among the pending ones.
        await new Promise(setImmediate);
        await Promise.all(this.#pending);
        this.#writer.covered(position);
      })
      .catch((error: unknown) => this.#onFailure(error));
  }

  #amend(amended: readonly Amendment[]): void {
    if (amended.length === 0) return;
    this.#writer.amend(amended);
    for (const { id, state, reason } of amended)
      this.#count(id, state === 'accepted' ? '' : (reason ?? 'duplicate'), true);
  }

  /** Moves a sample to the count of its reason ('' = accepted); the same sample again is not counted twice. */
  #count(id: string, reason: string, amended = false): void {
    // An amendment of a sample from before: verdicts turn between accepted and duplicate only.
    const before = this.#states.get(id) ?? (amended ? (reason === '' ? 'duplicate' : '') : undefined);
    if (before === reason) return;
    if (before !== undefined) this.#add(before, -1);
    this.#add(reason, 1);
    this.#states.delete(id);
    this.#states.set(id, reason);
    for (const oldest of this.#states.keys()) {
      if (this.#states.size <= REMEMBERED) break;
      this.#states.delete(oldest);
    }
  }

  #add(reason: string, by: number): void {
    const { totals } = this;
    if (reason === '') totals.accepted += by;
    else totals.rejected[reason] = (totals.rejected[reason] ?? 0) + by;
    if (totals.rejected[reason] === 0) delete totals.rejected[reason];
  }
}
