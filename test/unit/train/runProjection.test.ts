import { appendFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRun, LocalBackend } from '../../../src/engine/jobs/index.ts';
import { projectPaths } from '../../../src/engine/project/index.ts';
import { RunProjection } from '../../../src/engine/train/index.ts';
import { largestTriangles, within } from '../../../src/engine/train/series.ts';
import { trainSpec } from '../jobs/backendBehaviour.ts';

const backend = new LocalBackend([process.execPath]);

async function run() {
  const paths = projectPaths(mkdtempSync(join(tmpdir(), 'smt-curves-')));
  const dir = await createRun(paths.runs, trainSpec({}));
  let seq = 0;
  let attempt = 1;
  const write = (type: string, payload: object, ts: number) => {
    seq += 1;
    const event = { v: 1, seq, ts, run: 'r', attempt, type, ...payload };
    appendFileSync(join(dir, 'events.jsonl'), `${JSON.stringify(event)}\n`);
  };
  const hello = (ts: number) =>
    write('hello', { schema: 'smt-events/1', kind: 'train', host: 'h', pid: 1, versions: {}, spec_sha256: '' }, ts);
  return {
    projection: new RunProjection(dir, paths),
    hello,
    metric: (step: number, values: object, ts = step) => write('metric', { step, values }, ts),
    beat: (util: number, ts: number) => write('heartbeat', { gpu: [{ util, mem_mib: 100 }] }, ts),
    secondAttempt: (ts: number) => {
      attempt = 2;
      seq = 0;
      hello(ts);
    },
  };
}

describe('the curves of a run', () => {
  it('carry steps, tokens and seconds, and a gap where no number was logged', async () => {
    const { projection, hello, metric, beat } = await run();
    hello(100);
    metric(1, { loss: 4, num_tokens: 512 }, 101);
    metric(1, { eval_loss: 3.9 }, 102);
    metric(2, { loss: 'NaN', num_tokens: 1024 }, 103);
    beat(50, 104);
    const snapshot = await projection.snapshot(backend, { points: 100 });
    const of = (key: string) => snapshot?.series.find((series) => series.key === key);
    expect(of('loss')).toEqual({
      key: 'loss',
      step: [1, 2],
      tokens: [512, 1024],
      seconds: [1, 3],
      value: [4, null],
      logged: 2,
    });
    expect(of('eval_loss')).toMatchObject({ step: [1], tokens: [512], value: [3.9] });
    expect(of('gpu_util')).toMatchObject({ step: [2], tokens: [1024], seconds: [4], value: [50] });
    expect(snapshot?.series.map(({ key }) => key)).not.toContain('num_tokens');
  });

  it('go on from the checkpoint of a later attempt: steps that are passed again are drawn once', async () => {
    const { projection, hello, metric, secondAttempt } = await run();
    hello(0);
    for (const step of [1, 2, 3, 4]) metric(step, { loss: step });
    secondAttempt(10);
    for (const step of [3, 4, 5]) metric(step, { loss: step * 10 }, 10 + step);
    const loss = (await projection.snapshot(backend, { points: 100 }))?.series[0];
    expect(loss?.step).toEqual([1, 2, 3, 4, 5]);
    expect(loss?.value).toEqual([1, 2, 30, 40, 50]);
  });

  it('are read on, not again, and a revision says whether anything is new', async () => {
    const { projection, hello, metric } = await run();
    hello(0);
    metric(1, { loss: 1 });
    const first = await projection.snapshot(backend, { points: 100 });
    const same = await projection.snapshot(backend, { points: 100 });
    metric(2, { loss: 2 });
    const later = await projection.snapshot(backend, { points: 100 });
    expect(same?.revision).toBe(first?.revision);
    expect(later?.revision).toBeGreaterThan(first?.revision ?? 0);
    expect(later?.series[0]?.value).toEqual([1, 2]);
  });

  it('keep first, last and every peak of 50,000 points in 2,000, and a zoom shows what lay between', async () => {
    const { projection, hello, metric } = await run();
    hello(0);
    for (let step = 1; step <= 50_000; step += 1) metric(step, { loss: step === 31_234 ? 99 : 1 / step });
    const began = performance.now();
    const all = (await projection.snapshot(backend, { points: 2000 }))?.series[0];
    console.log(`50,000 points read and reduced in ${Math.round(performance.now() - began)} ms`);
    expect(all?.value).toHaveLength(2000);
    expect(all?.logged).toBe(50_000);
    expect([all?.step[0], all?.step.at(-1)]).toEqual([1, 50_000]);
    expect(all?.value).toContain(99);
    const range = { axis: 'step' as const, from: 31_000, to: 31_500 };
    const zoom = (await projection.snapshot(backend, { points: 2000, range }))?.series[0];
    expect(zoom?.step).toHaveLength(503);
    expect(zoom?.step.slice(0, 2)).toEqual([30_999, 31_000]);
  });
});

describe('largest triangles', () => {
  it('leave a short curve as it is and indices in order', () => {
    expect(largestTriangles([1, 2, 3], [1, 2, 3], 10)).toEqual([0, 1, 2]);
    const x = Array.from({ length: 1000 }, (_, at) => at);
    const kept = largestTriangles(
      x,
      x.map((at) => Math.sin(at / 10)),
      50,
    );
    expect(kept).toHaveLength(50);
    expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
  });

  it('take a range with its neighbours, also where it holds nothing', () => {
    expect(within([1, 2, null, 4, 5], 2, 4)).toEqual([0, 4]);
    expect(within([1, 2, 3], 10, 20)).toEqual([1, 2]);
  });
});
