import type { CompletionLine } from '../../../contract/completion.ts';
import type { CompletionLog, Outcome, PlannedRequest, RequestSource } from '../../llm/index.ts';
import type { AnswerRequest } from '../answer/answerRequest.ts';

/** Requests in plan order, each once: what the log has is never asked again. */
export class AnswerSource implements RequestSource {
  readonly #pending: AnswerRequest[];
  readonly #onAnswer: (request: string, line: CompletionLine) => void;
  #at = 0;
  /** Requests whose attempts were used up; they stay pending for the next run. */
  gaveUp = 0;
  lastReason: string | undefined;
  onReady?: () => void;

  constructor(pending: AnswerRequest[], onAnswer: (request: string, line: CompletionLine) => void) {
    this.#pending = pending;
    this.#onAnswer = onAnswer;
  }

  next(): PlannedRequest | 'end' {
    const request = this.#pending[this.#at];
    this.#at += 1;
    return request ?? 'end';
  }

  settle(request: PlannedRequest, outcome: Outcome): void {
    if (outcome.kind === 'gave_up') {
      this.gaveUp += 1;
      this.lastReason = `${outcome.reason}: ${outcome.message}`;
    } else this.#onAnswer(request.id, outcome.completion);
  }
}

/** Splits a plan into what the log answers already and what has to be asked; a request planned twice is asked once. */
export function plannedAgainstLog(
  requests: Iterable<AnswerRequest>,
  log: CompletionLog,
): { known: string[]; pending: AnswerRequest[] } {
  const seen = new Set<string>();
  const known: string[] = [];
  const pending: AnswerRequest[] = [];
  for (const request of requests) {
    if (seen.has(request.id)) continue;
    seen.add(request.id);
    if (log.has(request.id)) known.push(request.id);
    else pending.push(request);
  }
  return { known, pending };
}
