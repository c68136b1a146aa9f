import { MOST_IDS, type Panel } from '../../contract/rpc.ts';

type Asked = ReturnType<typeof Panel.sampleIds.params.parse>;
type Answer = ReturnType<typeof Panel.sampleIds.result.parse>;

/** After so many changes in between, what a running job adds is left out. */
const MOST_STARTS = 3;

/**
 * Up to `limit` ids, asked for in steps of at most `MOST_IDS`: one answer with all of them would keep the extension
 * host from doing anything else while it is parsed. The ids are of one revision: when it changed between two steps, the
 * asking starts again; where it changes all the time, what came twice is left out.
 */
export async function idsInSteps(asked: Asked, ask: (step: Asked) => Promise<Answer>): Promise<Answer> {
  for (let start = 1; ; start++) {
    const ids: string[] = [];
    let revision: number | undefined;
    let changed = false;
    const from = asked.offset ?? 0;
    for (let got = 0; got < asked.limit; ) {
      const limit = Math.min(MOST_IDS, asked.limit - got);
      const answer = await ask({ filter: asked.filter, offset: from + got, limit });
      changed ||= revision !== undefined && answer.revision !== revision;
      if (changed && start < MOST_STARTS) break;
      revision = answer.revision;
      ids.push(...answer.ids);
      got += answer.ids.length;
      if (answer.ids.length < limit) break;
    }
    if (!changed) return { revision: revision ?? 0, ids };
    if (start === MOST_STARTS) return { revision: revision ?? 0, ids: [...new Set(ids)] };
  }
}
