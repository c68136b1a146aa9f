import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findSshServer } from '../../../scripts/testing/sshd.ts';
import { Target } from '../../../src/contract/training.ts';
import { jobStatus, readEvents } from '../../../src/engine/jobs/index.ts';
import { SshBackend, type SshTarget } from '../../../src/engine/jobs/ssh/index.ts';
import { startHost, type TestHost } from '../../fixtures/sshd/sshd.ts';
import { root } from '../rules/sources.ts';
import { backendBehaviour, finished, following, newRun, until } from './backendBehaviour.ts';

const server = findSshServer();
const worker = join(root, 'test', 'fixtures', 'standin-worker');

function backendFor(host: TestHost, folder = host.newRoot()): { backend: SshBackend; place: (dir: string) => string } {
  const target = sshTarget({ kind: 'ssh', host: host.alias, root: folder });
  return {
    backend: new SshBackend({ id: 'box', target, program: host.ssh, worker: () => worker }),
    place: (dir) => join(folder, 'runs', basename(dir)),
  };
}

function sshTarget(written: unknown): SshTarget {
  const target = Target.parse(written);
  if (target.kind !== 'ssh') throw new Error('not an ssh target');
  return target;
}

if ('missing' in server) {
  describe('a job on a host reached by SSH', () => {
    it.skip(`skipped: ${server.missing}`, () => {});
  });
} else {
  backendBehaviour('a host reached by SSH', async () => {
    const host = await startHost(server);
    return { ...backendFor(host), close: () => host.stop() };
  });

  describe('a host reached by SSH', () => {
    let host: TestHost;
    beforeAll(async () => {
      host = await startHost(server);
    });
    beforeEach(() => host.proxy.restore());
    afterAll(() => host?.stop());

    it('mirrors events as they are written; how late is printed', async () => {
      const { backend } = backendFor(host);
      const dir = await newRun({ steps: 25, pause: 0.2 });
      await backend.start(dir, {});
      const late: number[] = [];
      let known = 0;
      const leave = following(backend, dir, async () => {
        const { events } = await readEvents(dir);
        for (const { ts, type } of events.slice(known)) if (type === 'metric') late.push(Date.now() / 1000 - ts);
        known = events.length;
      });
      await until(async () => (await jobStatus(dir, backend))?.state === 'succeeded');
      await leave();
      const sorted = late.slice(5).sort((a, b) => a - b);
      const middle = sorted[Math.floor(sorted.length / 2)] ?? 99;
      console.log(
        `event latency over SSH: median ${middle.toFixed(2)} s, most ${sorted.at(-1)?.toFixed(2)} s (n = ${sorted.length})`,
      );
      expect(sorted.length).toBeGreaterThan(0);
    });

    it('is reattached by another process when the follower is killed; how soon is printed', async () => {
      const { backend } = backendFor(host);
      const dir = await newRun({ steps: 10_000, pause: 0.1 });
      await backend.start(dir, {});
      const follower = spawn(process.execPath, [
        join(root, 'test', 'fixtures', 'sshd', 'follower.ts'),
        JSON.stringify({ dir, host: host.alias, ssh: host.ssh, root: backend.target.root }),
      ]);
      await until(async () => (await readEvents(dir)).events.length > 5);
      const leave = following(backend, dir);
      follower.kill('SIGKILL');
      await new Promise((ended) => follower.once('close', ended));
      const killed = Date.now();
      const before = (await readEvents(dir)).events.length;
      await until(async () => (await readEvents(dir)).events.length > before);
      const seconds = (Date.now() - killed) / 1000;
      console.log(`reattach after the follower was killed: ${seconds.toFixed(2)} s`);
      await backend.stop(dir, false);
      await leave();
      expect(await finished(backend, dir)).toMatchObject({ state: 'cancelled', attempt: 1 });
      await same(dir, backend.target.root);
    });

    it('says unreachable since when, not failed, while the cable is cut; then nothing is lost or doubled', async () => {
      const { backend } = backendFor(host);
      const dir = await newRun({ steps: 10_000, pause: 0.05 });
      await backend.start(dir, {});
      const leave = following(backend, dir);
      await until(async () => (await readEvents(dir)).events.length > 3);
      await until(async () => (await jobStatus(dir, backend))?.state === 'running');
      host.proxy.cut();
      const status = await until(async () => {
        const now = await jobStatus(dir, backend);
        return now?.unreachable_since ? now : undefined;
      });
      expect(status.state).toBe('running');
      host.proxy.restore();
      const restored = Date.now();
      await until(async () => (await jobStatus(dir, backend))?.unreachable_since === undefined);
      const seconds = (Date.now() - restored) / 1000;
      console.log(`reattach after the cable was cut: ${seconds.toFixed(2)} s`);
      await backend.stop(dir, false);
      await leave();
      expect(await finished(backend, dir)).toMatchObject({ state: 'cancelled' });
      await same(dir, backend.target.root);
    });

    it('survives every tunnel being killed again and again', async () => {
      const { backend } = backendFor(host);
      const dir = await newRun({ steps: 120, pause: 0.03, noise: 3000 });
      await backend.start(dir, {});
      const leave = following(backend, dir);
      for (let kills = 0; kills < 5; kills += 1) {
        const before = (await readEvents(dir)).events.length;
        await until(async () => {
          const { events } = await readEvents(dir);
          return events.length > before || events.at(-1)?.type === 'done';
        });
        host.proxy.cut();
        host.proxy.restore();
      }
      await until(async () => (await jobStatus(dir, backend))?.state === 'succeeded');
      await leave();
      await same(dir, backend.target.root);
    });

    it('tells the true end of a job that ended while the host was gone', async () => {
      const { backend, place } = backendFor(host);
      const dir = await newRun({ steps: 10_000, pause: 0.1 });
      await backend.start(dir, {});
      const leave = following(backend, dir);
      await until(async () => (await readEvents(dir)).events.length > 1);
      host.proxy.cut();
      // Asked on the host itself, so that it ends while nobody sees it, however slow this machine is.
      writeFileSync(join(place(dir), 'stop'), '');
      await until(() => existsSync(join(place(dir), 'exit')));
      expect((await jobStatus(dir, backend))?.state).toBe('running');
      host.proxy.restore();
      await until(async () => (await jobStatus(dir, backend))?.state === 'cancelled');
      await leave();
      await same(dir, backend.target.root);
    });

    it('is followed by several at once without a byte doubled', async () => {
      const { backend } = backendFor(host);
      const dir = await newRun({ steps: 60, pause: 0.02, noise: 500 });
      await backend.start(dir, {});
      await Promise.all([1, 2, 3].map(() => backend.follow(dir, AbortSignal.timeout(25_000))));
      expect((await jobStatus(dir, backend))?.state).toBe('succeeded');
      await same(dir, backend.target.root);
    });

    it('goes on from a mirror that was cut in the middle of a line', async () => {
      const { backend, place } = backendFor(host);
      const dir = await newRun({ steps: 8 });
      await backend.start(dir, {});
      await until(() => existsSync(join(place(dir), 'exit')));
      writeFileSync(join(dir, 'events.jsonl'), readFileSync(join(place(dir), 'events.jsonl')).subarray(0, 333));
      expect(await finished(backend, dir)).toMatchObject({ state: 'succeeded' });
      await same(dir, backend.target.root);
    });

    it('sends inputs and the worker once, whatever many runs use them', async () => {
      const { backend, place } = backendFor(host);
      const data = join(mkdtempSync(join(tmpdir(), 'smt-input-')), 'dataset');
      mkdirSync(data);
      writeFileSync(join(data, 'train.parquet'), 'rows');
      const input = [{ name: 'dataset', path: data }];
      const first = await newRun({ steps: 1 }, input);
      await backend.start(first, {});
      expect(readFileSync(join(place(first), 'in', 'dataset', 'train.parquet'), 'utf8')).toBe('rows');
      await finished(backend, first);
      const second = await newRun({ steps: 1 }, input);
      const began = Date.now();
      await backend.start(second, {});
      console.log(`warm submit over SSH: ${((Date.now() - began) / 1000).toFixed(2)} s`);
      await finished(backend, second);
      expect(readdirSync(join(backend.target.root, 'data'))).toHaveLength(1);
      expect(readdirSync(join(backend.target.root, 'pkg'))).toHaveLength(1);
    });

    it('goes on with a fetch where the line was cut', async () => {
      const { backend, place } = backendFor(host);
      const dir = await newRun({ steps: 1, model_bytes: 40_000_000 });
      await backend.start(dir, {});
      await finished(backend, dir);
      let cuts = 0;
      const cut = backend.fetch(dir, 'out/model', undefined, (done) => {
        if (done > 5_000_000 && cuts++ === 0) host.proxy.cut();
      });
      await expect(cut).rejects.toThrow(/cut|answer/);
      host.proxy.restore();
      let first = -1;
      const here = await backend.fetch(dir, 'out/model', undefined, (done) => {
        if (first < 0) first = done;
      });
      expect(first).toBeGreaterThan(1_000_000);
      expect(
        readFileSync(join(here, 'model.safetensors')).equals(
          readFileSync(join(place(dir), 'out', 'model', 'model.safetensors')),
        ),
      ).toBe(true);
    });

    it('names what it cannot start for, and leaves the run to be started again', async () => {
      const folder = host.newRoot();
      const target = sshTarget({ kind: 'ssh', host: host.alias, root: folder, python: '/nowhere/python3' });
      const backend = new SshBackend({ id: 'box', target, program: host.ssh, worker: () => worker });
      const dir = await newRun({ steps: 1 });
      await expect(backend.start(dir, {})).rejects.toThrow('"/nowhere/python3"');
      expect(await jobStatus(dir, backend)).toMatchObject({
        state: 'failed',
        attempt: 0,
        message: expect.stringContaining('/nowhere/python3'),
      });
      const good = backendFor(host, folder).backend;
      await good.start(dir, {});
      expect(await finished(good, dir)).toMatchObject({ state: 'succeeded' });
    });

    it('has an environment once it is complete: one that was cut short would be made anew', async () => {
      const { backend } = backendFor(host);
      const [whole, torn] = ['a'.repeat(16), 'b'.repeat(16)];
      for (const name of [whole, torn]) mkdirSync(join(backend.target.root, 'envs', name), { recursive: true });
      writeFileSync(join(backend.target.root, 'envs', whole, 'complete.json'), '{}');
      expect((await backend.probe()).environments).toEqual([whole]);
    });

    it('refuses a host whose key is not the known one', async () => {
      const other = await startHost(server);
      other.changeHostKey();
      const { backend } = backendFor(other);
      await expect(backend.probe()).rejects.toThrow(/host key/i);
      await other.stop();
    });

    /** Byte for byte what the host has. */
    async function same(dir: string, folder: string): Promise<void> {
      for (const file of ['events.jsonl', 'stdout.log']) {
        const there = readFileSync(join(folder, 'runs', basename(dir), file));
        expect(readFileSync(join(dir, file)).equals(there), file).toBe(true);
      }
    }
  });
}
