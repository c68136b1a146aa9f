import { randomBytes } from 'node:crypto';
import type { AuditReport } from '../../contract/samplesView.ts';
import { contentHash } from '../contentHash.ts';
import type { ReviewBook } from './reviewBook.ts';
import type { SampleReader } from './types.ts';

export const AUDIT_SIZE = 50;
/** Ids drawn from per method; beyond this, plan order is thinned evenly. */
const POOL = 100_000;

/**
 * An audit: accepted samples drawn at random, the same number of each method, judged right or wrong. The draw is seeded
 * by the audit's id and written nowhere: the id's first part is its size, and ranks come from hashing audit and sample id
 * (a sample keeps its place when others are added). What was judged stays in the list, whatever is drawn later.
 */
export async function auditReport(
  reader: SampleReader,
  book: ReviewBook,
  audit = newAudit(AUDIT_SIZE),
): Promise<AuditReport> {
  const verdicts = new Map<string, boolean>();
  for (const line of book.standing('audit')) if (line.audit === audit) verdicts.set(line.sample, line.right);
  const size = sizeOf(audit);
  const { methods } = await reader.counts({ state: 'accepted' });
  const pools = new Map<string, string[]>();
  for (const { method } of methods) {
    const ids = await reader.ids({ state: 'accepted', methods: [method] }, POOL);
    pools.set(method, lowestHashes(ids, audit, size));
  }
  const methodOf = new Map<string, string>();
  for (const id of verdicts.keys()) methodOf.set(id, (await reader.get(id))?.method ?? 'removed');
  const drawn: { id: string; method: string }[] = [...verdicts.keys()].map((id) => ({
    id,
    method: methodOf.get(id) ?? 'removed',
  }));
  // Round after round one of each method, until the size is reached or all pools are empty.
  for (let round = 0; drawn.length < size && [...pools.values()].some((pool) => round < pool.length); round++) {
    for (const [method, pool] of pools) {
      const id = pool[round];
      if (id !== undefined && !verdicts.has(id) && drawn.length < size && countOf(drawn, method) <= round)
        drawn.push({ id, method });
    }
  }
  drawn.sort((a, b) => (rank(audit, a.id) < rank(audit, b.id) ? -1 : 1));
  const samples = drawn.map(({ id, method }) => ({ id, method, right: verdicts.get(id) ?? null }));
  const judgedMethods = [...new Set(samples.map(({ method }) => method))].sort();
  return {
    audit,
    samples,
    methods: judgedMethods.map((method) => {
      const judged = samples.filter((sample) => sample.method === method && sample.right !== null);
      const wrong = judged.filter((sample) => sample.right === false).length;
      const n = judged.length;
      return { method, judged: n, wrong, rate: n === 0 ? null : wrong / n, ci95: n === 0 ? null : wilson95(wrong, n) };
    }),
  };
}

export function newAudit(size: number): string {
  return `${size}-${randomBytes(8).toString('hex')}`;
}

/** The audit that was last judged in, to go on with. */
export function lastAudit(book: ReviewBook): string | undefined {
  return book.standing('audit').at(-1)?.audit;
}

/**
 * Wilson score interval for a proportion, 95 %: Wilson, E. B. (1927), Probable inference, the law of succession, and
 * statistical inference, JASA 22, 209–212. Holds its level for few samples and rates near 0, where the normal one fails.
 */
export function wilson95(hits: number, n: number): [low: number, high: number] {
  const z = 1.959964;
  const p = hits / n;
  const denominator = 1 + (z * z) / n;
  const centre = (p + (z * z) / (2 * n)) / denominator;
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / denominator;
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

function sizeOf(audit: string): number {
  const size = Number(audit.split('-')[0]);
  return Number.isInteger(size) && size > 0 && size <= 1000 ? size : AUDIT_SIZE;
}

function rank(audit: string, id: string): string {
  return contentHash(`${audit}|${id}`);
}

function lowestHashes(ids: readonly string[], audit: string, count: number): string[] {
  return ids
    .map((id) => ({ id, rank: rank(audit, id) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, count)
    .map(({ id }) => id);
}

function countOf(drawn: readonly { method: string }[], method: string): number {
  return drawn.filter((each) => each.method === method).length;
}
