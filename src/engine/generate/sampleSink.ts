import type { CompletionLine } from '../../contract/completion.ts';
import type { RequestLine } from '../../contract/request.ts';
import type { CompletionLog, LogPosition, RequestStore } from '../llm/index.ts';
import type { SampleTotals } from '../samples/sampleTotals.ts';
import type { Deriver, LeakWarning, SynthRequest } from '../synth/index.ts';
import { DocumentsSent } from './documentsSent.ts';
import { type AnswerOnWire, type DocumentOnWire, onWire, type SampleNews } from './sampleMessages.ts';
import type { SampleThreadPort } from './sampleThreadPort.ts';

/** How often the table's coverage of the log is moved on. */
const COVER_MS = 5_000;
/** Answers are collected for this long, or up to this many, and then handed to the thread together. */
const COLLECT_MS = 10;
const COLLECT_ANSWERS = 64;
/** From here on no further request should be sent before some answers are derived: some megabytes. */
const MOST_WAITING = 2_000;

/**
 * Between the dispatcher and the samples thread: hands it each answer behind the earlier ones of its document, counts
 * what waits there, and moves the table's coverage of the log on. Never holds the dispatcher up.
 */
export class SampleSink {
  totals: SampleTotals = { accepted: 0, rejected: {} };
  readonly warnings: LeakWarning[] = [];
  /** Called when there is room again after `full`. */
  onRoom: () => void = () => {};
  readonly #deriver: Deriver;
  readonly #thread: SampleThreadPort;
  readonly #log: CompletionLog;
  readonly #sent: DocumentsSent;
  readonly #recalls = new Map<string, Promise<void>>();
  readonly #onFailure: (error: unknown) => void;
  #documents: DocumentOnWire[] = [];
  #answers: AnswerOnWire[] = [];
  #waiting = 0;
  #collecting: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout | undefined;
  #covering: Promise<void> = Promise.resolve();

  constructor(options: {
    /** For whole documents, and for the earlier answers of one. */
    deriver: Deriver;
    thread: SampleThreadPort;
    log: CompletionLog;
    /** The log was empty at the start of this run: no earlier answers to look for. */
    fresh: boolean;
    onFailure: (error: unknown) => void;
  }) {
    this.#deriver = options.deriver;
    this.#thread = options.thread;
    this.#log = options.log;
    this.#onFailure = options.onFailure;
    this.#sent = new DocumentsSent(options.fresh);
    this.#thread.onDerived = (news) => this.#derived(news);
    this.#thread.onFailure = (error) => this.#failed(error);
  }

  get samples(): number {
    return this.totals.accepted + Object.values(this.totals.rejected).reduce((sum, count) => sum + count, 0);
  }

  get full(): boolean {
    return this.#waiting >= MOST_WAITING;
  }

  /** After `reconcile`: counts from here on, and moves the coverage on. */
  async start(): Promise<void> {
    this.totals = await this.#thread.flush();
    this.#timer = setInterval(() => this.#cover(), COVER_MS);
    this.#timer.unref();
  }

  take(request: SynthRequest, completion: CompletionLine): void {
    this.#waiting++;
    const document = request.document.document.id;
    const known = this.#sent.touch(document);
    const tooMany = this.#sent.oneTooMany;
    if (tooMany !== undefined) this.forget(tooMany);
    // Earlier answers first: a new question may repeat one of last week's.
    if (known === 'recall') this.#recalls.set(document, this.#recall(document));
    const recalling = this.#recalls.get(document);
    if (recalling === undefined) this.#hand(request, completion);
    else void recalling.then(() => this.#hand(request, completion));
  }

  /** Nothing more is expected of a document: its verdicts need no memory. If something comes, they are recalled. */
  forget(document: string): void {
    if (this.#recalls.has(document) || !this.#sent.knows(document)) return;
    this.#flush();
    this.#thread.order({ do: 'forget', document, keys: this.#sent.forget(document) });
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
    let position: LogPosition = (await this.#thread.opened) ?? {};
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
      const answeredNow = ids.filter((id) => this.#log.state(id) === 'answered');
      this.#thread.order({ do: 'put', samples, amended: [], answered: answeredNow });
      const planned = new Set(samples.map(({ request }) => request));
      for (const id of ids) if (!planned.has(id)) await this.#deriveRecorded(id, sources);
      sources.onDocument(++done);
    }
    if (answered.size > 0) {
      this.#thread.order({ do: 'cover', position });
      await this.#thread.flush();
    }
    return answered.size;
  }

  /** Waits for every answer taken so far, and closes the table with its coverage. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#covering;
    await Promise.all(this.#recalls.values());
    this.#flush();
    this.#thread.order({ do: 'cover', position: await this.#log.position() });
    await this.#thread.close();
  }

  /** A stage that makes no samples (strategies) has a record too; it derives to nothing. */
  async #deriveRecorded(id: string, { requests, fromRecord }: Parameters<SampleSink['reconcile']>[0]): Promise<void> {
    const line = await requests.request(id);
    const completion = await this.#log.read(id);
    const request = line ? await fromRecord(line) : undefined;
    if (!completion || request === undefined || typeof request === 'string') return;
    this.#thread.order({ do: 'put', ...(await this.#deriver.derive(request, completion)), answered: [] });
  }

  async #recall(document: string): Promise<void> {
    try {
      for await (const { request, completion } of this.#deriver.answered(document)) {
        this.#waiting++;
        this.#hand(request, completion, true);
      }
    } catch (error) {
      this.#failed(error);
    }
    // In the next turn: whoever waits is handed on first.
    setImmediate(() => this.#recalls.delete(document));
  }

  #hand(request: SynthRequest, completion: CompletionLine, recalled = false): void {
    const { key, fresh } = this.#sent.keyOf(request.document);
    if (fresh) {
      const { document, textHash } = request.document;
      this.#documents.push({ key, document, textHash });
    }
    this.#answers.push(onWire(request, completion, key, recalled));
    if (this.#answers.length >= COLLECT_ANSWERS) this.#flush();
    else this.#collecting ??= setTimeout(() => this.#flush(), COLLECT_MS);
  }

  #flush(): void {
    clearTimeout(this.#collecting);
    this.#collecting = undefined;
    if (this.#answers.length === 0) return;
    this.#thread.order({ do: 'derive', documents: this.#documents, answers: this.#answers });
    this.#documents = [];
    this.#answers = [];
  }

  #derived({ answers, totals, warnings }: Extract<SampleNews, { is: 'derived' }>): void {
    const wasFull = this.full;
    this.#waiting -= answers;
    this.totals = totals;
    this.warnings.push(...warnings);
    if (wasFull && !this.full) this.onRoom();
  }

  #cover(): void {
    this.#covering = this.#covering
      .then(async () => {
        const position = await this.#log.position();
        // A written line is settled in the same turn or the next; then it is handed over or waits for a recall.
        await new Promise(setImmediate);
        await Promise.all(this.#recalls.values());
        this.#flush();
        this.#thread.order({ do: 'cover', position });
      })
      .catch((error: unknown) => this.#failed(error));
  }

  #failed(error: unknown): void {
    // What waits will not be derived in this run: the endpoints go on.
    const wasFull = this.full;
    this.#waiting = Number.NEGATIVE_INFINITY;
    this.#onFailure(error);
    if (wasFull) this.onRoom();
  }
}
