import type { CompletionLine } from '../../../contract/completion.ts';
import type { LeakGate } from '../dedupe/leakGate.ts';
import type { Prompts } from '../template/prompts.ts';
import type { DrawStore } from './drawStore.ts';
import type { PlannedRequests } from './plannedRequests.ts';

/** The part of the completion log that a plan needs. `CompletionLog` is one. */
export interface AnsweredRequests {
  /** Without reading a body. */
  state(id: string): 'answered' | 'failed' | undefined;
  read(id: string): Promise<CompletionLine | undefined>;
}

/** What every document of one plan shares. */
export interface PlanGround {
  prompts: Prompts;
  requests: PlannedRequests;
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

/** Is a request in this state of the log still to be sent? */
export function isPending(state: 'answered' | 'failed' | undefined, { retryFailed }: PlanGround): boolean {
  return state === undefined || (state === 'failed' && retryFailed);
}
