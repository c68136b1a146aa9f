import type { CompletionLine } from '../../../contract/completion.ts';
import { DocumentVerdicts } from '../derive/documentVerdicts.ts';
import { parseCompletion, samplesOf } from '../derive/samplesOf.ts';
import type { Parsed, Question } from '../types.ts';
import type { EvaluationWall } from './evaluationWall.ts';
import type { PlanGround } from './planGround.ts';
import { type Stage, type StageInput, stageDrafts } from './stage.ts';
import type { SynthRequest } from './synthRequest.ts';

/**
 * What the answers of earlier stages give later ones to draw from: strategies and accepted, deduplicated questions of
 * one document, in plan order. Answers of this run are kept parsed; the others are read from the log.
 */
export class AnswerPool {
  readonly #ground: PlanGround;
  readonly #wall: EvaluationWall;
  readonly #parsed = new Map<string, Parsed[]>();

  constructor(ground: PlanGround, wall: EvaluationWall) {
    this.#ground = ground;
    this.#wall = wall;
  }

  keep(request: SynthRequest, completion: CompletionLine): void {
    this.#parsed.set(request.id, parseCompletion(request, completion));
  }

  async from(stages: readonly Stage[]): Promise<Omit<StageInput, 'draws'>> {
    const strategies: { text: string; window: number }[] = [];
    const questions: Question[] = [];
    for (const { wish, input } of stages) {
      const verdicts = new DocumentVerdicts(this.#ground.gate);
      for (const { draft, order } of stageDrafts(wish, input)) {
        const request = this.#ground.requests.make(wish, draft, order);
        const parsed = this.#parsed.get(request.id) ?? (await this.#read(request));
        for (const one of parsed) {
          if (one.kind === 'strategy' && !this.#wall.stopsText(one.text)) {
            strategies.push({ text: one.text, window: draft.window });
          }
        }
        for (const sample of samplesOf(request, parsed)) {
          const judged = verdicts.take(sample, wish.place.planned.index).sample;
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

  async #read(request: SynthRequest): Promise<Parsed[]> {
    if (this.#ground.log.state(request.id) !== 'answered') return [];
    const completion = await this.#ground.log.read(request.id);
    return completion === undefined ? [] : parseCompletion(request, completion);
  }
}
