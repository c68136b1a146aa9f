import type { ChatBody } from '../../contract/chat.ts';
import type { CompletionLine } from '../../contract/completion.ts';
import type { PauseCause } from '../../contract/events.ts';
import type { RequestLine } from '../../contract/request.ts';

/** A request that is planned but not rendered: a plan of a million of these stays small. */
export interface PlannedRequest {
  /** 32 hex digits, equals `line.id`. */
  readonly id: string;
  /** Requests with the same affinity (a document window) go to one endpoint together, for its prefix cache. */
  readonly affinity: string;
  /** Method label for counts. */
  readonly method: string;
  /** Rendered when it is about to be sent. */
  body(): ChatBody;
  /** What is kept under `.smt/requests`, and the texts its hashes name. */
  line(): RequestLine;
  texts(): Iterable<readonly [hash: string, text: string]>;
  /** Upper bound for the budget's reservation, in tokens: prompt estimate and `max_tokens`. */
  readonly reserve: { readonly input: number; readonly output: number };
}

/** How one planned request ended in this run. */
export type Outcome =
  | { kind: 'answered'; completion: CompletionLine }
  /** Terminal without an answer (also logged, with `error`). */
  | { kind: 'failed'; completion: CompletionLine }
  /** Attempts used up on transient faults: not in the log, stays pending for the next run. */
  | { kind: 'gave_up'; reason: string; message: string };

/**
 * Where requests come from, pulled one at a time so that a million are never in memory.
 * `next` gives a request whose answer is not in the log, `'wait'` when none is ready until an outcome arrives or
 * `onReady` fires, `'end'` when the plan is through.
 */
export interface RequestSource {
  next(): PlannedRequest | 'wait' | 'end';
  settle(request: PlannedRequest, outcome: Outcome): void;
  /** The dispatcher's callback; the source calls it when a 'wait' is over for another reason than an outcome. */
  onReady?: () => void;
}

/** An endpoint of the user's registry, resolved: what the dispatcher may talk to. */
export interface ResolvedEndpoint {
  id: string;
  baseUrl: string;
  /** scheme://host:port. A key stored for another origin is never sent here. */
  origin: string;
  model: string;
  key?: string;
  price?: { input: number; output: number };
  timeoutMs: number;
  maxConcurrency: number;
  /** The origin is this machine (loopback). */
  local: boolean;
}

export type RunEnd =
  | { kind: 'done' }
  | { kind: 'cancelled' }
  | { kind: 'paused'; cause: PauseCause; message: string; reasons: { reason: string; count: number }[] };

export interface Spend {
  inputTokens: number;
  outputTokens: number;
  /** Dollars; null when any part has no price. */
  cost: number | null;
}
