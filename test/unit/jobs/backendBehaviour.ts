import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobSpec, JobStatus } from '../../../src/contract/events.ts';
import { TrainingSettings } from '../../../src/contract/training.ts';
import { createRun, type JobBackend, jobStatus, newRunId, readEvents } from '../../../src/engine/jobs/index.ts';

/** A backend under test and what the tests need to know of the machine behind it. */
export interface Bench {
  backend: JobBackend;
  /** Where the run's directory lies on the machine that runs it. */
  place(dir: string): string;
  close(): Promise<void>;
}

/** What the stand-in worker is told through the spec's title. */
export interface Wish {
  steps?: number;
  pause?: number;
  save_pause?: number;
  fail_at?: number;
  limit_bytes?: number;
  deaf?: boolean;
  noise?: number;
  model_bytes?: number;
  linger?: number;
}

export function trainSpec(wish: Wish, inputs: JobSpec['inputs'] = undefined): JobSpec {
  return {
    schema: 'smt-spec/1',
    run: newRunId(),
    kind: 'train',
    title: JSON.stringify(wish),
    project: '/nowhere',
    created: 1,
    resume: 'auto',
    ...(inputs ? { inputs } : {}),
    params: {
      dataset: 'small',
      dataset_path: 'in/dataset',
      dataset_hash: '0',
      model: 'stand-in',
      model_path: null,
      revision: null,
      settings: TrainingSettings.parse({}),
      rows: 1,
      tokens: 1,
      processes: 1,
    },
  };
}

export const newRun = (wish: Wish, inputs?: JobSpec['inputs']): Promise<string> =>
  createRun(join(mkdtempSync(join(tmpdir(), 'smt-backend-')), 'runs'), trainSpec(wish, inputs));

/** Waits for what must come true; the test's own time limit is the bound. */
export async function until<T>(look: () => T | Promise<T>): Promise<NonNullable<Awaited<T>>> {
  for (;;) {
    const found = await look();
    if (found) return found;
    await delay(20);
  }
}

export async function finished(backend: JobBackend, dir: string): Promise<JobStatus> {
  await backend.follow(dir, AbortSignal.timeout(25_000));
  const status = await jobStatus(dir, backend);
  if (!status) throw new Error('no status');
  return status;
}

/** Follows in the background, as a server does while an editor is open. */
export function following(backend: JobBackend, dir: string, onChange?: () => void): () => Promise<void> {
  const stop = new AbortController();
  const follow = backend.follow(dir, stop.signal, onChange ? { onChange } : {});
  return async () => {
    stop.abort();
    await follow;
  };
}

const wrapperOf = (place: string): number => Number(readFileSync(join(place, 'pid'), 'utf8').split(' ')[0]);
const types = async (dir: string) => (await readEvents(dir)).events.map(({ type }) => type);

/** What every backend must do, whatever machine is behind it. */
export function backendBehaviour(name: string, open: () => Promise<Bench>): void {
  describe(`a job on ${name}`, () => {
    let bench: Bench;
    beforeAll(async () => {
      bench = await open();
    });
    afterAll(() => bench?.close());

    it('runs to its end, and the run directory here tells all of it', async () => {
      const dir = await newRun({ steps: 6, noise: 200 });
      await bench.backend.start(dir, {});
      expect(await finished(bench.backend, dir)).toMatchObject({ state: 'succeeded', attempt: 1, exit_code: 0 });
      const { events } = await readEvents(dir);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
      expect(await types(dir)).toEqual([
        'hello',
        'log',
        ...Array(5).fill('metric'),
        'checkpoint',
        'metric',
        'checkpoint',
        'done',
      ]);
      for (const file of ['events.jsonl', 'status.json', 'stdout.log', 'exit']) {
        expect(readFileSync(join(dir, file)), file).toEqual(readFileSync(join(bench.place(dir), file)));
      }
      expect(statSync(bench.place(dir)).mode & 0o777).toBe(0o700);
    });

    it('is not started twice by a duplicate submit', async () => {
      const dir = await newRun({ steps: 10_000 });
      await bench.backend.start(dir, {});
      const first = wrapperOf(bench.place(dir));
      await bench.backend.start(dir, {});
      expect(wrapperOf(bench.place(dir))).toBe(first);
      await bench.backend.stop(dir, false);
      expect(await finished(bench.backend, dir)).toMatchObject({ state: 'cancelled', attempt: 1 });
    });

    it('goes on when asked at the very end of an attempt, whose process takes its time to leave', async () => {
      const dir = await newRun({ steps: 10_000, linger: 2 });
      await bench.backend.start(dir, {});
      const leave = following(bench.backend, dir);
      await until(async () => (await types(dir)).includes('metric'));
      await bench.backend.stop(dir, false);
      await until(async () => (await jobStatus(dir, bench.backend))?.state === 'cancelled');
      await bench.backend.start(dir, {});
      await leave();
      const again = following(bench.backend, dir);
      await until(async () => (await types(dir)).filter((type) => type === 'hello').length === 2);
      await bench.backend.stop(dir, false);
      await again();
      expect(await finished(bench.backend, dir)).toMatchObject({ state: 'cancelled', attempt: 2 });
    });

    it('stops when asked, at its next step and with a checkpoint', async () => {
      const dir = await newRun({ steps: 1000 });
      await bench.backend.start(dir, {});
      const leave = following(bench.backend, dir);
      await until(async () => (await types(dir)).includes('metric'));
      await bench.backend.stop(dir, false);
      await leave();
      expect(await finished(bench.backend, dir)).toMatchObject({ state: 'cancelled', exit_code: 130 });
      expect((await types(dir)).slice(-2)).toEqual(['checkpoint', 'done']);
    });

    it('finishes the checkpoint it is writing when it is asked to stop', async () => {
      const dir = await newRun({ steps: 1000, save_pause: 3 });
      await bench.backend.start(dir, {});
      const leave = following(bench.backend, dir);
      const checkpoints = join(bench.place(dir), 'out', 'checkpoints');
      const drafts = () =>
        (existsSync(checkpoints) ? readdirSync(checkpoints) : []).filter((name) => name.endsWith('.part'));
      const [draft] = await until(() => (drafts().length > 0 ? drafts() : undefined));
      await bench.backend.stop(dir, false);
      await leave();
      expect(await finished(bench.backend, dir)).toMatchObject({ state: 'cancelled' });
      expect(readFileSync(join(checkpoints, (draft ?? '').replace('.part', ''), 'weights'), 'utf8')).toBe('halfwhole');
      expect(drafts()).toEqual([]);
    });

    it('is ended by force when it is deaf, and that is a cancelled job', { timeout: 45_000 }, async () => {
      const dir = await newRun({ steps: 10_000, deaf: true });
      await bench.backend.start(dir, {});
      const leave = following(bench.backend, dir);
      await until(async () => (await types(dir)).includes('metric'));
      await bench.backend.stop(dir, false);
      expect((await jobStatus(dir, bench.backend))?.state).toBe('stopping');
      await bench.backend.stop(dir, true);
      await leave();
      await bench.backend.follow(dir, AbortSignal.timeout(30_000));
      expect(await jobStatus(dir, bench.backend)).toMatchObject({ state: 'cancelled', exit_code: 137 });
    });

    it('fails with its last words when its process is killed', async () => {
      const dir = await newRun({ steps: 10_000 });
      await bench.backend.start(dir, {});
      const leave = following(bench.backend, dir);
      await until(async () => (await types(dir)).includes('metric'));
      const { events } = await readEvents(dir);
      const hello = events.find(({ type }) => type === 'hello');
      process.kill(hello?.type === 'hello' ? hello.pid : 0, 'SIGKILL');
      const status = await until(async () => {
        const now = await jobStatus(dir, bench.backend);
        return now?.state === 'failed' ? now : undefined;
      });
      await leave();
      expect(status).toMatchObject({ exit_code: 137, message: expect.stringMatching(/killed.*memory/) });
    });

    it('is lost when the whole group is killed, and goes on in a second attempt', async () => {
      const dir = await newRun({ steps: 10_000 });
      await bench.backend.start(dir, {});
      const leave = following(bench.backend, dir);
      await until(async () => (await types(dir)).includes('checkpoint'));
      process.kill(-wrapperOf(bench.place(dir)), 'SIGKILL');
      await leave();
      expect(await finished(bench.backend, dir)).toMatchObject({ state: 'lost' });
      await bench.backend.start(dir, {});
      expect((await jobStatus(dir, bench.backend))?.state).not.toBe('lost');
      await bench.backend.stop(dir, false);
      expect(await finished(bench.backend, dir)).toMatchObject({ state: 'cancelled', attempt: 2 });
      const { events } = await readEvents(dir);
      expect(events.filter(({ type }) => type === 'hello').map(({ attempt }) => attempt)).toEqual([1, 2]);
    });

    it('fails with the reason when the disk is full', async () => {
      const dir = await newRun({ steps: 10_000, pause: 0, limit_bytes: 20_000 });
      await bench.backend.start(dir, {});
      expect(await finished(bench.backend, dir)).toMatchObject({
        state: 'failed',
        message: expect.stringMatching(/File too large/),
      });
    });

    it('fails with the exit code of a job that breaks', async () => {
      const dir = await newRun({ steps: 5, fail_at: 2 });
      await bench.backend.start(dir, {});
      expect(await finished(bench.backend, dir)).toMatchObject({
        state: 'failed',
        exit_code: 1,
        message: expect.stringContaining('the stand-in was told to fail'),
      });
    });

    it('gets its keys, and they are nowhere to be found', async () => {
      const canary = `canary${'0123456789abcdef'.repeat(2)}`;
      const dir = await newRun({ steps: 60 });
      await bench.backend.start(dir, { 'https://hub.example': canary });
      const leave = following(bench.backend, dir);
      await until(async () => (await types(dir)).includes('metric'));
      const { events } = await readEvents(dir);
      expect(events.find(({ type }) => type === 'log')).toMatchObject({
        msg: `keys https://hub.example:${canary.length}`,
      });
      const found = [...grep(canary, dir), ...grep(canary, bench.place(dir)), ...processesWith(canary)];
      await bench.backend.stop(dir, false);
      await leave();
      await finished(bench.backend, dir);
      expect([...found, ...grep(canary, dir), ...grep(canary, bench.place(dir))]).toEqual([]);
    });

    it('gives its model back, every byte, and forgets what is removed', async () => {
      const dir = await newRun({ steps: 1, model_bytes: 3_000_000 });
      await bench.backend.start(dir, {});
      await finished(bench.backend, dir);
      const there = readFileSync(join(bench.place(dir), 'out', 'model', 'model.safetensors'));
      const here = await bench.backend.fetch(dir, 'out/model');
      expect(readFileSync(join(here, 'model.safetensors')).equals(there)).toBe(true);
      expect(readdirSync(here).sort()).toEqual(['config.json', 'model.safetensors']);
      await bench.backend.remove(dir, 'out/model');
      expect(existsSync(join(bench.place(dir), 'out', 'model'))).toBe(false);
      await expect(bench.backend.fetch(dir, '../../elsewhere')).rejects.toThrow('not a path inside');
    });
  });
}

function grep(text: string, folder: string): string[] {
  return spawnSync('grep', ['-rlF', text, folder], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((line) => line !== '');
}

/** Command lines and environments of all processes that can be read, our own and grep's left out. */
function processesWith(text: string): string[] {
  const found: string[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const file of ['cmdline', 'environ']) {
      try {
        if (readFileSync(join('/proc', pid, file), 'utf8').includes(text)) found.push(`${pid} ${file}`);
      } catch {
        // It ended, or belongs to somebody else.
      }
    }
  }
  return found;
}
