import type { PlanAddition } from '../../../contract/addition.ts';
import type { DocumentSize, Draft, Question } from '../types.ts';
import type { StageWish } from './stage.ts';
import { ADDITION_ORDER, type PlannedDocument, type PlannedMethod, type StagePlace } from './synthRequest.ts';

/** Most requests of one addition (contract): what sets its orders apart from the next one's. */
const ADDITION_STRIDE = 10_000;
/** Replicas of the project's own plan stay below this; every addition has a thousand of its own above. */
const REPLICA_STRIDE = 1_000;
/** Questions that one QA call yields, roughly: how many calls a rewrite addition needs when there are none yet. */
const QUESTIONS_PER_CALL = 4;

const nameOf = (place: StagePlace) => `${place.planned.method.id}/${place.stage.id}`;

function placesOf(planned: PlannedMethod): StagePlace[] {
  return planned.method.stages.map((stage, stageIndex) => ({ planned, stage, stageIndex }));
}

/** The selected methods, with the QA method added where one of them needs its questions. In registry order. */
export function withPrerequisites(all: readonly PlannedMethod[], selected: ReadonlySet<string>): PlannedMethod[] {
  const needsQuestions = all.some(({ method }) => selected.has(method.id) && usesQuestions(method));
  const qa = all.find(({ method }) => method.kind === 'qa');
  return all.filter((planned) => selected.has(planned.method.id) || (needsQuestions && planned === qa));
}

export function usesQuestions(method: PlannedMethod['method']): boolean {
  return method.stages.some((stage) => stage.needs === 'questions' || stage.needs === 'questions_and_strategies');
}

/** Requests that the stages are expected to plan for a document of this size; stages shared by methods count once. */
export function expectedRequests(
  methods: readonly PlannedMethod[],
  size: DocumentSize,
): { method: string; requests: number }[] {
  const seen = new Map<object, number>();
  return methods.flatMap((planned) =>
    planned.method.stages.map((stage) => {
      const requests = stage.count?.(size, planned.options) ?? 0;
      const shared = seen.get(stage) === requests;
      seen.set(stage, requests);
      return { method: planned.method.id, requests: shared ? 0 : requests };
    }),
  );
}

/** The project's own plan for one document. */
export function baseWishes(
  methods: readonly PlannedMethod[],
  document: PlannedDocument,
  size: DocumentSize,
): StageWish[] {
  const expected = expectedRequests(methods, size);
  const qa = methods.find(({ method }) => method.kind === 'qa');
  let position = 0;
  return methods.flatMap((planned) => {
    const places = placesOf(planned);
    return places.map((place): StageWish => {
      const { stage } = place;
      const draws = stage.draws?.(document.document, planned.options);
      const counted = expected[position++]?.requests ?? 0;
      return {
        place,
        document,
        name: nameOf(place),
        needs: needsOf(place, places, qa),
        expected: draws ?? counted,
        ...(draws === undefined ? {} : { draws: { count: draws, scope: 'plan' } }),
      };
    });
  });
}

function needsOf(place: StagePlace, own: readonly StagePlace[], qa: PlannedMethod | undefined): string[] {
  const { needs } = place.stage;
  if (needs === undefined) return [];
  const earlier = own.slice(0, place.stageIndex).map(nameOf);
  const questions = needs === 'strategies' || qa === undefined ? [] : placesOf(qa).map(nameOf);
  return [...new Set([...earlier, ...questions])];
}

/** What an addition needs to know of the document it was made for. */
export interface AdditionGround {
  methods: readonly PlannedMethod[];
  document: PlannedDocument;
  /** The passage with its surroundings, where the addition has a range. */
  passage?: PlannedDocument;
  /** Calls of a wish's drafts that are answered already. */
  answered(wish: StageWish): number;
  /** The window a person's question is about. */
  queryWindow: number;
  size: DocumentSize;
}

/**
 * An addition as stages: its own requests, behind whatever they need and does not exist yet. Needs are requests of the
 * project's own plan where they can be (same ids: never paid twice); those about a passage are made of the passage.
 */
export function additionWishes(
  seq: number,
  addition: PlanAddition,
  ground: AdditionGround,
): { ok: true; wishes: StageWish[] } | { ok: false; message: string } {
  const planned = ground.methods.find(({ method }) => method.id === addition.method);
  if (planned === undefined) {
    const known = ground.methods.map(({ method }) => method.id).join(', ');
    return { ok: false, message: `There is no method "${addition.method}" (there are: ${known}).` };
  }
  const base = baseWishes(withPrerequisites(ground.methods, new Set([addition.method])), ground.document, ground.size);
  const { passage } = ground;
  const window = passage?.document.windows[0]?.index ?? (addition.query === undefined ? undefined : ground.queryWindow);
  const own = {
    orderBase: ADDITION_ORDER + seq * ADDITION_STRIDE,
    replicaOffset: seq * REPLICA_STRIDE,
    document: passage ?? ground.document,
    ...(passage !== undefined && addition.range !== undefined ? { passage: addition.range } : {}),
  };
  const places = placesOf(planned);
  const last = places.at(-1);
  if (last === undefined) return { ok: false, message: `Method "${addition.method}" has no stages.` };
  if (last.stage.needs === undefined) {
    return {
      ok: true,
      wishes: [{ place: last, name: 'addition', needs: [], expected: addition.count, count: addition.count, ...own }],
    };
  }

  const query: Question | undefined =
    addition.query === undefined ? undefined : { ...addition.query, window: window ?? ground.queryWindow };
  const wishes: StageWish[] = [];
  const needs: string[] = [];
  for (const wish of base) {
    const isQa = wish.place.planned !== planned;
    if (!isQa && wish.place.stageIndex === last.stageIndex) continue;
    if (isQa && query !== undefined) continue;
    needs.push(wish.name);
    if (isQa && passage !== undefined && addition.range !== undefined) {
      // Questions about this very passage, else the rewrites would focus on something else.
      const calls = Math.max(1, Math.ceil(addition.count / QUESTIONS_PER_CALL));
      wishes.push({ ...wish, ...own, orderBase: own.orderBase + ADDITION_STRIDE / 2, expected: calls, count: calls });
      continue;
    }
    const narrowed =
      passage !== undefined
        ? // Strategies of the very text that the rewriting prompt shows (recipe §3.4 asks for them of what is to be learned):
          // those of the whole document ask for things that are not there, and the model invents them.
          { ...wish, document: passage }
        : window === undefined || isQa
          ? wish
          : { ...wish, window };
    const enough = isQa ? Math.ceil(addition.count / QUESTIONS_PER_CALL) : 1;
    const quota = Math.max(0, enough - ground.answered(narrowed));
    wishes.push({ ...narrowed, quota, expected: quota });
  }
  wishes.push({
    place: last,
    name: 'addition',
    needs,
    expected: addition.count,
    draws: { count: addition.count, scope: addition.id, ...(query === undefined ? {} : { query }) },
    ...own,
  });
  return { ok: true, wishes };
}

/** A further replica of a request that was made before, with the prompt as it is today. */
export function regenerateWish(
  seq: number,
  addition: PlanAddition,
  planned: PlannedMethod,
  stage: string,
  draft: Draft,
  document: PlannedDocument,
): StageWish | undefined {
  const place = placesOf(planned).find((each) => each.stage.id === stage);
  if (place === undefined) return undefined;
  const drafts = Array.from({ length: addition.count }, (_, index) => ({
    ...draft,
    replica: seq * REPLICA_STRIDE + index,
  }));
  const free: StagePlace = { ...place, stage: withoutNeeds(place.stage) };
  return {
    place: free,
    document,
    name: 'addition',
    needs: [],
    expected: addition.count,
    drafts,
    orderBase: ADDITION_ORDER + seq * ADDITION_STRIDE,
  };
}

/** The stage with everything it needs already in the draft. */
function withoutNeeds(stage: StagePlace['stage']): StagePlace['stage'] {
  const { needs: _needs, ...rest } = stage;
  return rest;
}
