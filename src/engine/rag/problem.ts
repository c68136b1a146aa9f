import type { PauseCause } from '../../contract/events.ts';
import { JobProblem } from '../jobs/problem.ts';

/**
 * Why an index cannot be built or searched; the message says what to do.
 * - `no_index`: nothing is built for these settings. `busy`: another job builds it. `newer`: made by a newer version.
 * - `consent`: documents or questions would leave this machine and nobody agreed. `builtin`: the built-in embedder is
 *   not set up. `unknown`: an endpoint, document or chunk that is not there.
 * - `key`, `quota`, `endpoint`: the endpoint needs a person (resumable). `malformed`: its answers cannot be used.
 */
export type RetrievalProblemCode =
  | 'no_index'
  | 'busy'
  | 'newer'
  | 'consent'
  | 'builtin'
  | 'unknown'
  | 'settings'
  | 'malformed'
  | Exclude<PauseCause, 'budget'>;

export class RetrievalProblem extends JobProblem {
  override readonly name = 'RetrievalProblem';
  readonly code: RetrievalProblemCode;

  constructor(code: RetrievalProblemCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
