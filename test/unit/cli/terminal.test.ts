import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Terminal } from '../../../src/cli/terminal.ts';

let told: string;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubEnv('CI', '1');
  told = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    told += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

describe('progress where no terminal rewrites it', () => {
  it('each state is one line, however often it is told; a state that comes back is told again', () => {
    const terminal = new Terminal(false);
    const states = ['setup', 'load', 'load', 'load', 'train 512', 'train 512', 'train 1,024', 'load'];
    for (const state of states) {
      terminal.progress(state);
      vi.advanceTimersByTime(6000);
    }
    expect(told.trim().split('\n')).toEqual(['setup', 'load', 'train 512', 'train 1,024', 'load']);
  });

  it('what changes within five seconds is left out, and a repeated state does not push the next one back', () => {
    const terminal = new Terminal(false);
    for (const [state, wait] of [['a', 4000] as const, ['b', 2000] as const, ['a', 0] as const, ['c', 0] as const]) {
      terminal.progress(state);
      vi.advanceTimersByTime(wait);
    }
    expect(told).toBe('a\nc\n');
  });
});
