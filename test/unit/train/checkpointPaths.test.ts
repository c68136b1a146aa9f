import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createRun } from '../../../src/engine/jobs/index.ts';
import { inside, isBelow } from '../../../src/engine/jobs/insideRun.ts';
import { loadProject } from '../../../src/engine/project/index.ts';
import { deleteCheckpoint, listCheckpoints, ProjectBackend } from '../../../src/engine/train/index.ts';
import { trainSpec } from '../jobs/backendBehaviour.ts';

const root = mkdtempSync(join(tmpdir(), 'smt-paths-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a checkpoint that is named by events of another machine', () => {
  it('is none where its path leads out of the run directory: nothing is deleted there', async () => {
    writeFileSync(join(root, 'smt.yaml'), 'v: 1\nname: made\n');
    const valued = join(root, 'valued');
    mkdirSync(valued);
    writeFileSync(join(valued, 'only copy'), 'here');
    const loaded = await loadProject(root);
    if (loaded.kind !== 'ready') throw new Error('no project');
    const { project } = loaded;
    const spec = { ...trainSpec({}), target: 'far' };
    const dir = await createRun(project.paths.runs, spec);
    const paths = ['../../../valued', 'out/../../../../valued', valued, '.', '', './', 'out/step-7'];
    for (const [seq, path] of paths.entries()) {
      const event = {
        v: 1,
        seq: seq + 1,
        ts: 1,
        run: spec.run,
        attempt: 1,
        type: 'checkpoint',
        step: 7,
        path,
        bytes: 1,
      };
      appendFileSync(join(dir, 'events.jsonl'), `${JSON.stringify(event)}\n`);
    }
    const backend = new ProjectBackend([process.execPath]);
    const found = await listCheckpoints(project, backend);
    expect(found.map(({ path }) => path)).toEqual([`runs/${spec.run}/out/step-7`]);
    await deleteCheckpoint(project, backend, spec.run, 7, 'copy');
    expect(existsSync(join(valued, 'only copy'))).toBe(true);
    expect(existsSync(join(dir, 'spec.json'))).toBe(true);
  });

  it.each(['..', '../a', 'a/../../b', '/etc', 'a\0b'])('%j leaves a run directory', (path) => {
    expect(isBelow(path)).toBe(false);
    expect(() => inside('/runs/r', path)).toThrow('not a path inside');
  });

  it('the directory itself is not below itself', () => {
    for (const path of ['.', '', 'a/..']) {
      expect(isBelow(path)).toBe(false);
      expect(inside('/runs/r', path)).toBe('/runs/r');
    }
    expect(inside('/runs/r', './a/b')).toBe('/runs/r/a/b');
  });
});
