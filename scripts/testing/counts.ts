/** What a layer of tests did. `skips` has one printed reason each. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skips: readonly string[];
}

export const noCounts: Counts = { passed: 0, failed: 0, skips: [] };

export function add(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skips: [...a.skips, ...b.skips] };
}

/** `12 passed, 0 failed` and, where any, `, 2 skipped`. */
export function sentence({ passed, failed, skips }: Counts): string {
  return `${passed} passed, ${failed} failed${skips.length > 0 ? `, ${skips.length} skipped` : ''}`;
}
