import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LaneQueues } from '../../../src/engine/llm/laneQueues.ts';
import type { PlannedRequest, RequestSource } from '../../../src/engine/llm/types.ts';
import { FakeLlm } from '../../fixtures/fake-llm/server.mjs';
import { endpointAt, named, planned, play } from './run.ts';

let fakes: FakeLlm[] = [];
beforeEach(async () => {
  fakes = [await FakeLlm.start({ latency_ms: 10 }), await FakeLlm.start({ latency_ms: 10 })];
});
afterEach(async () => {
  for (const fake of fakes) await fake.stop();
});
const fakeAt = (index: number): FakeLlm => {
  const fake = fakes[index];
  if (!fake) throw new Error('no such fake');
  return fake;
};
const two = (options = {}) => [
  endpointAt(fakeAt(0).url, { id: 'a', ...options }),
  endpointAt(fakeAt(1).url, { id: 'b', ...options }),
];

describe('a hard budget', () => {
  const price = { input: 1, output: 10 };

  it('in tokens is never exceeded, in-flight requests included, and the run can go on with a larger one', async () => {
    const [endpoint] = two();
    const played = await play(named(500), endpoint ? [endpoint] : [], { budget: [{ name: 'run', tokens: 6000 }] });
    expect(played.end).toMatchObject({
      kind: 'paused',
      cause: 'budget',
      message: expect.stringContaining('6,000 tokens'),
    });
    let tokens = 0;
    for (const outcome of played.plan.outcomes.values()) {
      if (outcome.kind === 'answered')
        tokens += outcome.completion.smt.input_tokens + outcome.completion.smt.output_tokens;
    }
    expect(tokens).toBeLessThanOrEqual(6000);
    // It stops only where the next request (at most 150 tokens) might not fit any more.
    expect(tokens).toBeGreaterThan(6000 - 150);
    expect(fakeAt(0).stats().total).toBe(played.logged);
  });

  it('in money counts what earlier runs spent', async () => {
    const [endpoint] = two({ price });
    const budget = [{ name: 'project', cost: 0.05, spent: { tokens: 0, cost: 0.04 } }];
    const played = await play(named(500), endpoint ? [endpoint] : [], { budget });
    expect(played.end).toMatchObject({ kind: 'paused', cause: 'budget' });
    expect(played.states.at(-1)?.cost).toBeLessThanOrEqual(0.01);
    expect(played.logged).toBeGreaterThan(0);
  });

  it('sends nothing when nothing fits, and nothing where a price is missing', async () => {
    const [endpoint] = two();
    const local = endpoint ? [endpoint] : [];
    expect((await play(named(5), local, { budget: [{ name: 'run', tokens: 10 }] })).end).toMatchObject({
      cause: 'budget',
    });
    const remote = local.map((one) => ({ ...one, local: false }));
    const unpriced = await play(named(5), remote, { budget: [{ name: 'run', cost: 10 }] });
    expect(unpriced.end).toMatchObject({ cause: 'budget', message: expect.stringContaining('price') });
    expect(fakeAt(0).stats().total).toBe(0);
  });

  it('frees what a failed attempt had reserved', async () => {
    fakeAt(0).configure({ script: ['e500'] });
    const [endpoint] = two();
    // Room for four requests at a time; each fails once first.
    const played = await play(named(12), endpoint ? [endpoint] : [], { budget: [{ name: 'run', tokens: 2400 }] });
    expect(played.end).toEqual({ kind: 'done' });
  });
});

describe('one model over two endpoints', () => {
  it('shares the work, and keeps the requests of one document window together', async () => {
    const requests = named(1200, { affinity: (index) => `window ${Math.floor(index / 12)}` });
    const played = await play(requests, two({ maxConcurrency: 16 }));
    expect(played.end).toEqual({ kind: 'done' });
    const servedBy = new Map<string, Set<string>>();
    for (let index = 0; index < 1200; index++) {
      const outcome = played.plan.outcomes.get(planned(`n${index}`).id);
      if (outcome?.kind !== 'answered') throw new Error('not answered');
      const window = `window ${Math.floor(index / 12)}`;
      servedBy.set(window, (servedBy.get(window) ?? new Set()).add(outcome.completion.smt.endpoint));
    }
    const together = [...servedBy.values()].filter((endpoints) => endpoints.size === 1).length;
    expect(together).toBeGreaterThanOrEqual(95);
    for (const fake of fakes) expect(fake.stats().ok).toBeGreaterThan(300);
  });

  it('goes on with the other when one stops for good', async () => {
    fakeAt(0).configure({ faults: { e401: 1 } });
    const played = await play(named(200), two());
    expect(played.end).toEqual({ kind: 'done' });
    expect(fakeAt(1).stats().ok).toBe(200);
    expect(played.states.at(-1)?.endpoints.a?.state).toBe('stopped');
  });

  it('goes on with the other while one is gone', async () => {
    const played = await play(named(300), [endpointAt('http://127.0.0.1:9/v1', { id: 'gone' }), ...two().slice(1)]);
    expect(played.end).toEqual({ kind: 'done' });
    expect(fakeAt(1).stats().ok).toBe(300);
  });

  it('pauses when both need a person, naming the weightier cause', async () => {
    fakeAt(0).configure({ faults: { e404: 1 } });
    fakeAt(1).configure({ faults: { quota: 1 } });
    expect((await play(named(50), two())).end).toMatchObject({ kind: 'paused', cause: 'quota' });
  });
});

describe('dealing requests to endpoints', () => {
  const source = (affinities: string[]): RequestSource => {
    const requests = affinities.map((affinity, index) => planned(`${index}`, { affinity }));
    return { next: () => requests.shift() ?? 'end', settle: () => {} };
  };
  const affinityOf = (taken: { request: PlannedRequest } | string) =>
    typeof taken === 'string' ? taken : taken.request.affinity;

  it('gives a lane the windows it began, and takes over a whole window when it has nothing left', () => {
    const queues = new LaneQueues(source(['x', 'x', 'y', 'x', 'y', 'y', 'x']), 2, () => true, 100);
    expect(affinityOf(queues.take(0))).toBe('x');
    expect(affinityOf(queues.take(1))).toBe('y');
    expect(affinityOf(queues.take(1))).toBe('y');
    expect(affinityOf(queues.take(1))).toBe('y');
    expect(affinityOf(queues.take(1))).toBe('x'); // stolen, with the rest of its window
    expect(affinityOf(queues.take(1))).toBe('x');
    expect(affinityOf(queues.take(1))).toBe('x');
    expect(queues.take(0)).toBe('end');
    expect(queues.ended).toBe(true);
  });

  it('looks ahead only so far: a million requests are never in memory', () => {
    let pulled = 0;
    const endless: RequestSource = {
      next: () => planned(`${pulled++}`, { affinity: pulled === 1 ? 'a' : 'b' }),
      settle: () => {},
    };
    const queues = new LaneQueues(endless, 2, () => true, 64);
    queues.take(1); // owns a
    queues.take(0); // owns b
    queues.take(1);
    expect(pulled).toBeLessThanOrEqual(70);
  });
});

describe('a source whose later requests depend on earlier answers', () => {
  it('is asked again after every answer, and when it says it is ready', async () => {
    const first = planned('first');
    const second = planned('second');
    const third = planned('third');
    let stage = 0;
    const source: RequestSource = {
      next() {
        if (stage === 0) {
          stage = 1;
          return first;
        }
        if (stage === 2) {
          stage = 3;
          return second;
        }
        if (stage === 4) {
          stage = 5;
          return third;
        }
        return stage === 6 ? 'end' : 'wait';
      },
      settle(request) {
        if (request === first) stage = 2;
        if (request === second) {
          setTimeout(() => {
            stage = 4;
            source.onReady?.();
          }, 30);
        }
        if (request === third) stage = 6;
      },
    };
    const [endpoint] = two();
    const { end } = await play([], endpoint ? [endpoint] : [], { source });
    expect(end).toEqual({ kind: 'done' });
    expect(fakeAt(0).stats().ok).toBe(3);
  });

  it('does not keep the process busy while it waits', async () => {
    let pulls = 0;
    const stop = new AbortController();
    const source: RequestSource = {
      next: () => {
        pulls++;
        return 'wait';
      },
      settle: () => {},
    };
    setTimeout(() => stop.abort(), 300);
    const [endpoint] = two();
    expect((await play([], endpoint ? [endpoint] : [], { source, signal: stop.signal })).end.kind).toBe('cancelled');
    expect(pulls).toBeLessThan(5);
  });

  it('that throws ends the run with its error', async () => {
    const source: RequestSource = {
      next: () => {
        throw new Error('the plan is broken');
      },
      settle: () => {},
    };
    const [endpoint] = two();
    await expect(play([], endpoint ? [endpoint] : [], { source })).rejects.toThrow('the plan is broken');
  });
});

it('a prompt that cannot be rendered fails alone, with its reason', async () => {
  const broken: PlannedRequest = {
    ...planned('broken'),
    body: () => {
      throw new Error('undefined variable: title');
    },
  };
  const [endpoint] = two();
  const played = await play([broken, planned('good')], endpoint ? [endpoint] : []);
  expect(played.end).toEqual({ kind: 'done' });
  expect(played.plan.outcomes.get(broken.id)).toMatchObject({
    kind: 'failed',
    completion: { error: { code: 'unrenderable', message: 'undefined variable: title' } },
  });
  expect(played.plan.count('answered')).toBe(1);
});
