import picomatch from 'picomatch';
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
import { DocumentPlan } from './documentPlan.ts';
import { DrawStore } from './drawStore.ts';
import { add, addCounts, emptyCounts, type PlanCounts } from './planCounts.ts';
import type { AnsweredRequests, PlanGround } from './planGround.ts';
import { PlannedRequests } from './plannedRequests.ts';
import { type RequestRecords, recordedRequest } from './recorded.ts';
import { previewDocuments, shareOut } from './shares.ts';
import type { StageWish } from './stage.ts';
import { PlannedDocument, type PlannedMethod, type SynthRequest } from './synthRequest.ts';
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
  /** Ids of questions that a person rejected or deleted. */
  rejectedQuestions?: ReadonlySet<string>;
  /** Most documents open at a time. */
  openDocuments?: number;
}

interface OpenDocument {
  plan: DocumentPlan;
  rank: number;
}

/** Documents are read ahead so that the dispatcher seldom waits for a file. */
const READ_AHEAD = 8;
const MAX_OPEN = 256;
const ADDITIONS_EVERY_MS = 1_000;

/**
 * The requests of a project, pulled one at a time. Documents are opened in corpus order, several at once, so that the
 * stages of one fill the pauses of another; a document's requests come together, for the prefix cache. The plan is a
 * function of documents, methods, prompts, model, seed and recorded draws: resume is the same plan minus the log.
 */
export class GenerationPlan implements RequestSource {
  onReady?: () => void;
  /** Documents or additions that could not be planned, and why. Empty = none. */
  readonly problems: { document: string; message: string }[] = [];

  readonly #options: GenerationPlanOptions;
  readonly #methods: readonly PlannedMethod[];
  readonly #selected: readonly PlannedMethod[];
  readonly #ground: PlanGround;
  readonly #tail: AdditionTail;
  readonly #queue: CorpusDocument[];
  readonly #unopened = new Map<string, PlanCounts>();
  readonly #closed = new Map<string, PlanCounts>();
  /** Open documents by key, and those of them that may have a request now, additions and earlier documents first. */
  readonly #open = new Map<string, OpenDocument>();
  #ready: OpenDocument[] = [];
  /** Requests in flight, each with those of equal documents that wait for the same answer. */
  readonly #inFlight = new Map<string, { open: OpenDocument; request: SynthRequest }[]>();
  #opening = 0;
  #openedDocuments = 0;
  #issued = 0;
  /** New requests not yet promised to an open document. */
  #left: number;
  #perDocument: number | undefined;
  #additionCheck: 'idle' | 'reading' | 'checked' = 'idle';
  readonly #timer: NodeJS.Timeout;
  #closedDown = false;
  #reading: Promise<void> = Promise.resolve();

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
    this.#left = options.limit ?? Number.POSITIVE_INFINITY;
    this.#queue = options.additionsOnly === true ? [] : this.#chosenDocuments();
    for (const document of this.#queue) this.#addUnopened(document, 1);
    this.#tail = new AdditionTail(options.planFolder);
    this.#timer = setInterval(() => this.#checkAdditions(), ADDITIONS_EVERY_MS);
    this.#timer.unref();
  }

  static async open(options: GenerationPlanOptions): Promise<GenerationPlan> {
    const plan = new GenerationPlan(options, await DrawStore.open(options.planFolder, options.writable));
    await plan.refresh();
    return plan;
  }

  next(): SynthRequest | 'wait' | 'end' {
    if (this.#issued >= (this.#options.limit ?? Number.POSITIVE_INFINITY)) return this.#outstanding() ? 'wait' : 'end';
    this.#readAhead();
    for (;;) {
      const first = this.#ready[0];
      if (first === undefined) break;
      const request = first.plan.next();
      if (request === 'more') {
        setImmediate(() => this.onReady?.());
        return 'wait';
      }
      if (request === 'wait') {
        this.#ready.shift();
      } else if (request === 'end') {
        this.#ready.shift();
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
    if (this.#additionCheck === 'checked') return 'end';
    // A wish that came in this very moment is still served by this job.
    this.#checkAdditions(true);
    return 'wait';
  }

  settle(request: PlannedRequest, outcome: Outcome): void {
    const waiting = this.#inFlight.get(request.id) ?? [];
    this.#inFlight.delete(request.id);
    for (const { open, request: own } of waiting) if (open.plan.settle(own, outcome)) this.#wake(open);
  }

  /** Counts by method. Documents not opened yet count with what their size lets expect. */
  counts(): { total: PlanCounts; methods: ReadonlyMap<string, PlanCounts> } {
    const methods = new Map<string, PlanCounts>();
    for (const { method } of this.#selected) methods.set(method.id, emptyCounts());
    for (const part of [this.#closed, this.#unopened]) {
      for (const [method, counts] of part) addCounts(methods, method, counts, 1);
    }
    for (const { plan } of this.#open.values()) {
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
    const document = await this.#read(found);
    const wishes = baseWishes(this.#methods, document, sizeOf(found));
    yield* new DocumentPlan(documentId, document, wishes, this.#ground).requests();
    for (const { seq, addition } of await this.#additionsOf(documentId)) {
      const plan = await this.#additionPlan(seq, addition, found);
      if (typeof plan !== 'string') yield* plan.requests();
    }
  }

  /**
   * A request from its record, for answers that today's settings no longer plan: they were paid for and keep their
   * samples. A text that says why where the record is not enough.
   */
  async fromRecord(line: RequestLine): Promise<SynthRequest | string> {
    const { corpus, prompts, requests: records } = this.#options;
    if (records === undefined) return 'The plan was opened without the record of requests.';
    const card = corpus.documents.find(({ id }) => id === line.document);
    const found = card === undefined ? undefined : { card, text: await corpus.text(card.id) };
    return recordedRequest(line, { records, prompts, methods: this.#methods, found });
  }

  /** Reads additions now instead of at the next tick. */
  async refresh(): Promise<void> {
    this.#checkAdditions();
    await this.#reading;
  }

  async close(): Promise<void> {
    this.#closedDown = true;
    clearInterval(this.#timer);
    await this.#reading;
    await this.#ground.draws.close();
  }

  #chosenDocuments(): CorpusDocument[] {
    const { documents = [], preview, limit } = this.#options;
    const matches = documents.length === 0 ? () => true : picomatch([...documents], { dot: true });
    const chosen = this.#options.corpus.documents.filter(
      ({ id, path }) =>
        documents.length === 0 || documents.includes(id) || documents.includes(path) || matches(id) || matches(path),
    );
    if (preview !== true || limit === undefined || chosen.length === 0) return chosen;
    const sizes = chosen.map((document) => document.tokens.tokens);
    const stages = this.#selected.reduce((sum, { method }) => sum + method.stages.length, 0);
    const spread = previewDocuments(sizes, limit, stages);
    this.#perDocument = Math.ceil(limit / Math.max(1, spread.length));
    return spread.flatMap((index) => chosen[index] ?? []);
  }

  #canOpen(): boolean {
    return (
      this.#queue.length > 0 &&
      this.#left > 0 &&
      this.#open.size + this.#opening < (this.#options.openDocuments ?? MAX_OPEN)
    );
  }

  #readAhead(): void {
    while (!this.#closedDown && this.#canOpen() && this.#opening + this.#ready.length < READ_AHEAD) {
      // Under a limit in plan order, what a document leaves over is known only when it is open.
      if (this.#options.limit !== undefined && this.#opening > 0) return;
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
    const document = await this.#read(found);
    const wishes = baseWishes(this.#selected, document, sizeOf(found));
    const limited = this.#options.limit === undefined ? wishes : await this.#withQuotas(wishes, document, found.id);
    // What a document has was counted by its size until now; its own counts take over.
    this.#addUnopened(found, -1);
    this.#enter(new DocumentPlan(found.id, document, limited, this.#ground), rank);
  }

  async #withQuotas(wishes: StageWish[], document: PlannedDocument, id: string): Promise<StageWish[]> {
    const answered = new Map<string, number>();
    const probe = new DocumentPlan(id, document, wishes, this.#ground);
    for await (const request of probe.requests()) {
      if (this.#ground.log.state(request.id) === undefined) continue;
      const name = `${request.method}/${request.draft.stage}`;
      answered.set(name, (answered.get(name) ?? 0) + 1);
    }
    const seen = new Set<object>();
    const wanted = wishes.map((wish) => {
      if (seen.has(wish.place.stage)) return 0;
      seen.add(wish.place.stage);
      return Math.max(0, wish.expected - (answered.get(wish.name) ?? 0));
    });
    const limit = Math.min(this.#left, this.#perDocument ?? Number.POSITIVE_INFINITY);
    const shares = shareOut(limit, wanted);
    this.#left -= shares.reduce((sum, share) => sum + share, 0);
    return wishes.map((wish, index) => ({ ...wish, quota: shares[index] ?? 0 }));
  }

  #enter(plan: DocumentPlan, rank: number): void {
    const open = { plan, rank };
    this.#open.set(plan.key, open);
    plan.onReady = () => {
      this.#wake(open);
      this.onReady?.();
    };
    this.#wake(open);
  }

  #wake(open: OpenDocument): void {
    if (this.#ready.includes(open)) return;
    const at = this.#ready.findIndex(({ rank }) => rank > open.rank);
    this.#ready.splice(at < 0 ? this.#ready.length : at, 0, open);
  }

  #close(plan: DocumentPlan): void {
    this.#open.delete(plan.key);
    for (const message of plan.problems) this.problems.push({ document: plan.document.document.id, message });
    if (plan.refused > 0) {
      const message = `${plan.refused} requests left out: an evaluation question would have entered their prompt.`;
      this.problems.push({ document: plan.document.document.id, message });
    }
    for (const counts of plan.counts()) addCounts(this.#closed, counts.method, counts, 1);
  }

  #outstanding(): boolean {
    return [...this.#open.values()].some(({ plan }) => plan.outstanding > 0);
  }

  async #read(found: CorpusDocument): Promise<PlannedDocument> {
    const { corpus } = this.#options;
    const [text, windows] = await Promise.all([corpus.text(found.id), corpus.windows(found.id)]);
    const document = {
      id: found.id,
      title: found.title,
      metadata: found.metadata,
      windows: windows.map(({ index, start, end, tokens }) => ({
        index,
        start,
        end,
        tokens,
        text: text.slice(start, end),
      })),
    };
    return new PlannedDocument(document, found.text_hash);
  }

  #addUnopened(document: CorpusDocument, sign: 1 | -1): void {
    for (const { method, requests } of expectedRequests(this.#selected, sizeOf(document))) {
      const planned = this.#perDocument === undefined ? requests : Math.min(requests, this.#perDocument);
      addCounts(this.#unopened, method, { ...emptyCounts(), planned, pending: planned }, sign);
    }
  }

  #checkAdditions(final = false): void {
    if (this.#closedDown || this.#additionCheck === 'reading') return;
    const before = this.#additionCheck;
    this.#additionCheck = 'reading';
    this.#reading = this.#takeAdditions().then(
      (taken) => {
        this.#additionCheck = taken > 0 ? 'idle' : final ? 'checked' : before;
        this.onReady?.();
      },
      (error: unknown) => {
        this.problems.push({ document: '', message: `Plan additions cannot be read: ${String(error)}` });
        this.#additionCheck = 'checked';
        this.onReady?.();
      },
    );
  }

  async #takeAdditions(): Promise<number> {
    let taken = 0;
    for (const read of await this.#tail.read()) {
      if ('problem' in read) {
        this.problems.push({ document: '', message: read.problem });
        continue;
      }
      const { seq, addition } = read;
      const found = this.#options.corpus.documents.find(({ id }) => id === addition.document);
      const plan =
        found === undefined
          ? `The corpus has no document "${addition.document}" (any more).`
          : await this.#additionPlan(seq, addition, found);
      if (typeof plan === 'string') this.problems.push({ document: addition.document, message: plan });
      else {
        // A person is waiting for these: before everything else.
        this.#enter(plan, seq - Number.MAX_SAFE_INTEGER);
        taken++;
      }
    }
    return taken;
  }

  async #additionsOf(documentId: string): Promise<{ seq: number; addition: PlanAddition }[]> {
    const all = await new AdditionTail(this.#options.planFolder).read();
    return all.flatMap((read) => ('addition' in read && read.addition.document === documentId ? [read] : []));
  }

  async #additionPlan(seq: number, addition: PlanAddition, card: CorpusDocument): Promise<DocumentPlan | string> {
    const [document, text] = await Promise.all([this.#read(card), this.#options.corpus.text(card.id)]);
    const about = { card, document, text };
    return additionPlan(seq, addition, about, this.#ground, this.#methods, this.#options.requests);
  }
}

function sizeOf(document: CorpusDocument) {
  return { windows: document.windows, tokens: document.tokens.tokens, characters: document.characters };
}
