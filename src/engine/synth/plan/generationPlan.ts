import type { PlanAddition } from '../../../contract/addition.ts';
import type { CorpusDocument } from '../../../contract/corpus.ts';
import type { RequestLine } from '../../../contract/request.ts';
import type { Corpus } from '../../corpus/types.ts';
import type { Outcome, PlannedRequest, RequestSource } from '../../llm/types.ts';
import type { LeakGate } from '../dedupe/leakGate.ts';
import type { Prompts } from '../template/prompts.ts';
import type { Method } from '../types.ts';
import { additionPlan } from './additionPlan.ts';
import { AdditionTail } from './additions.ts';
import { AdditionWatch } from './additionWatch.ts';
import { chosenDocuments, previewed, readDocument, sizeOf } from './chosenDocuments.ts';
import { DocumentPlan } from './documentPlan.ts';
import { DrawStore } from './drawStore.ts';
import { type OpenDocument, OpenDocuments } from './openDocuments.ts';
import { add, addCounts, emptyCounts, type PlanCounts } from './planCounts.ts';
import type { AnsweredRequests, PlanGround } from './planGround.ts';
import { PlannedRequests } from './plannedRequests.ts';
import { type RequestRecords, recordedRequest } from './recorded.ts';
import { RequestLimit } from './requestLimit.ts';
import type { PlannedMethod, SynthRequest } from './synthRequest.ts';
import { baseWishes, expectedRequests, withPrerequisites } from './wishes.ts';

export interface GenerationPlanOptions {
  corpus: Pick<Corpus, 'documents' | 'text' | 'windows'>;
  /** All methods of the profile in registry order, with their options; `enabled` as smt.yaml says. */
  methods: readonly { method: Method; options: unknown; enabled: boolean }[];
  prompts: Prompts;
  /** Model name as it is sent; part of every request's id. */
  model: string;
  seed: number;
  log: AnsweredRequests;
  gate: LeakGate;
  /** `.smt/plan` */
  planFolder: string;
  /** True for the job that holds the lease. False: nothing is drawn or written, later stages end at what is recorded. */
  writable: boolean;
  /** Method ids; empty = all enabled. */
  only?: readonly string[];
  /** Globs over document ids; empty = all. */
  documents?: readonly string[];
  /** At most this many new requests. */
  limit?: number;
  /** Spread the limit over documents and methods instead of taking plan order. */
  preview?: boolean;
  additionsOnly?: boolean;
  retryFailed?: boolean;
  requests?: RequestRecords;
  /** Methods of the other prompt profile, for answers on record that were asked for with its prompts. */
  retired?: { methods: readonly PlannedMethod[]; prompts: Prompts };
  /** Ids of questions that a person rejected or deleted. */
  rejectedQuestions?: ReadonlySet<string>;
  /** Most documents open at a time. */
  openDocuments?: number;
}

/** Documents are read ahead so that the dispatcher seldom waits for a file. */
const READ_AHEAD = 8;
const MAX_OPEN = 256;

/**
 * The requests of a project, pulled one at a time. Documents are opened in corpus order, several at once, so that the
 * stages of one fill the pauses of another; a document's requests come together, for the prefix cache. The plan is a
 * function of documents, methods, prompts, model, seed and recorded draws: resume is the same plan minus the log.
 */
export class GenerationPlan implements RequestSource {
  onReady?: () => void;
  /** A document's requests are all settled: nothing more comes of it unless somebody asks for more. */
  onClosed: (document: string) => void = () => {};
  /** Documents or additions that could not be planned, and why. Empty = none. */
  readonly problems: { document: string; message: string }[] = [];

  readonly #options: GenerationPlanOptions;
  readonly #methods: readonly PlannedMethod[];
  readonly #selected: readonly PlannedMethod[];
  readonly #ground: PlanGround;
  readonly #additions: AdditionWatch;
  readonly #queue: CorpusDocument[];
  readonly #unopened = new Map<string, PlanCounts>();
  readonly #closed = new Map<string, PlanCounts>();
  readonly #open = new OpenDocuments();
  /** Requests in flight, each with those of equal documents that wait for the same answer. */
  readonly #inFlight = new Map<string, { open: OpenDocument; request: SynthRequest }[]>();
  #opening = 0;
  #openedDocuments = 0;
  #issued = 0;
  /** Undefined: no limit. */
  readonly #limit: RequestLimit | undefined;
  #closedDown = false;

  private constructor(options: GenerationPlanOptions, draws: DrawStore) {
    this.#options = options;
    this.#methods = options.methods.map(({ method, options: own }, index) => ({ method, options: own, index }));
    const wanted = new Set(
      options.only !== undefined && options.only.length > 0
        ? options.only
        : options.methods.filter(({ enabled }) => enabled).map(({ method }) => method.id),
    );
    this.#selected = withPrerequisites(this.#methods, wanted);
    this.#ground = {
      prompts: options.prompts,
      requests: new PlannedRequests(options.prompts, options.model),
      model: options.model,
      seed: options.seed,
      log: options.log,
      draws,
      gate: options.gate,
      retryFailed: options.retryFailed === true,
      writable: options.writable,
      rejectedQuestions: options.rejectedQuestions ?? new Set(),
    };
    const { documents, limit } = this.#scope();
    this.#queue = documents;
    this.#limit = limit;
    for (const document of this.#queue) this.#addUnopened(document, 1);
    this.#additions = new AdditionWatch(options.planFolder, {
      take: (seq, addition) => this.#takeAddition(seq, addition),
      problem: (document, message) => this.problems.push({ document, message }),
      onRead: () => this.onReady?.(),
    });
  }

  static async open(options: GenerationPlanOptions): Promise<GenerationPlan> {
    const plan = new GenerationPlan(options, await DrawStore.open(options.planFolder, options.writable));
    await plan.refresh();
    return plan;
  }

  next(): SynthRequest | 'wait' | 'end' {
    if (this.#issued >= (this.#options.limit ?? Number.POSITIVE_INFINITY))
      return this.#open.outstanding ? 'wait' : 'end';
    this.#readAhead();
    for (;;) {
      const { first } = this.#open;
      if (first === undefined) break;
      const request = first.plan.next();
      if (request === 'more') {
        setImmediate(() => this.onReady?.());
        return 'wait';
      }
      if (request === 'wait') {
        this.#open.restFirst();
      } else if (request === 'end') {
        this.#open.closeFirst();
        this.#close(first.plan);
        this.#readAhead();
      } else {
        const twins = this.#inFlight.get(request.id);
        if (twins !== undefined) {
          twins.push({ open: first, request });
          continue;
        }
        this.#inFlight.set(request.id, [{ open: first, request }]);
        this.#issued++;
        return request;
      }
    }
    if (this.#opening > 0 || this.#open.size > 0 || this.#canOpen()) return 'wait';
    if (this.#additions.checked) return 'end';
    // A wish that came in this very moment is still served by this job.
    this.#additions.look(true);
    return 'wait';
  }

  settle(request: PlannedRequest, outcome: Outcome): void {
    const waiting = this.#inFlight.get(request.id) ?? [];
    this.#inFlight.delete(request.id);
    for (const { open, request: own } of waiting) if (open.plan.settle(own, outcome)) this.#open.wake(open);
  }

  /** Counts by method. Documents not opened yet count with what their size lets expect. */
  counts(): { total: PlanCounts; methods: ReadonlyMap<string, PlanCounts> } {
    const methods = new Map<string, PlanCounts>();
    for (const { method } of this.#selected) methods.set(method.id, emptyCounts());
    for (const part of [this.#closed, this.#unopened]) {
      for (const [method, counts] of part) addCounts(methods, method, counts, 1);
    }
    for (const plan of this.#open.plans()) {
      for (const counts of plan.counts()) addCounts(methods, counts.method, counts, 1);
    }
    const total = emptyCounts();
    for (const counts of methods.values()) add(total, counts, 1);
    return { total, methods };
  }

  /** Requests of one document as far as the plan knows them, in plan order: what its earlier samples were made from. */
  async *requestsOf(documentId: string): AsyncGenerator<SynthRequest> {
    const found = this.#options.corpus.documents.find((document) => document.id === documentId);
    if (found === undefined) return;
    const document = await readDocument(this.#options.corpus, found);
    const wishes = baseWishes(this.#methods, document, sizeOf(found));
    yield* new DocumentPlan(documentId, document, wishes, this.#ground).requests();
    for (const read of await new AdditionTail(this.#options.planFolder).read()) {
      if (!('addition' in read) || read.addition.document !== documentId) continue;
      const { seq, addition } = read;
      const plan = await this.#additionPlan(seq, addition, found);
      if (typeof plan !== 'string') yield* plan.requests();
    }
  }

  /**
   * A request from its record, for answers that today's settings no longer plan: they were paid for and keep their
   * samples. A text that says why where the record is not enough.
   */
  async fromRecord(line: RequestLine): Promise<SynthRequest | string> {
    const { corpus, prompts, retired, requests: records } = this.#options;
    if (records === undefined) return 'The plan was opened without the record of requests.';
    const card = corpus.documents.find(({ id }) => id === line.document);
    const found = card === undefined ? undefined : { card, text: await corpus.text(card.id) };
    const profiles = [{ methods: this.#methods, prompts }, ...(retired ? [retired] : [])];
    return recordedRequest(line, { records, profiles, found });
  }

  /** Reads additions now instead of at the next tick. */
  async refresh(): Promise<void> {
    this.#additions.look();
    await this.#additions.settled();
  }

  async close(): Promise<void> {
    this.#closedDown = true;
    await this.#additions.close();
    await this.#ground.draws.close();
  }

  #scope(): { documents: CorpusDocument[]; limit: RequestLimit | undefined } {
    const { corpus, documents = [], preview, limit, additionsOnly } = this.#options;
    const chosen = additionsOnly === true ? [] : chosenDocuments(corpus.documents, documents);
    if (limit === undefined) return { documents: chosen, limit: undefined };
    if (preview !== true || chosen.length === 0)
      return { documents: chosen, limit: new RequestLimit(limit, undefined) };
    const stages = this.#selected.reduce((sum, { method }) => sum + method.stages.length, 0);
    const { documents: shown, perDocument } = previewed(chosen, limit, stages);
    return { documents: shown, limit: new RequestLimit(limit, perDocument) };
  }

  #canOpen(): boolean {
    return (
      this.#queue.length > 0 &&
      this.#limit?.spent !== true &&
      this.#open.size + this.#opening < (this.#options.openDocuments ?? MAX_OPEN)
    );
  }

  #readAhead(): void {
    while (!this.#closedDown && this.#canOpen() && this.#opening + this.#open.ready < READ_AHEAD) {
      // Under a limit in plan order, what a document leaves over is known only when it is open.
      if (this.#limit !== undefined && this.#opening > 0) return;
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#opening++;
      const rank = ++this.#openedDocuments;
      this.#openDocument(next, rank).then(
        () => this.#opened(),
        (error: unknown) => {
          this.problems.push({ document: next.id, message: error instanceof Error ? error.message : String(error) });
          this.#opened();
        },
      );
    }
  }

  #opened(): void {
    this.#opening--;
    this.onReady?.();
  }

  async #openDocument(found: CorpusDocument, rank: number): Promise<void> {
    const document = await readDocument(this.#options.corpus, found);
    const wishes = baseWishes(this.#selected, document, sizeOf(found));
    const probe = new DocumentPlan(found.id, document, wishes, this.#ground);
    const limited = (await this.#limit?.share(wishes, probe, this.#ground)) ?? wishes;
    // What a document has was counted by its size until now; its own counts take over.
    this.#addUnopened(found, -1);
    this.#enter(new DocumentPlan(found.id, document, limited, this.#ground), rank);
  }

  #enter(plan: DocumentPlan, rank: number): void {
    const open = { plan, rank };
    plan.onReady = () => {
      this.#open.wake(open);
      this.onReady?.();
    };
    this.#open.enter(open);
  }

  #close(plan: DocumentPlan): void {
    for (const message of plan.problems) this.problems.push({ document: plan.document.document.id, message });
    if (plan.refused > 0) {
      const message = `${plan.refused} requests left out: an evaluation question would have entered their prompt.`;
      this.problems.push({ document: plan.document.document.id, message });
    }
    for (const counts of plan.counts()) addCounts(this.#closed, counts.method, counts, 1);
    this.onClosed(plan.document.document.id);
  }

  #addUnopened(document: CorpusDocument, sign: 1 | -1): void {
    for (const { method, requests } of expectedRequests(this.#selected, sizeOf(document))) {
      const planned = Math.min(requests, this.#limit?.perDocument ?? requests);
      addCounts(this.#unopened, method, { ...emptyCounts(), planned, pending: planned }, sign);
    }
  }

  async #takeAddition(seq: number, addition: PlanAddition): Promise<boolean> {
    const found = this.#options.corpus.documents.find(({ id }) => id === addition.document);
    const plan =
      found === undefined
        ? `The corpus has no document "${addition.document}" (any more).`
        : await this.#additionPlan(seq, addition, found);
    if (typeof plan === 'string') {
      this.problems.push({ document: addition.document, message: plan });
      return false;
    }
    // A person is waiting for these: before everything else.
    this.#enter(plan, seq - Number.MAX_SAFE_INTEGER);
    return true;
  }

  async #additionPlan(seq: number, addition: PlanAddition, card: CorpusDocument): Promise<DocumentPlan | string> {
    const [document, text] = await Promise.all([
      readDocument(this.#options.corpus, card),
      this.#options.corpus.text(card.id),
    ]);
    const about = { card, document, text };
    return additionPlan(seq, addition, about, this.#ground, this.#methods, this.#options.requests);
  }
}
