import { describe, expect, it } from 'vitest';
import { MOST_IDS, Server } from '../../../src/contract/rpc.ts';
import { idsInSteps } from '../../../src/editor/panels/idsInSteps.ts';

const all = Array.from({ length: 50_000 }, (_, number) => `id ${number}`);
const filter = { state: 'accepted' as const };

describe('many ids', () => {
  it('are not given in one answer by the engine', () => {
    const asked = { project: 'p', filter, limit: MOST_IDS };
    expect(Server.sampleIds.params.safeParse(asked).success).toBe(true);
    expect(Server.sampleIds.params.safeParse({ ...asked, limit: MOST_IDS + 1 }).success).toBe(false);
  });

  it('are asked for in steps that follow each other, up to what was wanted', async () => {
    const steps: [number, number][] = [];
    const ask = async ({ offset = 0, limit }: { offset?: number | undefined; limit: number }) => {
      steps.push([offset, limit]);
      return { revision: 7, ids: all.slice(offset, offset + limit) };
    };
    expect(await idsInSteps({ filter, limit: 100_000 }, ask)).toEqual({ revision: 7, ids: all });
    expect(steps).toEqual([
      [0, 20_000],
      [20_000, 20_000],
      [40_000, 20_000],
    ]);
    steps.length = 0;
    expect((await idsInSteps({ filter, offset: 5, limit: 20_010 }, ask)).ids).toEqual(all.slice(5, 20_015));
    expect(steps).toEqual([
      [5, 20_000],
      [20_005, 10],
    ]);
  });

  it('are of one revision: a change in between starts again', async () => {
    let asked = 0;
    const answer = await idsInSteps({ filter, limit: 100_000 }, async ({ offset = 0, limit }) => {
      // A sample is gone after the first answer: going on from there would miss one.
      const now = asked++ === 0 ? all : all.slice(1);
      return { revision: now.length, ids: now.slice(offset, offset + limit) };
    });
    expect(answer).toEqual({ revision: 49_999, ids: all.slice(1) });
  });

  it('come to an end, each once, while a job changes them all the time', async () => {
    let revision = 0;
    const { ids } = await idsInSteps({ filter, limit: 100_000 }, async ({ offset = 0, limit }) => {
      revision++;
      const begin = Math.max(0, offset - revision);
      return { revision, ids: all.slice(begin, begin + limit) };
    });
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(49_000);
  });
});
