import type { EvaluatedQuestion } from '../../../contract/evaluation.ts';
import type { RunEnd } from '../../llm/index.ts';
import type { AnswerRequest } from '../answer/answerRequest.ts';
import { type Judge, judgeRequest, verdictOf } from '../judge/judge.ts';
import { AnswerCount, type AnsweringContext, answerAll, takeKnown } from './answering.ts';
import type { Judgeable, ScoreBoard } from './scoreBoard.ts';

/**
 * Verdicts on all free-form answers that no rule decides: requests of their own in the same log, so that another judge or
 * a better prompt asks the judge again and never the models. Equal answers to a question are judged once.
 */
export async function judgeAnswers(judge: Judge, board: ScoreBoard, context: AnsweringContext): Promise<RunEnd> {
  const waiting = new Map<string, Judgeable[]>();
  const planned: AnswerRequest[] = [];
  for (const answer of board.judgeable) {
    const request = judgeRequest(judge, asJudged(answer.question), answer.answer);
    const same = waiting.get(request.id);
    if (same) same.push(answer);
    else {
      waiting.set(request.id, [answer]);
      planned.push(request);
    }
  }
  const own: AnsweringContext = {
    ...context,
    onAnswer: (request, line) => {
      for (const answer of waiting.get(request) ?? []) board.judge(answer, request, verdictOf(line));
    },
  };
  const pending = await takeKnown(planned, own);
  return answerAll(judge.model, pending, new AnswerCount(pending.length), 'judge', own);
}

/** A judge sees question, gold and candidate only: no passage, no choices, no setting. */
function asJudged({ id, question, context, gold, accept, document }: EvaluatedQuestion) {
  return {
    id,
    question,
    gold,
    document,
    ...(context === undefined ? {} : { context }),
    ...(accept === undefined ? {} : { accept }),
  };
}
