import type { ResolvedEndpoint } from './types.ts';

/** A hard cap. `spent` is what counts against it already, e.g. all earlier runs of the project. */
export interface BudgetCap {
  /** Whose budget, for the message: `project` or `run`. */
  name: string;
  /** Prompt plus generated tokens. */
  tokens?: number | undefined;
  /** US dollars. */
  cost?: number | undefined;
  spent?: { tokens: number; cost: number } | undefined;
}

export interface Amount {
  tokens: number;
  /** Dollars. */
  cost: number;
}

/**
 * The hard budget: what is spent, plus what requests in flight may still cost, never exceeds a cap. A request is let
 * in only when its upper bound fits beside those reservations.
 */
export class Budget {
  readonly spent: Amount = { tokens: 0, cost: 0 };
  readonly reserved: Amount = { tokens: 0, cost: 0 };
  readonly #caps: readonly BudgetCap[];

  constructor(caps: readonly BudgetCap[]) {
    this.#caps = caps;
  }

  /** The cap that a further request would break, or undefined when it fits. */
  refuses(amount: Amount): BudgetCap | undefined {
    return this.#caps.find(
      (cap) =>
        (cap.tokens !== undefined &&
          (cap.spent?.tokens ?? 0) + this.spent.tokens + this.reserved.tokens + amount.tokens > cap.tokens) ||
        (cap.cost !== undefined &&
          // Money is a sum of fractions: a billionth of a dollar is not over the cap.
          (cap.spent?.cost ?? 0) + this.spent.cost + this.reserved.cost + amount.cost > cap.cost + 1e-9),
    );
  }

  reserve(amount: Amount): void {
    this.reserved.tokens += amount.tokens;
    this.reserved.cost += amount.cost;
  }

  /** The request is over: its reservation is freed and what it really cost is spent. */
  settle(reserved: Amount, real: Amount): void {
    this.reserved.tokens -= reserved.tokens;
    this.reserved.cost -= reserved.cost;
    this.spent.tokens += real.tokens;
    this.spent.cost += real.cost;
  }

  /** Endpoints whose cost cannot be known although a cap on money is set. This machine costs nothing. */
  unpriced(endpoints: readonly ResolvedEndpoint[]): ResolvedEndpoint[] {
    if (this.#caps.every((cap) => cap.cost === undefined)) return [];
    return endpoints.filter((endpoint) => !endpoint.price && !endpoint.local);
  }
}

/** Upper bound of what a request can cost at an endpoint; `reserve` is in tokens. */
export function upperBound(reserve: { input: number; output: number }, endpoint: ResolvedEndpoint): Amount {
  const { price } = endpoint;
  return {
    tokens: reserve.input + reserve.output,
    cost: price ? (reserve.input * price.input + reserve.output * price.output) / 1e6 : 0,
  };
}
