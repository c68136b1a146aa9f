import type { CompletionLog, RequestStore } from '../llm/index.ts';
import type { GenerationPlan } from '../synth/index.ts';
import { ADDITION_ORDER } from '../synth/plan/synthRequest.ts';

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

/** A plan of more requests than this is not walked: its answers are counted from the record, roughly. */
const MOST_WALKED = 100_000;

export interface PlannedAnswers {
  stages: ReadonlyMap<string, Observed>;
  /** False: too many requests to walk, or prompts that cannot be read; then only a record's first part was counted. */
  exact: boolean;
}

/**
 * What the log has of the plan, by `method/stage`: the plan's own requests are walked, so that answers of a person's
 * extra requests, other models or other documents do not count. Nothing is drawn, written or sent.
 *
 * @param planned requests that the plan is expected to have
 */
export async function observePlan(
  log: Pick<CompletionLog, 'state' | 'tokens'>,
  requests: Pick<RequestStore, 'scan'>,
  plan: Pick<GenerationPlan, 'requestsOf'> | undefined,
  scope: { model: string | undefined; documents: readonly string[]; planned: number; signal?: AbortSignal | undefined },
): Promise<PlannedAnswers> {
  const stages = new Map<string, Observed>();
  const take = (key: string, id: string) => {
    const state = log.state(id);
    if (state === undefined) return;
    const observed = stages.get(key) ?? { answered: 0, failed: 0, input: new Moments(), output: new Moments() };
    stages.set(key, observed);
    if (state === 'failed') {
      observed.failed += 1;
      return;
    }
    observed.answered += 1;
    const tokens = log.tokens(id);
    if (!tokens) return;
    observed.input.add(tokens.input);
    observed.output.add(tokens.output);
  };
  if (plan && scope.planned <= MOST_WALKED) {
    for (const document of scope.documents) {
      const walked = new Set<string>();
      for await (const request of plan.requestsOf(document)) {
        scope.signal?.throwIfAborted();
        if (request.order >= ADDITION_ORDER || walked.has(request.id)) continue;
        walked.add(request.id);
        take(`${request.method}/${request.draft.stage}`, request.id);
      }
    }
    return { stages, exact: true };
  }
  const documents = new Set(scope.documents);
  let seen = 0;
  for await (const lines of requests.scan()) {
    scope.signal?.throwIfAborted();
    for (const line of lines) {
      if (documents.has(line.document) && (scope.model === undefined || line.model === scope.model)) {
        take(`${line.method}/${line.stage}`, line.id);
      }
    }
    seen += lines.length;
    if (seen >= MOST_WALKED) break;
  }
  return { stages, exact: false };
}
