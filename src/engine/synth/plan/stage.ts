import type { Draft, Draw, Question } from '../types.ts';
import { type PlannedDocument, STAGE_STRIDE, type StagePlace } from './synthRequest.ts';

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

/** What a stage plans from, besides its document. */
export interface StageInput {
  draws: Draw[];
  strategies: { text: string; window: number }[];
  questions: Question[];
}

/** A wish with how far it has come. */
export interface Stage {
  wish: StageWish;
  state: 'blocked' | 'preparing' | 'open' | 'done' | 'broken';
  input: StageInput;
  drafts: Iterator<OrderedDraft> | undefined;
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

export interface StageCounts {
  method: string;
  planned: number;
  answered: number;
  failed: number;
  pending: number;
  /** Of answered: those that were in the log before this run. */
  reused: number;
}

/** A draft and its position within (document, method). */
export interface OrderedDraft {
  draft: Draft;
  order: number;
}

export const emptyInput = (): StageInput => ({ draws: [], strategies: [], questions: [] });

export function blockedStage(wish: StageWish): Stage {
  return {
    wish,
    state: 'blocked',
    input: emptyInput(),
    drafts: undefined,
    walked: 0,
    answered: 0,
    failed: 0,
    reused: 0,
    issued: 0,
    outstanding: 0,
    gaveUp: 0,
    shared: 0,
    sharedWith: new Set(),
  };
}

/** planned = answered + failed + pending always; what is not walked yet counts as expected, within the quota. */
export function stageCounts(stage: Stage): StageCounts {
  const { answered, failed, reused, wish } = stage;
  const walkedOwn = stage.walked - stage.shared;
  const limit = wish.quota === undefined ? Number.POSITIVE_INFINITY : answered + failed + (wish.quota - stage.issued);
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
}

/** The drafts of a stage in plan order. */
export function* stageDrafts(wish: StageWish, input: StageInput): Generator<OrderedDraft> {
  const base = wish.orderBase ?? wish.place.stageIndex * STAGE_STRIDE;
  let index = 0;
  for (const draft of draftsInTurn(wish, input)) {
    if (wish.window !== undefined && draft.window !== wish.window) continue;
    if (wish.count !== undefined && index >= wish.count) return;
    yield { draft, order: base + index };
    index++;
  }
}

function* draftsInTurn(wish: StageWish, { draws, strategies, questions }: StageInput): Generator<Draft> {
  const offset = wish.replicaOffset ?? 0;
  const input = {
    document: wish.document.document,
    options: wish.place.planned.options,
    strategies,
    questions,
    draws,
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
