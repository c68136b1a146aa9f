import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { JobSpec } from '../../../src/contract/events.ts';
import {
  createRun,
  EventWriter,
  jobStatus,
  LocalBackend,
  leaseHolder,
  listJobs,
  newRunId,
  readEvents,
  recordProcess,
  takeLease,
} from '../../../src/engine/jobs/index.ts';

let runs: string;
const backend = new LocalBackend([process.execPath]);

beforeEach(() => {
  runs = join(mkdtempSync(join(tmpdir(), 'smt-jobs-')), 'runs');
});

function spec(run = newRunId()): JobSpec {
  return {
    schema: 'smt-spec/1',
    run,
    kind: 'generate',
    title: 'Generate',
    project: '/nowhere',
    created: 1,
    params: { methods: [], documents: [], preview: false, budget: {}, additions_only: false, retry_failed: false },
    resume: 'auto',
  };
}

/** A process that has certainly ended. */
async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((ended) => child.once('exit', ended));
  return child.pid ?? 0;
}

describe('a run directory', () => {
  it('is private and starts queued', async () => {
    const dir = await createRun(runs, spec());
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(await jobStatus(dir, backend)).toMatchObject({ state: 'queued', attempt: 0 });
  });

  it('refuses a run id that is a path', async () => {
    await expect(createRun(runs, spec('../escape'))).rejects.toThrow();
  });

  it('lists the newest run first and skips what is no run', async () => {
    await createRun(runs, spec('20260101-000000-aaaaaa'));
    await createRun(runs, spec('20260102-000000-aaaaaa'));
    writeFileSync(join(runs, 'README'), 'not a run');
    expect((await listJobs(runs, backend)).map((job) => job.run)).toEqual([
      '20260102-000000-aaaaaa',
      '20260101-000000-aaaaaa',
    ]);
  });
});

describe('events', () => {
  it('number an attempt from 1 without gaps and end with done', async () => {
    const dir = await createRun(runs, spec());
    const writer = await EventWriter.start(dir, 'generate', { node: '24' });
    writer.phase('generate');
    writer.log('info', 'hello');
    await writer.end('succeeded', 0);
    const { events } = await readEvents(dir);
    expect(events.map((event) => event.type)).toEqual(['hello', 'phase', 'log', 'done']);
    expect(events.map((event) => event.seq)).toEqual([1, 2, 3, 4]);
    expect(await jobStatus(dir, backend)).toMatchObject({ state: 'succeeded', exit_code: 0, last_seq: 4 });
  });

  it('continue after a half line that a crash left, and a second attempt starts at 1 again', async () => {
    const dir = await createRun(runs, spec());
    await EventWriter.start(dir, 'generate', {});
    appendFileSync(join(dir, 'events.jsonl'), '{"v":1,"seq":2,"type":"lo');
    const again = await EventWriter.start(dir, 'generate', {});
    await again.end('cancelled', 130);
    const { events } = await readEvents(dir);
    expect(events.map((event) => [event.attempt, event.seq])).toEqual([
      [1, 1],
      [2, 1],
      [2, 2],
    ]);
  });

  it('are read from a byte offset and only as whole lines', async () => {
    const dir = await createRun(runs, spec());
    const writer = await EventWriter.start(dir, 'generate', {});
    const first = await readEvents(dir);
    appendFileSync(join(dir, 'events.jsonl'), '{"half');
    expect(await readEvents(dir, first.offset)).toEqual({ events: [], offset: first.offset });
    await writer.end('failed', 1);
  });

  it('fit the 8 KiB of the protocol whatever the message', async () => {
    const dir = await createRun(runs, spec());
    const writer = await EventWriter.start(dir, 'generate', {});
    writer.log('error', 'x'.repeat(100_000));
    await writer.end('failed', 1);
    for (const line of readFileSync(join(dir, 'events.jsonl'), 'utf8').split('\n')) {
      expect(Buffer.byteLength(line)).toBeLessThan(8192);
    }
    expect((await readEvents(dir)).events).toHaveLength(3);
  });
});

describe('the true state of a job', () => {
  it('is lost when its process is gone without a word', async () => {
    const dir = await createRun(runs, spec());
    const writer = await EventWriter.start(dir, 'generate', {});
    writer.phase('generate');
    await recordProcess(dir, await deadProcess());
    expect(await jobStatus(dir, backend)).toMatchObject({ state: 'lost' });
    await writer.end('cancelled', 130);
  });

  it('believes done before anything else', async () => {
    const dir = await createRun(runs, spec());
    const writer = await EventWriter.start(dir, 'generate', {});
    await writer.end('succeeded', 0);
    writeFileSync(join(dir, 'exit'), '1');
    expect(await jobStatus(dir, backend)).toMatchObject({ state: 'succeeded' });
  });

  it('believes the exit file before the process table', async () => {
    const dir = await createRun(runs, spec());
    const writer = await EventWriter.start(dir, 'generate', {});
    await recordProcess(dir, process.pid);
    writeFileSync(join(dir, 'exit'), '1\n');
    expect(await jobStatus(dir, backend)).toMatchObject({ state: 'failed', exit_code: 1 });
    await writer.end('failed', 1);
  });

  it('shows a stop that is not obeyed yet as stopping', async () => {
    const dir = await createRun(runs, spec());
    const writer = await EventWriter.start(dir, 'generate', {});
    writer.phase('generate');
    await recordProcess(dir, process.pid);
    await backend.stop(dir, false);
    expect(writer.stopRequested).toBe(true);
    expect(await jobStatus(dir, backend)).toMatchObject({ state: 'stopping' });
    await writer.end('cancelled', 130);
  });
});

describe('the lease of the one generating job', () => {
  it('is held by one, names its holder to the other, and is free after release', async () => {
    const file = join(runs, 'generate.lease');
    const first = await takeLease(file, 'run-1');
    expect(first.kind).toBe('held');
    expect(await takeLease(file, 'run-2')).toMatchObject({ kind: 'busy', holder: { run: 'run-1', pid: process.pid } });
    if (first.kind === 'held') await first.lease.release();
    expect(await leaseHolder(file)).toBeUndefined();
    expect((await takeLease(file, 'run-2')).kind).toBe('held');
  });

  it('is taken over from a holder that died', async () => {
    const file = join(runs, 'generate.lease');
    await takeLease(file, 'run-1');
    const lease = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...lease, pid: await deadProcess(), pid_started: null }));
    expect((await takeLease(file, 'run-2')).kind).toBe('held');
  });

  it('is not fooled by a pid that was reused', async () => {
    const file = join(runs, 'generate.lease');
    await takeLease(file, 'run-1');
    const lease = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...lease, pid_started: '1' }));
    expect((await takeLease(file, 'run-2')).kind).toBe('held');
  });

  it('goes to exactly one of many that ask at once', async () => {
    const file = join(runs, 'generate.lease');
    const results = await Promise.all(Array.from({ length: 20 }, (_, n) => takeLease(file, `run-${n}`)));
    expect(results.filter((result) => result.kind === 'held')).toHaveLength(1);
  });
});
