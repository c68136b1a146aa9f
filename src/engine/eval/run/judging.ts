import type { CompletionLine } from '../../../contract/completion.ts';
import type { EvaluatedQuestion } from '../../../contract/evaluation.ts';
import type { RunEnd } from '../../llm/index.ts';
import type { AnswerRequest } from '../answer/answerRequest.ts';
import { type Judge, judgeRequest, verdictOf } from '../judge/judge.ts';
import { answerContent } from '../score/answerContent.ts';
import { AnswerCount, type AnsweringContext, answerAll, takeKnown } from './answering.ts';
import type { Judgeable, ScoreBoard } from './scoreBoard.ts';

const LONGEST_QUOTED = 60;

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
  const unread: CompletionLine[] = [];
  const own: AnsweringContext = {
    ...context,
    onAnswer: (request, line) => {
      const verdict = verdictOf(line);
      if (verdict === undefined) unread.push(line);
      for (const answer of waiting.get(request) ?? []) board.judge(answer, request, verdict);
    },
  };
  const pending = await takeKnown(planned, own);
  const end = await answerAll(judge.model, pending, new AnswerCount(pending.length), 'judge', own);
  if (unread.length > 0) sayUnread(unread, planned.length, context);
  return end;
}

/** A judge that does not answer as asked makes answers wrong that are not: that is told, not left to the figure. */
function sayUnread(unread: readonly CompletionLine[], asked: number, { job }: AnsweringContext): void {
  const [first] = unread.map(answerContent);
  const said = first?.kind === 'content' ? first.content.replace(/\s+/g, ' ').trim() : first?.message;
  const text = `${unread.length} of ${asked} verdicts of the judge say neither yes nor no: they count as wrong and as not parsed (first: "${(said ?? '').slice(0, LONGEST_QUOTED)}").`;
  job.events.log('warn', text);
  job.hooks.onMessage?.('warn', text);
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
