import { contentHash } from '../../contentHash.ts';
import type { Draw } from '../types.ts';
import type { AnswerPool } from './answerPool.ts';
import { drawMore } from './draw.ts';
import { isPending, type PlanGround } from './planGround.ts';
import { emptyInput, type Stage, type StageInput, type StageWish, stageDrafts } from './stage.ts';
import type { PlannedDocument } from './synthRequest.ts';

/** Whose draws are taken: a stage of a document, and the stages it draws from. */
export interface DrawingStage {
  wish: StageWish;
  needed: readonly Stage[];
  document: PlannedDocument;
}

/**
 * What a stage plans from. Draws what is missing, and only then reads bodies: a document whose draws are complete is
 * resumed from ids alone.
 */
export async function preparedInput(stage: DrawingStage, answers: AnswerPool, ground: PlanGround): Promise<StageInput> {
  const { wish, needed, document } = stage;
  const { draws } = wish;
  const { needs } = wish.place.stage;
  if (needs === undefined) return emptyInput();
  if (draws === undefined) return { draws: [], ...(await answers.from(needed)) };
  const key = drawKey(stage, ground);
  const recorded = await ground.draws.read(key);
  const missing = wantedDraws(wish, draws.count, recorded, ground) - recorded.length;
  // Fewer wanted than drawn once: the first ones, so that a later, larger plan goes on where they end.
  const input = { ...emptyInput(), draws: recorded.slice(0, draws.count) };
  if (missing <= 0 || !ground.writable) return input;
  const found = await answers.from(needed);
  const pool = {
    strategies: found.strategies,
    questions: draws.query === undefined ? found.questions : [draws.query],
    windows: wish.document.document.windows.map((window) => window.index),
  };
  const more = drawMore(needs, pool, recorded, missing, key);
  if (more.length === 0) return input;
  await ground.draws.extend(key, document.document.id, wish.place.planned.method.id, recorded.length, more);
  return { ...input, draws: [...recorded, ...more] };
}

/** What a stage plans from as far as it is recorded: nothing is drawn. */
export async function recordedInput(stage: DrawingStage, answers: AnswerPool, ground: PlanGround): Promise<StageInput> {
  if (stage.wish.draws === undefined) return { draws: [], ...(await answers.from(stage.needed)) };
  return { ...emptyInput(), draws: await ground.draws.read(drawKey(stage, ground)) };
}

/** A limited run draws no more than it will use: the rest is drawn later from a larger pool. */
function wantedDraws(wish: StageWish, count: number, recorded: Draw[], ground: PlanGround): number {
  if (wish.quota === undefined) return count;
  let open = 0;
  for (const { draft } of stageDrafts(wish, { ...emptyInput(), draws: recorded })) {
    if (isPending(ground.log.state(ground.requests.id(wish, draft)), ground)) open++;
  }
  return Math.min(count, recorded.length + Math.max(0, wish.quota - open));
}

/**
 * Draws belong to what they were drawn for: document text, windows, model and the prompts that made the pool. Another
 * model's questions are another pool; more calls of the same prompt are not.
 */
function drawKey({ wish, needed, document }: DrawingStage, { prompts, model, seed }: PlanGround): string {
  const hashes = needed
    .flatMap((other) => Object.keys(other.wish.place.planned.method.prompts))
    .map((name) => prompts.get(name)?.hash ?? '');
  const windows = document.document.windows.map(({ start, end }) => `${start}-${end}`);
  return contentHash(
    JSON.stringify([
      document.document.id,
      document.textHash,
      windows,
      wish.place.planned.method.id,
      model,
      [...new Set(hashes)].sort(),
      seed,
      wish.draws?.scope ?? '',
    ]),
  );
}
