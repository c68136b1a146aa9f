import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
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
import { type MadeTask, writeTask } from '../../fixtures/evaluation/madeHarness.ts';
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
  const BASE = '20261126-000000000-aaaaaa';
  const TRAINED = '20261126-000000001-aaaaaa';
  async function rows() {
    const { rows, problems } = await new HarnessBook(projectPaths(folder).runs).refresh();
    expect(problems).toEqual([]);
    return rows.map(({ model, base, trained }) => [model, base?.accuracy, trained?.accuracy]);
  }
  const apart = [
    [null, 0.5, undefined],
    ['trained-run', undefined, 0.75],
  ];
  const asked = (base: Partial<MadeTask>, trained: Partial<MadeTask>) => {
    writeTask({ root: folder, run: BASE, model: 'base', accuracy: 0.5, ...base });
    writeTask({ root: folder, run: TRAINED, model: 'trained-run', accuracy: 0.75, ...trained });
  };

  it('stand side by side where base and trained model were asked the same', async () => {
    writeTask({ root: folder, run: BASE, model: 'base', accuracy: 0.5 });
    expect(await rows()).toEqual([[null, 0.5, undefined]]);
    asked({ limit: 4 }, { limit: 4 });
    expect(await rows()).toEqual([['trained-run', 0.5, 0.75]]);
  });

  it.each<[string, Partial<MadeTask>, Partial<MadeTask>]>([
    ['another hash of the questions', { hash: 'one' }, { hash: 'another' }],
    ['another limit', { limit: 4 }, { limit: 8 }],
    ['a limit and none', { limit: 8 }, {}],
    ['another version of the harness', { version: '0.4.12' }, {}],
    ['another version of the task', { taskVersion: 2 }, {}],
    ['another task', { task: 'slow' }, {}],
    ['another metric', { metric: 'acc_norm,none' }, {}],
    // Whether they are the same is not known.
    ['no hash of the questions', { hash: null }, { hash: null }],
  ])('stand apart with %s', async (_, base, trained) => {
    asked(base, trained);
    expect(await rows()).toEqual(apart);
  });

  it('are the newest run’s where a model was asked twice, and taken from a file once it is rewritten', async () => {
    asked({}, {});
    const book = new HarnessBook(projectPaths(folder).runs);
    const accuracy = async () => (await book.refresh()).rows.map(({ base }) => base?.accuracy);
    expect(await accuracy()).toEqual([0.5]);
    writeTask({ root: folder, run: '20261126-000000002-aaaaaa', model: 'base', accuracy: 0.25, at: 2 });
    expect(await accuracy()).toEqual([0.25]);
    utimesSync(writeTask({ root: folder, run: BASE, model: 'base', accuracy: 0.125, at: 3 }), 5, 5);
    expect(await accuracy()).toEqual([0.125]);
  });

  it('are only those of finished tasks: a draft is none, a malformed file is named and costs no other', async () => {
    asked({}, {});
    const task = join(folder, '.smt', 'runs', BASE, HARNESS_FOLDER, 'a1', 'task');
    renameSync(task, `${task}.part`);
    expect(await rows()).toEqual([['trained-run', undefined, 0.75]]);
    mkdirSync(task);
    writeFileSync(join(task, 'results_1.json'), '{"results": {"quick": ');
    const { rows: found, problems } = await new HarnessBook(projectPaths(folder).runs).refresh();
    expect(found).toHaveLength(1);
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${BASE}, .*results_1.json: is not JSON`))]);
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
