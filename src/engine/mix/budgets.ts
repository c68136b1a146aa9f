import type { MixtureShortfall } from '../../contract/dataset.ts';
import type { Part } from './parts.ts';
import { type PartOrder, rowsFor } from './selection.ts';

/** The rows of one budget: per part, how many of its order, and their tokens. */
export interface Selection {
  /** Budget of synthetic tokens it was made for. */
  asked: number;
  tokens: number;
  parts: { rows: number; tokens: number; asked: number }[];
}

/** Largest budget of synthetic tokens that the parts allow without repeating anything. */
export function possibleTokens(parts: readonly Pick<Part, 'share'>[], available: readonly number[]): number {
  const limits = parts.map(({ share }, part) => (available[part] ?? 0) / share);
  return limits.length === 0 ? 0 : Math.floor(Math.min(...limits));
}

/** What each part lacks for a budget; undefined: enough. `requests` are filled in by who knows what requests gave. */
export function shortfall(
  parts: readonly Part[],
  available: readonly number[],
  tokens: number,
): MixtureShortfall | undefined {
  const lacking = parts.flatMap(({ label, kind, methods, share }, part) => {
    const wanted = Math.floor(tokens * share);
    const missing = wanted - (available[part] ?? 0);
    return missing > 0
      ? [{ label, kind, methods: [...methods], lacking_tokens: Math.ceil(missing), requests: null }]
      : [];
  });
  if (lacking.length === 0) return undefined;
  return { asked_tokens: tokens, possible_tokens: possibleTokens(parts, available), parts: lacking };
}

/**
 * Takes a budget from the parts' orders: each part's tokens come within half of one row of its share, and because an
 * order does not depend on the budget, smaller budgets are prefixes of larger ones. Call `shortfall` first.
 */
export function select(parts: readonly Pick<Part, 'share'>[], orders: readonly PartOrder[], tokens: number): Selection {
  const chosen = parts.map(({ share }, part) => {
    const order = orders[part] ?? { rows: new Uint32Array(0), cumulative: new Float64Array(1) };
    const rows = rowsFor(order, tokens * share);
    return { rows, tokens: order.cumulative[rows] ?? 0, asked: share };
  });
  return { asked: tokens, tokens: chosen.reduce((sum, part) => sum + part.tokens, 0), parts: chosen };
}

/**
 * Tokens of replay for so many synthetic ones, so that its share of all is `share` (recipe §4.2): both rules, `add` on top
 * of the budget and `replace` out of it, come to the same ratio and differ in the synthetic budget alone.
 */
export function replayTokens(synthetic: number, share: number): number {
  return (synthetic * share) / (1 - share);
}

/** The synthetic part of a budget: with `replace` the replay takes its share out of it. */
export function syntheticBudget(
  tokens: number,
  replay: { share: number; rule: 'add' | 'replace' } | undefined,
): number {
  return replay?.rule === 'replace' ? tokens * (1 - replay.share) : tokens;
}
