import type { CompletionLog, RequestStore } from '../llm/index.ts';

/** What answered requests of one stage took: the basis of estimates. */
export interface Observed {
  answered: number;
  failed: number;
  input: Moments;
  output: Moments;
}

/** Mean and spread of a quantity, taken in one pass (Welford 1962). */
export class Moments {
  n = 0;
  mean = 0;
  #squares = 0;

  add(value: number): void {
    this.n += 1;
    const delta = value - this.mean;
    this.mean += delta / this.n;
    this.#squares += delta * (value - this.mean);
  }

  /** Half width of the 95 % interval of the mean (normal approximation); Infinity below two values. */
  get halfWidth(): number {
    return this.n < 2 ? Number.POSITIVE_INFINITY : (1.96 * Math.sqrt(this.#squares / (this.n - 1))) / Math.sqrt(this.n);
  }
}

/** Requests looked at, at most: enough for a mean, and an estimate stays quick on a log of a million. */
const MOST_REQUESTS = 50_000;

/**
 * Answers in the log by `method/stage`, for one model and the documents in scope.
 * `complete` is false where the log was longer than what was looked at.
 */
export async function observeLog(
  log: Pick<CompletionLog, 'state' | 'tokens'>,
  requests: Pick<RequestStore, 'scan'>,
  scope: { model: string | undefined; documents: ReadonlySet<string> },
): Promise<{ stages: ReadonlyMap<string, Observed>; complete: boolean }> {
  const stages = new Map<string, Observed>();
  let seen = 0;
  for await (const lines of requests.scan()) {
    for (const line of lines) {
      if (!scope.documents.has(line.document) || (scope.model !== undefined && line.model !== scope.model)) continue;
      const state = log.state(line.id);
      if (state === undefined) continue;
      const key = `${line.method}/${line.stage}`;
      const observed = stages.get(key) ?? { answered: 0, failed: 0, input: new Moments(), output: new Moments() };
      stages.set(key, observed);
      const tokens = log.tokens(line.id);
      if (state === 'failed') observed.failed += 1;
      else observed.answered += 1;
      if (state === 'answered' && tokens) {
        observed.input.add(tokens.input);
        observed.output.add(tokens.output);
      }
    }
    seen += lines.length;
    if (seen >= MOST_REQUESTS) return { stages, complete: false };
  }
  return { stages, complete: true };
}
