import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WorkerPool } from '../../../src/engine/corpus/workerPool.ts';
import { folder } from './fixtures.ts';

/** A worker that does what it is told: answer, fail, leave, hang or eat memory. */
const obedient = `
const { parentPort } = require('node:worker_threads');
parentPort.on('message', (order) => {
  if (order === 'fail') parentPort.postMessage({ ok: false, message: 'cannot' });
  else if (order === 'leave') process.exit(3);
  else if (order === 'throw') setTimeout(() => { throw new Error('broken'); });
  else if (order === 'hang') for (;;);
  else if (order === 'eat') { const all = []; for (;;) all.push(Array.from({ length: 10_000 }, (_, at) => ({ at }))); }
  else parentPort.postMessage({ ok: true, answer: 'did ' + order });
});`;

function pool(options: { size?: number; timeoutMs?: number; memoryMb?: number } = {}) {
  const script = join(folder({ 'worker.js': obedient }), 'worker.js');
  const workers = new WorkerPool<string, string>(script, { size: 2, ...options });
  onTestFinished(() => workers.close());
  return workers;
}

describe('worker threads', () => {
  test('answer every request, more than there are workers', async () => {
    const workers = pool();
    const orders = Array.from({ length: 20 }, (_, at) => String(at));
    expect(await Promise.all(orders.map((order) => workers.run(order)))).toEqual(orders.map((order) => `did ${order}`));
  });

  test('a worker that fails a request, leaves or breaks costs that request only', async () => {
    const workers = pool();
    const results = await Promise.allSettled(
      ['a', 'fail', 'leave', 'throw', 'b', 'c'].map((order) => workers.run(order)),
    );
    expect(results.map((result) => (result.status === 'fulfilled' ? result.value : String(result.reason)))).toEqual([
      'did a',
      'Error: cannot',
      'Error: The worker ended with code 3.',
      'Error: broken',
      'did b',
      'did c',
    ]);
    expect(await workers.run('d')).toBe('did d');
  });

  test('a worker that hangs is ended and replaced', async () => {
    const workers = pool({ size: 1, timeoutMs: 5000 });
    const hanging = workers.run('hang');
    const waiting = workers.run('next');
    await expect(hanging).rejects.toMatchObject({ kind: 'timeout' });
    expect(await waiting).toBe('did next');
  });

  test('a worker that eats memory is ended, not the process', async () => {
    const workers = pool({ size: 1, memoryMb: 32 });
    await expect(workers.run('eat')).rejects.toMatchObject({ kind: 'out_of_memory' });
    expect(await workers.run('next')).toBe('did next');
  });

  test('closing ends what runs and what waits', async () => {
    const workers = pool({ size: 1 });
    const all = Promise.allSettled([workers.run('hang'), workers.run('next')]);
    await workers.close();
    expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(workers.run('late')).rejects.toThrow(/closed/);
  });
});
