import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompletionLog } from '../../../src/engine/llm/completionLog.ts';
import { RequestStore } from '../../../src/engine/llm/requestStore.ts';
import { FakeLlm } from '../../fixtures/fake-llm/server.mjs';
import { planned } from './run.ts';

const COUNT = 2000;
const KILLS = 20;
const IN_FLIGHT = 32;

let folder: string;
let child: string;
let fake: FakeLlm;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smt-killed-'));
  child = join(folder, 'child.cjs');
  await build({
    entryPoints: [join(__dirname, 'killedRunChild.ts')],
    outfile: child,
    bundle: true,
    platform: 'node',
    format: 'cjs',
  });
  fake = await FakeLlm.start({ latency_ms: 100, latency_sigma: 0.5 });
});
afterAll(async () => {
  await fake.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the child; with `killAfter` kills it once the server has given that many more answers. */
async function runChild(killAfter?: number): Promise<{ code: number | null; killed: boolean; out: string }> {
  const target = killAfter === undefined ? undefined : fake.stats().ok + killAfter;
  const running = spawn(process.execPath, [child, fake.url, folder, String(COUNT)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  running.stdout.on('data', (chunk) => {
    out += chunk;
  });
  const watch = setInterval(() => {
    if (target !== undefined && fake.stats().ok >= target) running.kill('SIGKILL');
  }, 1);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((done) => {
    running.on('exit', (exitCode, by) => done([exitCode, by]));
  });
  clearInterval(watch);
  return { code, killed: signal === 'SIGKILL', out };
}

async function loggedIds(): Promise<Set<string>> {
  const log = await CompletionLog.open(join(folder, 'completions'));
  const ids = new Set(log.ids());
  await log.close();
  return ids;
}

describe(`a run of ${COUNT} requests, killed ${KILLS} times with kill -9`, () => {
  it('loses no answer it had settled, asks nothing again that was logged, and completes', {
    timeout: 240_000,
  }, async () => {
    const nameOf = new Map(Array.from({ length: COUNT }, (_, index) => [planned(`n${index}`).id, `n${index}`]));
    const askedWhenLogged = new Map<string, number>();
    let random = 12345;
    let kills = 0;
    while (kills < KILLS) {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
      const { killed } = await runChild(1 + (random % 90));
      if (!killed) break;
      kills++;
      const ids = await loggedIds();
      // What came in, not what was answered: a slow answer to a killed client is counted long after the next has asked.
      const asked = fake.asked();
      for (const id of ids) {
        const name = nameOf.get(id) ?? '';
        if (!askedWhenLogged.has(name)) askedWhenLogged.set(name, asked[name] ?? 0);
      }
      const settled = existsSync(join(folder, 'settled'))
        ? (await readFile(join(folder, 'settled'), 'utf8')).split('\n')
        : [];
      expect(settled.filter((id) => id !== '' && !ids.has(id))).toEqual([]);
    }
    expect(kills).toBe(KILLS);
    const last = await runChild();
    expect(JSON.parse(last.out)).toEqual({ kind: 'done' });

    expect((await loggedIds()).size).toBe(COUNT);
    const asked = fake.asked();
    const askedAgain = [...askedWhenLogged].filter(([name, times]) => asked[name] !== times);
    expect(askedAgain).toEqual([]);
    // Only what was in flight (or on its way to the log) at a kill is paid twice.
    expect(fake.stats().answers_repeated).toBeLessThanOrEqual(KILLS * IN_FLIGHT * 2);

    // Every line is whole, and every completion's request and text are on record.
    const log = await CompletionLog.open(join(folder, 'completions'));
    const store = await RequestStore.open(join(folder, 'requests'));
    expect(log.malformed).toEqual([]);
    for (const id of log.ids()) {
      if (!store.hasRequest(id)) throw new Error(`${id} has no request line`);
    }
    const some = await store.request(planned('n7').id);
    expect(await store.text(some?.inputs.document ?? '')).toBe('The text of n7.');
    await store.close();
    await log.close();
  });
});
