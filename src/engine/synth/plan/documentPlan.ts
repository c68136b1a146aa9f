import type { Outcome } from '../../llm/types.ts';
import { AnswerPool } from './answerPool.ts';
import { EvaluationWall } from './evaluationWall.ts';
import { isPending, type PlanGround } from './planGround.ts';
import { RequestOwners } from './requestOwners.ts';
import { blockedStage, type Stage, type StageCounts, type StageWish, stageCounts, stageDrafts } from './stage.ts';
import { type DrawingStage, preparedInput, recordedInput } from './stageDraws.ts';
import type { PlannedDocument, SynthRequest } from './synthRequest.ts';

/** Answered requests are skipped this many at a time, so that a resume never blocks the process for long. */
const SKIP_BATCH = 5_000;

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
  readonly #wall: EvaluationWall;
  readonly #answers: AnswerPool;
  /** Request id → place of the stage that brought it, over the whole document: equal requests are one. */
  readonly #owners = new RequestOwners();

  constructor(key: string, document: PlannedDocument, wishes: readonly StageWish[], ground: PlanGround) {
    this.key = key;
    this.document = document;
    this.#ground = ground;
    this.#stages = wishes.map(blockedStage);
    this.#wall = new EvaluationWall(ground.gate);
    this.#answers = new AnswerPool(ground, this.#wall);
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
    const stage = this.#stages[this.#owners.get(request.id)];
    if (stage === undefined) return false;
    stage.outstanding--;
    if (outcome.kind === 'gave_up') {
      stage.gaveUp++;
      return stage.outstanding === 0;
    }
    if (outcome.kind === 'answered') stage.answered++;
    else stage.failed++;
    if (this.#feeds(stage)) this.#answers.keep(request, outcome.completion);
    return stage.outstanding === 0;
  }

  get outstanding(): number {
    return this.#stages.reduce((sum, stage) => sum + stage.outstanding, 0);
  }

  /** Requests of stages that need nothing and are in the log. Walks them all. */
  answeredNow(): number {
    const { log, requests } = this.#ground;
    let answered = 0;
    for (const { wish, input } of this.#stages) {
      if (wish.place.stage.needs !== undefined) continue;
      for (const { draft } of stageDrafts(wish, input)) {
        if (log.state(requests.id(wish, draft)) === 'answered') answered++;
      }
    }
    return answered;
  }

  /** Counts by stage. */
  counts(): StageCounts[] {
    return this.#stages.map(stageCounts);
  }

  /** Requests as far as they are known, in plan order, whether answered or not: for samples made before this run. */
  async *requests(): AsyncGenerator<SynthRequest> {
    const seen = new Set<string>();
    for (const stage of this.#stages) {
      const { wish } = stage;
      const closed = wish.place.stage.needs !== undefined && stage.drafts === undefined;
      const input = closed ? await recordedInput(this.#drawing(stage), this.#answers, this.#ground) : stage.input;
      for (const { draft, order } of stageDrafts(wish, input)) {
        const request = this.#ground.requests.make(wish, draft, order);
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

  #drawing(stage: Stage): DrawingStage {
    return { wish: stage.wish, needed: this.#needed(stage), document: this.document };
  }

  #settledNeeds(stage: Stage): boolean {
    const settled = (other: Stage) => other.state === 'done' && other.outstanding === 0 && other.gaveUp === 0;
    return this.#needed(stage).every((other) => settled(other) && [...other.sharedWith].every(settled));
  }

  #unblock(stage: Stage): void {
    if (!this.#settledNeeds(stage)) return;
    if (stage.wish.place.stage.needs === undefined) {
      this.#openStage(stage);
      return;
    }
    stage.state = 'preparing';
    preparedInput(this.#drawing(stage), this.#answers, this.#ground).then(
      (input) => {
        stage.input = input;
        this.#openStage(stage);
        this.onReady();
      },
      (error: unknown) => {
        stage.state = 'broken';
        this.problems.push(`${stage.wish.place.planned.method.id}: ${String(error)}`);
        this.onReady();
      },
    );
  }

  #openStage(stage: Stage): void {
    stage.drafts = stageDrafts(stage.wish, stage.input);
    stage.state = 'open';
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
    const { log, requests } = this.#ground;
    if (this.#wall.stops(draft)) {
      this.refused++;
      return 'skipped';
    }
    const id = requests.id(stage.wish, draft);
    const owner = this.#stages[this.#owners.get(id)];
    if (owner !== undefined) {
      stage.walked++;
      stage.shared++;
      if (owner !== stage) stage.sharedWith.add(owner);
      return 'skipped';
    }
    const state = log.state(id);
    const pending = isPending(state, this.#ground);
    if (pending && stage.wish.quota !== undefined && stage.issued >= stage.wish.quota) return undefined;
    stage.walked++;
    this.#owners.set(id, this.#stages.indexOf(stage));
    if (!pending) {
      if (state === 'failed') stage.failed++;
      else stage.answered++;
      stage.reused++;
      return 'skipped';
    }
    stage.issued++;
    stage.outstanding++;
    return requests.make(stage.wish, draft, order, id);
  }
}
