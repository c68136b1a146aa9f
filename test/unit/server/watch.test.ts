import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { coalesce } from '../../../src/server/coalesce.ts';
import { PathWatch } from '../../../src/server/watch.ts';
import { temporaryFolder } from '../samples/sampleFixtures.ts';

const open: PathWatch[] = [];
afterEach(() => {
  for (const watch of open.splice(0)) watch.close();
});

/** A watch over paths, and a promise for its next change. */
function watching(paths: readonly string[]) {
  let told = () => {};
  const watch = new PathWatch(
    async () => paths,
    () => told(),
  );
  open.push(watch);
  const change = () =>
    new Promise<void>((resolve) => {
      told = resolve;
    });
  return { watch, change };
}

describe('watching files', () => {
  it('tells of a file that grows, one that appears and one that is replaced', async () => {
    const folder = temporaryFolder();
    const grows = join(folder, 'events.jsonl');
    const appears = join(folder, 'later', 'status.json');
    await writeFile(grows, 'one\n');
    const { watch, change } = watching([grows, appears]);
    await watch.looked();
    const first = change();
    await appendFile(grows, 'two\n');
    await first;
    const second = change();
    await mkdir(join(folder, 'later'));
    await writeFile(appears, '{}');
    await second;
  });

  it('looks although somebody wakes it all the time', async () => {
    const file = join(temporaryFolder(), 'status.json');
    const { watch, change } = watching([file]);
    await watch.looked();
    const waking = setInterval(() => watch.wake(), 20);
    try {
      const changed = change();
      await writeFile(file, '{}');
      await changed;
    } finally {
      clearInterval(waking);
    }
  });
});

describe('pushing', () => {
  it('happens once for many reasons at the same time, again for later ones, and not faster than agreed', async () => {
    const times: number[] = [];
    let told = () => {};
    const push = coalesce(() => {
      times.push(performance.now());
      told();
    }, 50);
    const once = () =>
      new Promise<void>((resolve) => {
        told = resolve;
      });
    const first = once();
    for (let reason = 0; reason < 100; reason++) push();
    await first;
    const second = once();
    push();
    push();
    await second;
    expect(times).toHaveLength(2);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(45);
  });
});
