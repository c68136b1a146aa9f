import type { BudgetCap } from './budget.ts';
import type { HttpPath } from './chooseTransport.ts';
import type { CompletionLog } from './completionLog.ts';
import type { AnswerBody } from './completionText.ts';
import type { ControllerSettings } from './limitController.ts';
import type { RequestStore } from './requestStore.ts';
import type { RunState } from './runState.ts';
import type { Transport } from './transport.ts';
import type { RequestSource, ResolvedEndpoint } from './types.ts';

/** What is asked of an endpoint, where that is no chat. */
export interface Service {
  open(endpoint: ResolvedEndpoint): Promise<Transport>;
  isAnswer(body: object): body is AnswerBody;
}

export interface RunOptions {
  source: RequestSource;
  /** Endpoints that serve the same model. */
  endpoints: readonly ResolvedEndpoint[];
  /** Opened for writing, with `after: [requests.writer]` where `requests` is given. */
  log: CompletionLog;
  /** Keeps what each request was made of; written before its completion. */
  requests?: RequestStore;
  budget?: readonly BudgetCap[];
  /** Run id that is noted in the log. */
  run: string;
  /** Cancels: nothing more is sent, what is in flight gets `drainMs` to arrive. */
  signal?: AbortSignal;
  /** Most requests in flight over all endpoints. */
  maxConcurrency?: number;
  /** Called at most ten times a second, and once at the end. */
  onState?: (state: RunState) => void;
  http?: HttpPath;
  service?: Service;
  /** Attempts a request may use up on transient faults (default 5). */
  maxAttempts?: number;
  /** All endpoints without one answer for so long, while in trouble: pause (default 120 s). */
  patienceMs?: number;
  /** How long a cancelled run waits for answers in flight (default 10 s). */
  drainMs?: number;
  controller?: Partial<ControllerSettings>;
}
