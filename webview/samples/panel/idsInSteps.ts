import { MOST_IDS } from '../../../src/contract/rpc.ts';

/** A stretch of the list's ids, of one revision. */
export type AskIds = (step: { offset: number; limit: number }) => Promise<{ revision: number; ids: string[] }>;

/** After so many changes in between, what a running job adds is left out. */
const MOST_STARTS = 3;

/**
 * Ids of a stretch of the list, however long it is, asked for in steps of at most `MOST_IDS`: one answer with all of
 * them would keep the extension host from doing anything else while it is parsed. The ids are of one revision: when it
 * changed between two steps, the asking starts again; where it changes all the time, what came twice is left out.
 */
export async function idsInSteps(
  ask: AskIds,
  { offset: from = 0, limit: most = Number.POSITIVE_INFINITY }: { offset?: number; limit?: number } = {},
): Promise<string[]> {
  for (let start = 1; ; start++) {
    const ids: string[] = [];
    let revision: number | undefined;
    let changed = false;
    while (ids.length < most) {
      const limit = Math.min(MOST_IDS, most - ids.length);
      const answer = await ask({ offset: from + ids.length, limit });
      changed ||= revision !== undefined && answer.revision !== revision;
      if (changed && start < MOST_STARTS) break;
      revision = answer.revision;
      for (const id of answer.ids) ids.push(id);
      if (answer.ids.length < limit) break;
    }
    if (!changed) return ids;
    if (start === MOST_STARTS) return [...new Set(ids)];
  }
}
