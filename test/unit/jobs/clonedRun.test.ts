import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runSpec } from '../../../src/cli/jobKinds.ts';
import { MixParams } from '../../../src/contract/dataset.ts';
import { EvaluateParams } from '../../../src/contract/evaluation.ts';
import { JobSpec } from '../../../src/contract/events.ts';
import { IndexParams } from '../../../src/contract/retrieval.ts';
import { createRun, newRunId } from '../../../src/engine/jobs/index.ts';
import { projectPaths } from '../../../src/engine/project/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'smt-cloned-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A project of its own, with nothing made in it yet. */
function project(name: string): string {
  const root = join(folder, name);
  mkdirSync(root);
  writeFileSync(join(root, 'smt.yaml'), 'v: 1\nname: made\n');
  writeFileSync(join(root, 'a.md'), '# A\n\nThe bridge was built in 1871.\n');
  return root;
}

const jobs = [
  {
    kind: 'generate',
    params: { methods: [], documents: [], preview: false, budget: {}, additions_only: false, retry_failed: false },
  },
  { kind: 'mix', params: MixParams.parse({ name: 'set' }) },
  { kind: 'index', params: IndexParams.parse({}) },
  { kind: 'evaluate', params: EvaluateParams.parse({}) },
  { kind: 'experiment', params: { dry_run: false } },
] as const;

describe('a run directory that came with a cloned folder', () => {
  it.each(jobs)('does not make a job of kind $kind work in the folder that it names', async (job) => {
    const [cloned, other] = [project(`cloned-${job.kind}`), project(`other-${job.kind}`)];
    const about = { schema: 'smt-spec/1', run: newRunId(), title: 'Job', project: other, created: 1, resume: 'auto' };
    const spec = JobSpec.parse({ ...about, ...job });
    const dir = await createRun(projectPaths(cloned).runs, spec);
    expect(await runSpec(dir, spec, {}, {})).toMatchObject({
      kind: 'bad_input',
      message: expect.stringContaining('was made for another folder'),
    });
    expect(readdirSync(other).sort()).toEqual(['a.md', 'smt.yaml']);
  });
});
