import type { CompletionLine } from '../../../contract/completion.ts';
import { contentHash } from '../../contentHash.ts';
import type { Outcome } from '../../llm/types.ts';
import type { LeakGate } from '../dedupe/leakGate.ts';
import { DocumentVerdicts } from '../derive/documentVerdicts.ts';
import { parseCompletion, samplesOf } from '../derive/samplesOf.ts';
import type { Prompts } from '../template/prompts.ts';
import type { Draft, Draw, Parsed, Question } from '../types.ts';
import { drawMore } from './draw.ts';
import type { DrawStore } from './drawStore.ts';
import { type PlannedDocument, STAGE_STRIDE, type StagePlace, SynthRequest } from './synthRequest.ts';

/** The part of the completion log that a plan needs. `CompletionLog` is one. */
export interface AnsweredRequests {
  /** Without reading a body. */
  state(id: string): 'answered' | 'failed' | undefined;
  read(id: string): Promise<CompletionLine | undefined>;
}

/** What every document of one plan shares. */
export interface PlanGround {
  prompts: Prompts;
  model: string;
  seed: number;
  log: AnsweredRequests;
  draws: DrawStore;
  gate: LeakGate;
  retryFailed: boolean;
  /** False: nothing new is drawn. */
  writable: boolean;
  /** Questions that a person rejected or deleted: not drawn from any more. What was drawn stays drawn. */
  rejectedQuestions: ReadonlySet<string>;
}

/** One stage as it is to be run for one document. */
export interface StageWish {
  place: StagePlace;
  /** Sees the passage instead of the whole document (plan additions). */
  document: PlannedDocument;
  /** Names of wishes whose requests must be terminal before this one is planned. */
  needs: readonly string[];
  name: string;
  /** Requests expected before anything is read. */
  expected: number;
  /** At most this many requests that are not in the log yet. */
  quota?: number;
  /** Draws wanted; absent = the stage plans from its input alone. */
  draws?: { count: number; scope: string; query?: Question };
  passage?: { start: number; end: number };
  /** Take drafts around again, as further replicas, until there are this many (plan additions). */
  count?: number;
  replicaOffset?: number;
  orderBase?: number;
  /** Only drafts of this window. */
  window?: number;
  /** These drafts instead of the stage's own (a regenerated request). */
  drafts?: readonly Draft[];
}

export interface StageCounts {
  method: string;
  planned: number;
  answered: number;
  failed: number;
  pending: number;
  /** Of answered: those that were in the log before this run. */
  reused: number;
}

interface Stage {
  wish: StageWish;
  state: 'blocked' | 'preparing' | 'open' | 'done' | 'broken';
  drafts: Iterator<{ draft: Draft; order: number }> | undefined;
  draws: Draw[];
  strategies: { text: string; window: number }[];
  questions: Question[];
  walked: number;
  answered: number;
  failed: number;
  reused: number;
  issued: number;
  outstanding: number;
  gaveUp: number;
  /** Requests of this stage that another stage brought first: that stage counts them. */
  shared: number;
  sharedWith: Set<Stage>;
}

/** Answered requests are skipped this many at a time, so that a resume never blocks the process for long. */
const SKIP_BATCH = 5_000;

/** Inputs that are the document itself: a corpus may hold a question that is also asked in an evaluation. */
const OF_THE_DOCUMENT: ReadonlySet<string> = new Set(['document', 'title', 'metadata', 'region']);

/**
 * The plan of one document, stage by stage. A stage opens when every request of the stages it needs is terminal; its
 * draws are then recorded, and its requests are made one at a time. Nothing but open documents is in memory.
 */
export class DocumentPlan {
  readonly key: string;
  readonly document: PlannedDocument;
  /** A stage became ready, or broke. */
  onReady: () => void = () => {};
  readonly problems: string[] = [];
  /** Drafts that would have carried an evaluation question into a prompt. */
  refused = 0;

  readonly #ground: PlanGround;
  readonly #stages: Stage[];
  /** Request id → stage that brought it, over the whole document: equal requests are one. */
  readonly #owner = new Map<string, Stage>();
  /** What this run's answers say, for stages that others need. */
  readonly #parsed = new Map<string, Parsed[]>();
  readonly #leaks = new Map<string, boolean>();

  constructor(key: string, document: PlannedDocument, wishes: readonly StageWish[], ground: PlanGround) {
    this.key = key;
    this.document = document;
    this.#ground = ground;
    this.#stages = wishes.map((wish) => ({
      wish,
      state: 'blocked',
      drafts: undefined,
      draws: [],
      strategies: [],
      questions: [],
      walked: 0,
      answered: 0,
      failed: 0,
      reused: 0,
      issued: 0,
      outstanding: 0,
      gaveUp: 0,
      shared: 0,
      sharedWith: new Set(),
    }));
  }

  /** The next request that is not in the log. `'more'`: nothing yet, ask again soon (a long answered stretch). */
  next(): SynthRequest | 'wait' | 'more' | 'end' {
    let skipped = 0;
    for (const stage of this.#stages) {
      if (stage.state === 'blocked') this.#unblock(stage);
      while (stage.state === 'open') {
        const request = this.#pullOrBreak(stage);
        if (request === 'broken') break;
        if (request === undefined) {
          stage.state = 'done';
          break;
        }
        if (request !== 'skipped') return request;
        if (++skipped >= SKIP_BATCH) return 'more';
      }
    }
    if (this.#stages.some((stage) => stage.state === 'preparing' || stage.outstanding > 0)) return 'wait';
    // What is still blocked waits for requests that gave up: they are pending, for the next run.
    return this.#stages.some((stage) => stage.state === 'blocked' && this.#settledNeeds(stage)) ? 'more' : 'end';
  }

  /** True when a stage has nothing in flight any more: `next` may have more to give. */
  settle(request: SynthRequest, outcome: Outcome): boolean {
    const stage = this.#owner.get(request.id);
    if (stage === undefined) return false;
    stage.outstanding--;
    if (outcome.kind === 'gave_up') {
      stage.gaveUp++;
      return stage.outstanding === 0;
    }
    if (outcome.kind === 'answered') stage.answered++;
    else stage.failed++;
    if (this.#feeds(stage)) this.#parsed.set(request.id, parseCompletion(request, outcome.completion));
    return stage.outstanding === 0;
  }

  get outstanding(): number {
    return this.#stages.reduce((sum, stage) => sum + stage.outstanding, 0);
  }

  /** Requests of stages that need nothing and are in the log. Walks them all. */
  answeredNow(): number {
    let answered = 0;
    for (const stage of this.#stages) {
      if (stage.wish.place.stage.needs !== undefined) continue;
      for (const { draft, order } of this.#drafts(stage)) {
        if (this.#ground.log.state(this.#request(stage, draft, order).id) === 'answered') answered++;
      }
    }
    return answered;
  }

  /** Counts by stage; planned = answered + failed + pending always. */
  counts(): StageCounts[] {
    return this.#stages.map((stage) => {
      const { answered, failed, reused, wish } = stage;
      const walkedOwn = stage.walked - stage.shared;
      const limit =
        wish.quota === undefined ? Number.POSITIVE_INFINITY : answered + failed + (wish.quota - stage.issued);
      const whole = stage.state === 'done' ? walkedOwn : Math.max(walkedOwn, wish.expected);
      const known = answered + failed + stage.outstanding + stage.gaveUp;
      const planned = Math.max(known, Math.min(whole, limit + stage.outstanding + stage.gaveUp));
      return {
        method: wish.place.planned.method.id,
        planned,
        answered,
        failed,
        pending: planned - answered - failed,
        reused,
      };
    });
  }

  /** Requests as far as they are known, in plan order, whether answered or not: for samples made before this run. */
  async *requests(): AsyncGenerator<SynthRequest> {
    const seen = new Set<string>();
    for (const stage of this.#stages) {
      let walked = stage;
      if (stage.wish.place.stage.needs !== undefined && stage.drafts === undefined) {
        const { draws: wanted } = stage.wish;
        const draws = wanted === undefined ? [] : await this.#ground.draws.read(this.#drawKey(stage));
        const pool = wanted === undefined ? await this.#pool(stage) : { strategies: [], questions: [] };
        walked = { ...stage, draws, ...pool };
      }
      for (const { draft, order } of this.#drafts(walked)) {
        const request = this.#request(stage, draft, order);
        if (seen.has(request.id)) continue;
        seen.add(request.id);
        yield request;
      }
    }
  }

  /** Does a stage that is not open yet wait for this one, or for one that shares requests with it? */
  #feeds(stage: Stage): boolean {
    return this.#stages.some(
      (other) =>
        (other.state === 'blocked' || other.state === 'preparing') &&
        this.#needed(other).some((needed) => needed === stage || needed.sharedWith.has(stage)),
    );
  }

  #needed(stage: Stage): Stage[] {
    return this.#stages.filter((other) => stage.wish.needs.includes(other.wish.name));
  }

  #settledNeeds(stage: Stage): boolean {
    const settled = (other: Stage) => other.state === 'done' && other.outstanding === 0 && other.gaveUp === 0;
    return this.#needed(stage).every((other) => settled(other) && [...other.sharedWith].every(settled));
  }

  #unblock(stage: Stage): void {
    if (!this.#settledNeeds(stage)) return;
    if (stage.wish.place.stage.needs === undefined) {
      stage.drafts = this.#drafts(stage);
      stage.state = 'open';
      return;
    }
    stage.state = 'preparing';
    this.#prepare(stage).then(
      () => {
        stage.drafts = this.#drafts(stage);
        stage.state = 'open';
        this.onReady();
      },
      (error: unknown) => {
        stage.state = 'broken';
        this.problems.push(`${stage.wish.place.planned.method.id}: ${String(error)}`);
        this.onReady();
      },
    );
  }

  /** Draws what is missing, and only then reads bodies: a document whose draws are complete is resumed from ids alone. */
  async #prepare(stage: Stage): Promise<void> {
    const { draws } = stage.wish;
    const needs = stage.wish.place.stage.needs;
    if (needs === undefined) return;
    if (draws === undefined) {
      const pool = await this.#pool(stage);
      stage.strategies = pool.strategies;
      stage.questions = pool.questions;
      return;
    }
    const key = this.#drawKey(stage);
    const recorded = await this.#ground.draws.read(key);
    const missing = this.#wanted(stage, draws.count, recorded) - recorded.length;
    // Fewer wanted than drawn once: the first ones, so that a later, larger plan goes on where they end.
    stage.draws = recorded.slice(0, draws.count);
    if (missing <= 0 || !this.#ground.writable) return;
    const found = await this.#pool(stage);
    const pool = {
      strategies: found.strategies,
      questions: draws.query === undefined ? found.questions : [draws.query],
      windows: stage.wish.document.document.windows.map((window) => window.index),
    };
    const more = drawMore(needs, pool, recorded, missing, key);
    if (more.length === 0) return;
    await this.#ground.draws.extend(
      key,
      this.document.document.id,
      stage.wish.place.planned.method.id,
      recorded.length,
      more,
    );
    stage.draws = [...recorded, ...more];
  }

  /** A limited run draws no more than it will use: the rest is drawn later from a larger pool. */
  #wanted(stage: Stage, count: number, recorded: readonly Draw[]): number {
    const { quota } = stage.wish;
    if (quota === undefined) return count;
    let open = 0;
    const walk: Stage = { ...stage, draws: [...recorded] };
    for (const { draft, order } of this.#drafts(walk)) {
      if (this.#pending(this.#request(stage, draft, order).id)) open++;
    }
    return Math.min(count, recorded.length + Math.max(0, quota - open));
  }

  async #pool(stage: Stage): Promise<{ strategies: { text: string; window: number }[]; questions: Question[] }> {
    const strategies: { text: string; window: number }[] = [];
    const questions: Question[] = [];
    for (const other of this.#needed(stage)) {
      const verdicts = new DocumentVerdicts(this.#ground.gate);
      for (const { draft, order } of this.#drafts(other)) {
        const request = this.#request(other, draft, order);
        const parsed = this.#parsed.get(request.id) ?? (await this.#readParsed(request));
        for (const one of parsed) {
          if (one.kind === 'strategy' && !this.#leaksText(one.text)) {
            strategies.push({ text: one.text, window: draft.window });
          }
        }
        for (const sample of samplesOf(request, parsed)) {
          const judged = verdicts.take(sample, other.wish.place.planned.index).sample;
          if (judged.kind !== 'qa' || judged.state !== 'accepted' || judged.question === undefined) continue;
          if (this.#ground.rejectedQuestions.has(judged.id)) continue;
          questions.push({
            id: judged.id,
            text: judged.question,
            window: draft.window,
            ...(judged.source === undefined ? {} : { source: judged.source }),
          });
        }
      }
    }
    return { strategies, questions };
  }

  async #readParsed(request: SynthRequest): Promise<Parsed[]> {
    if (this.#ground.log.state(request.id) !== 'answered') return [];
    const completion = await this.#ground.log.read(request.id);
    return completion === undefined ? [] : parseCompletion(request, completion);
  }

  /** A method or prompt that cannot make its request ends its stage with a reason; the rest of the plan goes on. */
  #pullOrBreak(stage: Stage): SynthRequest | 'skipped' | 'broken' | undefined {
    try {
      return this.#pull(stage);
    } catch (error) {
      stage.state = 'broken';
      const message = error instanceof Error ? error.message : String(error);
      this.problems.push(`${stage.wish.place.planned.method.id}: ${message}`);
      return 'broken';
    }
  }

  #pull(stage: Stage): SynthRequest | 'skipped' | undefined {
    const step = stage.drafts?.next();
    if (step === undefined || step.done === true) return undefined;
    const { draft, order } = step.value;
    if (this.#carriesEvaluation(draft)) {
      this.refused++;
      return 'skipped';
    }
    const request = this.#request(stage, draft, order);
    const owner = this.#owner.get(request.id);
    const pending = owner === undefined && this.#pending(request.id);
    if (pending && stage.wish.quota !== undefined && stage.issued >= stage.wish.quota) return undefined;
    stage.walked++;
    if (owner !== undefined) {
      stage.shared++;
      if (owner !== stage) stage.sharedWith.add(owner);
      return 'skipped';
    }
    this.#owner.set(request.id, stage);
    if (!pending) {
      if (this.#ground.log.state(request.id) === 'failed') stage.failed++;
      else stage.answered++;
      stage.reused++;
      return 'skipped';
    }
    stage.issued++;
    stage.outstanding++;
    return request;
  }

  #pending(id: string): boolean {
    const state = this.#ground.log.state(id);
    return state === undefined || (state === 'failed' && this.#ground.retryFailed);
  }

  *#drafts(stage: Stage): Generator<{ draft: Draft; order: number }> {
    const { wish } = stage;
    const base = wish.orderBase ?? wish.place.stageIndex * STAGE_STRIDE;
    let index = 0;
    for (const draft of this.#cycle(stage)) {
      if (wish.window !== undefined && draft.window !== wish.window) continue;
      if (wish.count !== undefined && index >= wish.count) return;
      yield { draft, order: base + index };
      index++;
    }
  }

  *#cycle(stage: Stage): Generator<Draft> {
    const { wish } = stage;
    const offset = wish.replicaOffset ?? 0;
    const input = {
      document: wish.document.document,
      options: wish.place.planned.options,
      strategies: stage.strategies,
      questions: stage.questions,
      draws: stage.draws,
      ...(wish.passage === undefined ? {} : { passage: wish.passage }),
    };
    for (let round = 0; ; round++) {
      let any = false;
      for (const draft of wish.drafts ?? wish.place.stage.plan(input)) {
        any = true;
        const replica = draft.replica + offset + round;
        yield replica === draft.replica ? draft : { ...draft, replica };
      }
      // The project's own plan is what the method plans; only additions go round again.
      if (!any || wish.count === undefined || wish.draws !== undefined) return;
    }
  }

  #request(stage: Stage, draft: Draft, order: number): SynthRequest {
    const template = this.#ground.prompts.get(draft.template);
    if (template === undefined) {
      const method = stage.wish.place.planned.method.id;
      throw new Error(`Method "${method}" asks for the prompt "${draft.template}", which it does not bring.`);
    }
    return new SynthRequest(stage.wish.place, stage.wish.document, draft, template, this.#ground.model, order);
  }

  /** Evaluation questions never enter a prompt: whatever a draft puts in beside the document's own words is checked. */
  #carriesEvaluation(draft: Draft): boolean {
    if (this.#ground.gate.size === 0) return false;
    if (draft.query !== undefined && this.#leaksText(draft.query.text)) return true;
    for (const name in draft.inputs) {
      if (!OF_THE_DOCUMENT.has(name) && this.#leaksText(draft.inputs[name] ?? '')) return true;
    }
    return false;
  }

  #leaksText(text: string): boolean {
    const known = this.#leaks.get(text);
    if (known !== undefined) return known;
    const leaks = this.#ground.gate.question(text).kind === 'leak' || this.#ground.gate.text(text).kind === 'leak';
    this.#leaks.set(text, leaks);
    return leaks;
  }

  /**
   * Draws belong to what they were drawn for: document text, windows, model and the prompts that made the pool. Another
   * model's questions are another pool; more calls of the same prompt are not.
   */
  #drawKey(stage: Stage): string {
    const { wish } = stage;
    const prompts = this.#stages
      .filter((other) => wish.needs.includes(other.wish.name))
      .flatMap((other) => Object.keys(other.wish.place.planned.method.prompts))
      .map((name) => this.#ground.prompts.get(name)?.hash ?? '');
    const windows = this.document.document.windows.map(({ start, end }) => `${start}-${end}`);
    return contentHash(
      JSON.stringify([
        this.document.document.id,
        this.document.textHash,
        windows,
        wish.place.planned.method.id,
        this.#ground.model,
        [...new Set(prompts)].sort(),
        this.#ground.seed,
        wish.draws?.scope ?? '',
      ]),
    );
  }
}
