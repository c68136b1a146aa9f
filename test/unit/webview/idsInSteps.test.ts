import { describe, expect, it } from 'vitest';
import { MOST_IDS, Server } from '../../../src/contract/rpc.ts';
import { Panel } from '../../../src/contract/samplesPanel.ts';
import { idsInSteps } from '../../../webview/samples/panel/idsInSteps.ts';

const all = Array.from({ length: 250_000 }, (_, number) => `id ${number}`);

describe('many ids', () => {
  it.each([
    ['engine', Server.sampleIds.params, { project: 'p' }],
    ['extension', Panel.sampleIds.params, {}],
  ])('are not given in one answer by the %s', (_, params, of) => {
    const asked = { ...of, filter: {}, limit: MOST_IDS };
    expect(params.safeParse(asked).success).toBe(true);
    expect(params.safeParse({ ...asked, limit: MOST_IDS + 1 }).success).toBe(false);
  });

  it('are asked for in steps that follow each other, all of them or as many as are wanted', async () => {
    const steps: [number, number][] = [];
    const ask = async ({ offset, limit }: { offset: number; limit: number }) => {
      steps.push([offset, limit]);
      return { revision: 7, ids: all.slice(offset, offset + limit) };
    };
    expect(await idsInSteps(ask)).toEqual(all);
    expect(steps).toHaveLength(13);
    expect(steps.slice(0, 2)).toEqual([
      [0, 20_000],
      [20_000, 20_000],
    ]);
    steps.length = 0;
    expect(await idsInSteps(ask, { offset: 5, limit: 20_010 })).toEqual(all.slice(5, 20_015));
    expect(steps).toEqual([
      [5, 20_000],
      [20_005, 10],
    ]);
  });

  it('are of one revision: a change in between starts again', async () => {
    let asked = 0;
    const ids = await idsInSteps(async ({ offset, limit }) => {
      // A sample is gone after the first answer: going on from there would miss one.
      const now = asked++ === 0 ? all : all.slice(1);
      return { revision: now.length, ids: now.slice(offset, offset + limit) };
    });
    expect(ids).toEqual(all.slice(1));
  });

  it('come to an end, each once, while a job changes them all the time', async () => {
    let revision = 0;
    const ids = await idsInSteps(async ({ offset, limit }) => {
      revision++;
      const begin = Math.max(0, offset - revision);
      return { revision, ids: all.slice(begin, begin + limit) };
    });
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(249_000);
  });
});
