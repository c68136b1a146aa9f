import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CompletionLog } from '../../../src/engine/llm/completionLog.ts';
import { exportLog, importLog } from '../../../src/engine/llm/logArchive.ts';
import { RequestStore } from '../../../src/engine/llm/requestStore.ts';
import { FakeLlm } from '../../fixtures/fake-llm/server.mjs';
import { endpointAt, named, planned, play } from './run.ts';

let folder: string;
let fake: FakeLlm;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smt-archive-'));
  fake = await FakeLlm.start();
});
afterEach(async () => {
  await fake.stop();
  await rm(folder, { recursive: true, force: true });
});

const logAt = (name: string) => ({
  completions: join(folder, name, 'completions'),
  requests: join(folder, name, 'requests'),
  plan: join(folder, name, 'plan'),
});

async function held(name: string): Promise<{ completions: string[]; requests: number; cost: number }> {
  const log = await CompletionLog.open(logAt(name).completions);
  const store = await RequestStore.open(logAt(name).requests);
  const held = { completions: [...log.ids()].sort(), requests: store.size, cost: log.spend.inputTokens };
  await log.close();
  await store.close();
  return held;
}

describe.each(['log.tar.gz', 'log-folder'])('paid work exported to %s', (target) => {
  it('comes back whole after everything generated was deleted', async () => {
    await play(named(30), [endpointAt(fake.url)], { folder: join(folder, 'a') });
    await mkdir(logAt('a').plan);
    await writeFile(join(logAt('a').plan, 'draws-1.jsonl'), '{"v":1}\n');
    const before = await held('a');
    const file = join(folder, target);
    expect(await exportLog(logAt('a'), file)).toEqual({ completions: 30, requests: 30 });
    await rm(join(folder, 'a'), { recursive: true });
    expect(await importLog(logAt('a'), file)).toEqual({ completions: 30, requests: 30 });
    expect(await held('a')).toEqual(before);
    expect(await readFile(join(logAt('a').plan, 'draws-1.jsonl'), 'utf8')).toBe('{"v":1}\n');
    const store = await RequestStore.open(logAt('a').requests);
    const request = await store.request(planned('n3').id);
    expect(await store.text(request?.inputs.document ?? '')).toBe('The text of n3.');
    await store.close();
  });

  it('takes the answers to evaluation questions along', async () => {
    await play(named(3), [endpointAt(fake.url)], { folder: join(folder, 'a') });
    await play(named(7), [endpointAt(fake.url)], { folder: join(folder, 'a', 'evaluation') });
    const folders = (name: string) => ({ ...logAt(name), evaluation: logAt(join(name, 'evaluation')) });
    const file = join(folder, target);
    expect(await exportLog(folders('a'), file)).toEqual({ completions: 10, requests: 10 });
    expect(await importLog(folders('b'), file)).toEqual({ completions: 10, requests: 10 });
    expect(await held('b')).toEqual(await held('a'));
    expect(await held(join('b', 'evaluation'))).toEqual(await held(join('a', 'evaluation')));
  });

  it('merges with what is there, adds nothing twice, and is not paid again', async () => {
    await play(named(30), [endpointAt(fake.url)], { folder: join(folder, 'a') });
    await play(named(10), [endpointAt(fake.url)], { folder: join(folder, 'b') });
    const file = join(folder, target);
    await exportLog(logAt('a'), file);
    expect(await importLog(logAt('b'), file)).toEqual({ completions: 20, requests: 20 });
    expect(await importLog(logAt('b'), file)).toEqual({ completions: 0, requests: 0 });
    expect(await held('b')).toEqual(await held('a'));
    fake.configure({});
    const played = await play(named(40), [endpointAt(fake.url)], { folder: join(folder, 'b') });
    expect(played.end).toEqual({ kind: 'done' });
    expect(fake.stats().total).toBe(10);
  });
});

describe('an archive that is not ours', () => {
  it.each([
    ['../evil', '0'],
    ['completions/../../evil', '0'],
    ['/etc/evil', '0'],
    ['completions/link', '2'],
  ])('is refused: %s of type %s', async (path, type) => {
    await play(named(2), [endpointAt(fake.url)], { folder: join(folder, 'a') });
    const file = join(folder, 'x.tar.gz');
    await exportLog(logAt('a'), file);
    const tar = gunzipSync(await readFile(file));
    tar.fill(0, 0, 100);
    tar.write(path, 0);
    tar.write(type, 156);
    tar.write('        ', 148);
    tar.write(
      `${tar
        .subarray(0, 512)
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    await writeFile(file, gzipSync(tar));
    await expect(importLog(logAt('b'), file)).rejects.toThrow('which no export of a log has');
    expect((await readdir(folder)).sort()).toEqual(['a', 'x.tar.gz']);
  });

  it('is refused when it is cut off, and leaves the project as it was', async () => {
    await play(named(20), [endpointAt(fake.url)], { folder: join(folder, 'a') });
    const file = join(folder, 'x.tar.gz');
    await exportLog(logAt('a'), file);
    await cp(join(folder, 'a'), join(folder, 'b'), { recursive: true });
    await truncate(file, (await stat(file)).size - 40);
    await expect(importLog(logAt('b'), file)).rejects.toThrow();
    expect(await held('b')).toEqual(await held('a'));
    await expect(importLog(logAt('b'), join(folder, 'missing.tar.gz'))).rejects.toThrow('ENOENT');
    await expect(importLog(logAt('b'), folder)).rejects.toThrow('not an export');
  });
});
