import { describe, expect, it } from 'vitest';
import { parsePush } from '../../../src/editor/server/pushes.ts';
import { afterExit } from '../../../src/editor/server/restartPolicy.ts';

describe('the engine process that ended unasked', () => {
  it('is started again, later each time', () => {
    const killed = { code: null, signal: 'SIGKILL' };
    expect(afterExit(killed, [], 1000)).toEqual({ kind: 'restart', afterMs: 200 });
    expect(afterExit(killed, [900], 1000)).toEqual({ kind: 'restart', afterMs: 1000 });
    expect(afterExit(killed, [800, 900], 1000)).toEqual({ kind: 'restart', afterMs: 5000 });
  });

  it('is given up after the fourth end within two minutes, but not for ends of long ago', () => {
    const failed = { code: 1, signal: null };
    expect(afterExit(failed, [700, 800, 900], 1000)).toEqual({ kind: 'give_up', reason: 'crashes' });
    expect(afterExit(failed, [700, 800, 900], 1_000_000)).toEqual({ kind: 'restart', afterMs: 200 });
  });

  it('is given up at once where the processor lacks what LanceDB needs', () => {
    expect(afterExit({ code: null, signal: 'SIGILL' }, [], 0)).toEqual({ kind: 'give_up', reason: 'cpu' });
    expect(afterExit({ code: 0xc000001d, signal: null }, [], 0)).toEqual({ kind: 'give_up', reason: 'cpu' });
  });
});

describe('what the engine says unasked', () => {
  it('is taken in its agreed shape only', () => {
    expect(parsePush('samples/changed', { project: '/p', revision: 3 })).toEqual({
      kind: 'samples',
      project: '/p',
      revision: 3,
    });
    expect(parsePush('samples/changed', { project: 7 })).toBeUndefined();
    expect(parsePush('jobs/changed', { project: '/p', revision: 1, jobs: [{ run: 'x' }] })).toBeUndefined();
    expect(parsePush('anything/else', {})).toBeUndefined();
  });
});
