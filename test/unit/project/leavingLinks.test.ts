import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runGenerate } from '../../../src/engine/generate/index.ts';
import { createRun } from '../../../src/engine/jobs/index.ts';
import { createProject, leavingLinks, loadProject, projectPaths } from '../../../src/engine/project/index.ts';

describe('links in a project folder', () => {
  let scratch: string;
  let root: string;
  let outside: string;

  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'smt-links-'));
    root = join(scratch, 'project');
    outside = join(scratch, 'outside');
    mkdirSync(join(root, '.smt'), { recursive: true });
    mkdirSync(outside);
    writeFileSync(join(root, 'smt.yaml'), 'v: 1\nname: Harbour\n');
  });
  afterEach(() => rmSync(scratch, { recursive: true, force: true }));

  const filesOf = async () => (await leavingLinks(projectPaths(root))).map(({ file }) => file);

  it('are found where they leave the folder, in the parts of .smt and in run directories', async () => {
    mkdirSync(join(root, '.smt', 'runs', 'planted'), { recursive: true });
    symlinkSync(outside, join(root, '.smt', 'plan'));
    symlinkSync(join(outside, 'nothing yet'), join(root, '.smt', 'generate.lease'));
    symlinkSync(join(outside, 'log'), join(root, '.smt', 'runs', 'planted', 'stdout.log'));
    expect((await filesOf()).sort()).toEqual(['.smt/generate.lease', '.smt/plan', '.smt/runs/planted/stdout.log']);
  });

  it('are fine where they stay inside, also when the folder itself was reached by a link', async () => {
    mkdirSync(join(root, 'large'));
    symlinkSync(join(root, 'large'), join(root, '.smt', 'lance'));
    expect(await filesOf()).toEqual([]);
    symlinkSync(root, join(scratch, 'same'));
    expect(await leavingLinks(projectPaths(join(scratch, 'same')))).toEqual([]);
  });

  it('make a project invalid, and stop a job before it takes the lease', async () => {
    const run = '20261122-183015123-4f2a9c';
    const spec = {
      ...{ schema: 'smt-spec/1' as const, run, kind: 'generate' as const, title: 'Generate', project: root },
      ...{ created: 0, resume: 'auto' as const },
      params: { methods: [], documents: [], preview: false, additions_only: false, retry_failed: false, budget: {} },
    };
    const dir = await createRun(join(root, '.smt', 'runs'), spec);
    symlinkSync(outside, join(root, '.smt', 'completions'));
    expect(await loadProject(root)).toMatchObject({ kind: 'invalid', problems: [{ file: '.smt/completions' }] });
    const end = await runGenerate(dir, spec, {});
    expect(end).toMatchObject({ kind: 'bad_input', message: expect.stringContaining('.smt/completions') });
    expect(readdirSync(outside)).toEqual([]);
    expect(readdirSync(join(root, '.smt')).sort()).toEqual(['completions', 'runs']);
  });

  it('stop a project from being created', async () => {
    rmSync(join(root, 'smt.yaml'));
    rmSync(join(root, '.smt'), { recursive: true });
    symlinkSync(outside, join(root, '.smt'));
    expect(await createProject(root)).toMatchObject({ kind: 'refused' });
    expect(readdirSync(outside)).toEqual([]);
    expect(readdirSync(root)).toEqual(['.smt']);
  });
});
