/** How a child process ended, as Node reports it. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

export type Verdict =
  | { readonly kind: 'restart'; readonly afterMs: number }
  /** No restart would help, or too many did not. */
  | { readonly kind: 'give_up'; readonly reason: 'cpu' | 'crashes' };

const WINDOW_MS = 120_000;
const DELAYS_MS = [200, 1_000, 5_000];

/** STATUS_ILLEGAL_INSTRUCTION, how Windows reports what SIGILL is elsewhere. */
const ILLEGAL_INSTRUCTION = 0xc000001d;

/**
 * Whether the server is started again after it ended unasked. `crashes` are the times (ms) of earlier unasked ends,
 * `now` this one's. LanceDB's x86-64 builds need AVX2, FMA and F16C and die of SIGILL elsewhere, which no `try`
 * catches: starting again would only crash again.
 */
export function afterExit(exit: Exit, crashes: readonly number[], now: number): Verdict {
  if (exit.signal === 'SIGILL' || exit.code === ILLEGAL_INSTRUCTION) return { kind: 'give_up', reason: 'cpu' };
  const recent = crashes.filter((at) => now - at < WINDOW_MS).length;
  const afterMs = DELAYS_MS[recent];
  return afterMs === undefined ? { kind: 'give_up', reason: 'crashes' } : { kind: 'restart', afterMs };
}
