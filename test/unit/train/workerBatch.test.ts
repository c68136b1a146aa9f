import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findSshServer } from '../../../scripts/testing/sshd.ts';
import { type BatchProgress, runWorkerBatch, type WorkerBatch } from '../../../src/engine/train/index.ts';
import { startHost, type TestHost } from '../../fixtures/sshd/sshd.ts';
import { root } from '../rules/sources.ts';

const server = findSshServer();
process.env.SMT_WORKER = join(root, 'test', 'fixtures', 'standin-worker');

/** `seconds` a request stand where a model's path would: the stand-in is told by it. */
function batchOf(requests: number, seconds: string): WorkerBatch {
  const folder = mkdtempSync(join(tmpdir(), 'smt-batch-'));
  const lines = Array.from({ length: requests }, (_, at) => JSON.stringify({ custom_id: `r${at}`, body: {} }));
  writeFileSync(join(folder, 'in.jsonl'), `${lines.join('\n')}\n`);
  return { model: seconds, input: join(folder, 'in.jsonl'), output: join(folder, 'out.jsonl') };
}

const answersOf = ({ output }: WorkerBatch): { custom_id: string; response: { body: { made_by: number } } }[] =>
  readFileSync(output, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
const idsOf = (batch: WorkerBatch) => answersOf(batch).map(({ custom_id }) => custom_id);

function behaviour(name: string, target: string | undefined): void {
  const on = (batch: WorkerBatch): WorkerBatch => (target === undefined ? batch : { ...batch, target });

  describe(`a batch file on ${name}`, () => {
    it('has every request answered once, and tells how far it is', async () => {
      const batch = batchOf(12, '0.01');
      const seen: BatchProgress[] = [];
      const end = await runWorkerBatch(on({ ...batch, onProgress: (progress) => seen.push(progress) }));
      expect(end).toEqual({ kind: 'succeeded', answered: 12 });
      expect(new Set(idsOf(batch)).size).toBe(12);
      expect(seen.at(-1)).toMatchObject({ phase: 'generate', done: 12, total: 12, unit: 'request' });
    });

    it('stops when asked, keeps what was answered and goes on without asking it again', async () => {
      const batch = batchOf(30, '0.2');
      const stop = new AbortController();
      const onProgress = ({ done }: BatchProgress) => {
        if (done >= 3) stop.abort();
      };
      const first = await runWorkerBatch(on({ ...batch, signal: stop.signal, onProgress }));
      expect(first.kind).toBe('cancelled');
      expect(first.answered).toBeGreaterThanOrEqual(3);
      expect(first.answered).toBeLessThan(30);
      const before = answersOf(batch);
      const second = await runWorkerBatch(on(batch));
      expect(second).toEqual({ kind: 'succeeded', answered: 30 });
      expect(answersOf(batch).slice(0, before.length)).toEqual(before);
      expect(new Set(idsOf(batch)).size).toBe(30);
    });

    it("ends with the worker's own reason", async () => {
      expect(await runWorkerBatch(on(batchOf(2, 'broken')))).toEqual({
        kind: 'failed',
        message: 'no such weights',
        hint: 'name others',
        answered: 0,
      });
    });
  });
}

behaviour('this machine', undefined);

if ('missing' in server) {
  describe('a batch file on another machine', () => {
    it.skip(`skipped: ${server.missing}`, () => {});
  });
} else {
  let host: TestHost;
  beforeAll(async () => {
    host = await startHost(server);
    const file = join(mkdtempSync(join(tmpdir(), 'smt-targets-')), 'targets.yaml');
    writeFileSync(
      file,
      `ssh: ${host.ssh}\ntargets:\n  box: {kind: ssh, host: ${host.alias}, root: ${host.newRoot()}}\n`,
    );
    process.env.SMT_TARGETS = file;
  });
  afterAll(() => host?.stop());

  behaviour('a host reached by SSH', 'box');

  describe('a batch file on a host', () => {
    it('loses nothing when the line is cut again and again', async () => {
      const batch = batchOf(40, '0.05');
      let cuts = 0;
      const onProgress = ({ done }: BatchProgress) => {
        if (done < cuts * 10 + 3 || cuts >= 3) return;
        cuts += 1;
        host.proxy.cut();
        host.proxy.restore();
      };
      const end = await runWorkerBatch({ ...batch, target: 'box', onProgress });
      expect(end).toEqual({ kind: 'succeeded', answered: 40 });
      expect(cuts).toBe(3);
      expect(new Set(answersOf(batch).map(({ response }) => response.body.made_by)).size).toBe(1);
    });

    it('names a target that the user does not have', async () => {
      const end = await runWorkerBatch({ ...batchOf(1, '0'), target: 'elsewhere' });
      expect(end).toMatchObject({ kind: 'failed', message: expect.stringContaining('There is no target "elsewhere"') });
    });
  });
}
