/** planned = answered + failed + pending, for each method and in all. */
export interface PlanCounts {
  planned: number;
  answered: number;
  failed: number;
  pending: number;
  /** Of answered and failed: in the log before this run, not paid again. */
  reused: number;
}

export function emptyCounts(): PlanCounts {
  return { planned: 0, answered: 0, failed: 0, pending: 0, reused: 0 };
}

export function add(to: PlanCounts, counts: PlanCounts, sign: 1 | -1): void {
  to.planned += sign * counts.planned;
  to.answered += sign * counts.answered;
  to.failed += sign * counts.failed;
  to.pending += sign * counts.pending;
  to.reused += sign * counts.reused;
}

export function addCounts(all: Map<string, PlanCounts>, method: string, counts: PlanCounts, sign: 1 | -1): void {
  let known = all.get(method);
  if (known === undefined) {
    known = emptyCounts();
    all.set(method, known);
  }
  add(known, counts, sign);
}
