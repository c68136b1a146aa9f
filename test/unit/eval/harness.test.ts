import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { EvaluateParams } from '../../../src/contract/evaluation.ts';
import { harnessFigure } from '../../../src/contract/harness.ts';
import { harnessOf } from '../../../src/engine/eval/general/harness.ts';
import { HarnessBook } from '../../../src/engine/eval/general/harnessResults.ts';
import { HARNESS_FOLDER, runHarness } from '../../../src/engine/eval/general/runHarness.ts';
import { describeModels } from '../../../src/engine/eval/index.ts';
import { readReport, reportText } from '../../../src/engine/eval/report/index.ts';
import { createJob, type JobHooks, runJob } from '../../../src/engine/jobs/index.ts';
import { loadRegistry } from '../../../src/engine/llm/index.ts';
import { loadProject, projectPaths } from '../../../src/engine/project/index.ts';
import { root as repository } from '../rules/sources.ts';

process.env.SMT_WORKER = join(repository, 'test', 'fixtures', 'standin-worker');
process.env.SMT_CONFIG = join(tmpdir(), 'smt-no-endpoints.yaml');
const PANEL = { benchmarks: [{ id: 'general' }] };
const made: string[] = [];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'smt-harness-'));
  made.push(folder);
  mkdirSync(join(folder, 'weights'));
});
afterAll(() => {
  for (const one of made) rmSync(one, { recursive: true, force: true });
});

async function project(settings: string) {
  writeFileSync(
    join(folder, 'smt.yaml'),
    `v: 1\nname: guard\ntraining: {weights: {path: weights}}\nevaluation: {general: {lm_eval: ${settings}}}\n`,
  );
  const loaded = await loadProject(folder);
  if (loaded.kind !== 'ready') throw new Error(JSON.stringify(loaded));
  return loaded.project;
}

describe('tasks that smt.yaml names', () => {
  it('are run only where the general panel is asked, each once', async () => {
    const opened = await project('{tasks: [one, two, one], limit: 4}');
    expect(await harnessOf(opened, { benchmarks: [{ id: 'own' }] })).toEqual({ ok: true, harness: undefined });
    expect(await harnessOf(opened, PANEL)).toMatchObject({ harness: { tasks: ['one', 'two'], limit: 4 } });
  });

  it('are refused where their folder is none, lies outside, or holds a link out of the project', async () => {
    mkdirSync(join(folder, 'tasks', 'deep'), { recursive: true });
    const refused = async (path: string) => {
      const found = await harnessOf(await project(`{tasks: [one], include_path: ${path}}`), PANEL);
      return found.ok ? undefined : found.message;
    };
    expect(await refused('nowhere')).toContain('is no folder of the project');
    expect(await refused('..')).toContain('is not inside the project');
    expect(await refused('tasks')).toBeUndefined();
    symlinkSync(join(folder, 'smt.yaml'), join(folder, 'tasks', 'inside.yaml'));
    expect(await refused('tasks')).toBeUndefined();
    symlinkSync(tmpdir(), join(folder, 'tasks', 'deep', 'out'));
    expect(await refused('tasks')).toContain(`${join('deep', 'out')}, a link out of the project`);
    symlinkSync(tmpdir(), join(folder, 'elsewhere'));
    expect(await refused('elsewhere')).toContain('is not inside the project');
  });
});

describe('the harness on the weights of a project', () => {
  async function job(settings: string) {
    const opened = await project(settings);
    const found = await harnessOf(opened, PANEL);
    if (!found.ok || !found.harness) throw new Error('tasks');
    const { harness } = found;
    const params = EvaluateParams.parse({ benchmarks: [], models: [], settings: [], worker: true, budget: {} });
    const { dir } = await createJob(opened, { kind: 'evaluate', title: 'Guard', params });
    const { registry } = await loadRegistry();
    const models = await describeModels(opened, registry, ['base'], { worker: true, likelihood: true });
    mkdirSync(join(dir, 'work'), { recursive: true });
    const run = (hooks: JobHooks = {}) =>
      runJob(dir, 'evaluate', hooks, (context) => runHarness(dir, opened, harness, models, context));
    const results = (task: string): unknown => {
      const [id = ''] = readdirSync(join(dir, HARNESS_FOLDER));
      return JSON.parse(readFileSync(join(dir, HARNESS_FOLDER, id, task, 'results_1.json'), 'utf8'));
    };
    return { run, results };
  }

  it('stops when asked, goes on without running a finished task again, and its figures stand in the report', async () => {
    const { run, results } = await job('{tasks: [quick, slow], limit: 4}');
    const stop = new AbortController();
    const onStatus: JobHooks['onStatus'] = ({ progress }) => {
      if (progress?.unit === 'task' && progress.done === 1) stop.abort();
    };
    expect(await run({ signal: stop.signal, onStatus })).toMatchObject({ kind: 'cancelled' });
    const before = results('quick');
    expect(() => results('slow')).toThrow();
    writeFileSync(join(folder, 'hurry'), '');
    expect(await run()).toMatchObject({ kind: 'succeeded' });
    expect(results('quick')).toEqual(before);
    const summary = await readReport(projectPaths(folder), null);
    expect(summary.harness.map(({ task, base, trained, limit }) => [task, base?.accuracy, trained, limit])).toEqual([
      ['quick', 0.75, null, 4],
      ['slow', 0.75, null, 4],
    ]);
    expect(reportText(summary, 'markdown')).toContain('75.0 % ± 25.0 (n = 4)');
    expect(reportText(summary, 'csv')).toContain('standard error of the harness');
  }, 120_000);

  it('ends with the reason where a task is none', async () => {
    const { run } = await job('{tasks: [broken]}');
    expect(await run()).toEqual({
      kind: 'bad_input',
      message: 'lm-evaluation-harness on base: no such task name others',
    });
  }, 60_000);
});

describe('figures of the harness', () => {
  /** A finished task of a model in a run of its own, as the harness writes it: a figure may be a bare NaN. */
  function finished(run: string, model: string, accuracy: number, hash: string): void {
    const id = join(folder, '.smt', 'runs', run, HARNESS_FOLDER, 'a1');
    mkdirSync(join(id, 'quick'), { recursive: true });
    writeFileSync(join(id, 'model.json'), JSON.stringify({ v: 1, model, limit: null, at: 1 }));
    writeFileSync(
      join(id, 'quick', 'results_1.json'),
      `{"results": {"quick": {"acc,none": ${accuracy}, "acc_stderr,none": 0.1, "bleu,none": NaN, "sample_len": 8}},
        "task_hashes": {"quick": "${hash}"}, "lm_eval_version": "0.4.13"}`,
    );
  }

  it('stand side by side where base and trained model were asked the same, and apart where not', async () => {
    const rows = async () => {
      const { rows, problems } = await new HarnessBook(projectPaths(folder).runs).refresh();
      expect(problems).toEqual([]);
      return rows.map(({ model, base, trained }) => [model, base?.accuracy, trained?.accuracy]);
    };
    finished('20261126-000000000-aaaaaa', 'base', 0.5, 'one');
    expect(await rows()).toEqual([[null, 0.5, undefined]]);
    finished('20261126-000000001-aaaaaa', 'trained-run', 0.75, 'one');
    expect(await rows()).toEqual([['trained-run', 0.5, 0.75]]);
    finished('20261126-000000001-aaaaaa', 'trained-run', 0.75, 'another');
    expect(await rows()).toEqual([
      [null, 0.5, undefined],
      ['trained-run', undefined, 0.75],
    ]);
  });
});

describe('a figure of the harness', () => {
  it('never stands alone', () => {
    const figure = { accuracy: 1, stderr: 0.1, questions: 4, run: 'r' };
    expect(harnessFigure(figure)).toBe('100.0 % ± 10.0 (n = 4)');
    expect(harnessFigure({ ...figure, stderr: 0 })).toMatch(/^not enough: all answers count alike/);
    expect(harnessFigure({ ...figure, stderr: null, questions: null })).toMatch(/^not enough.*n not said/);
    expect(harnessFigure(null)).toBe('not asked in this way');
  });
});
