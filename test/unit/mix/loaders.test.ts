import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ExportFormat } from '../../../src/contract/dataset.ts';
import { userCacheFolder } from '../../../src/engine/llm/builtin/index.ts';
import { exportDataset, openStudent } from '../../../src/engine/mix/index.ts';
import { EOS, MixProject } from './mixProject.ts';

/**
 * Every export loaded by the library it is for. `datasets` comes in an environment of our own (.cache, made here once);
 * TRL, torch and transformers only with the worker's environment, which training sets up: without it these tests say
 * that they were left out.
 */
const repository = join(import.meta.dirname, '../../..');
const script = join(repository, 'test/fixtures/mix/load_exports.py');
const cache = join(repository, '.cache');
const TIMEOUT = 600_000;
const run = promisify(execFile);

const bin = (folder: string) =>
  process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');

/** The worker's environment with TRL, where training set one up on this machine. */
const worker = (() => {
  const folder = join(userCacheFolder(), 'envs');
  const found = existsSync(folder) ? readdirSync(folder).map((name) => bin(join(folder, name))) : [];
  const names = process.env.SMT_WORKER_PYTHON ? [process.env.SMT_WORKER_PYTHON, ...found] : found;
  return names.find(
    (python) =>
      existsSync(python) &&
      spawnSync(python, [
        '-c',
        'import importlib.util as u, sys; sys.exit(not all(u.find_spec(m) for m in ("trl", "datasets", "torch")))',
      ]).status === 0,
  );
})();
const NO_WORKER = 'the environment of the worker (TRL, torch) is not set up on this machine; a training job makes it';

/** Pinned packages of a requirements file, in a folder or environment of our cache that is made once. */
async function installed(name: string, requirements: string, target: boolean): Promise<string> {
  const folder = join(cache, name);
  const done = join(folder, 'complete');
  const python = worker ?? process.env.SMT_PYTHON ?? 'python3';
  if (!existsSync(done)) {
    const file = join(repository, 'worker/requirements', requirements);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    if (target) await run('python3', [...pip, '--no-deps', '--target', folder, '-r', file]);
    else {
      await run(python, ['-m', 'venv', folder]);
      await run(bin(folder), [...pip, '-r', file]);
    }
    await run('python3', ['-c', `open(${JSON.stringify(done)}, "w").close()`]);
  }
  return folder;
}

let project: MixProject;
async function exported(format: ExportFormat): Promise<string> {
  const to = project.path('exports', format);
  if (existsSync(to)) return to;
  const loaded = await project.project();
  const student = await openStudent(loaded);
  if (!student.ok) throw new Error(student.message);
  await exportDataset(loaded, await project.manifest(), student.student, format, to);
  return to;
}

async function seenBy(python: string, library: string, folder: string, path = ''): Promise<Record<string, unknown>> {
  const args = [script, library, folder, project.path('tokenizer')];
  const { stdout } = await run(python, args, {
    maxBuffer: 1 << 28,
    env: { ...process.env, PYTHONPATH: path, PYTHONDONTWRITEBYTECODE: '1' },
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

beforeAll(async () => {
  project = new MixProject('mixture: { loss_on: answers }\n');
  await project.fill(30);
  expect((await project.mix()).end).toMatchObject({ kind: 'succeeded' });
});

describe('a training set as its readers see it', () => {
  it(
    'datasets: both splits with their columns, every token and label',
    async () => {
      const python = worker ?? bin(await installed('exports-venv', 'exports.txt', false));
      const seen = await seenBy(python, 'datasets', await exported('huggingface'));
      const rows = await project.rows();
      expect(seen.splits).toEqual({ train: rows.length, held_out: (await project.manifest()).held_out.rows });
      expect(seen.features).toEqual({
        input_ids: "List(Value('int32'))",
        labels: "List(Value('int32'))",
        source: "Value('string')",
        kind: "Value('string')",
        method: "Value('string')",
        document: "Value('string')",
      });
      expect(seen.rows).toEqual(
        rows.map(({ source, ids, labels }) => ({ source, input_ids: [...ids], labels: [...labels] })),
      );
    },
    TIMEOUT,
  );

  it(
    'TRL: SFTTrainer prepares from `text` the very tokens that we would have trained on',
    async ({ skip }) => {
      if (!worker) return skip(NO_WORKER);
      const seen = await seenBy(worker, 'trl-text', await exported('trl-text'));
      expect(seen.rows).toEqual((await project.rows()).map(({ ids }) => ({ input_ids: [...ids] })));
    },
    TIMEOUT,
  );

  it(
    "TRL: SFTTrainer puts `messages` into the student's chat template",
    async ({ skip }) => {
      if (!worker) return skip(NO_WORKER);
      const seen = await seenBy(worker, 'trl-messages', await exported('trl-messages'));
      const rows = Array.isArray(seen.rows) ? seen.rows : [];
      expect(rows.length).toBe((await project.rows()).length);
      for (const { input_ids } of rows) {
        expect(input_ids[0]).toBe(EOS + 1);
        expect(input_ids.filter((id: number) => id === EOS).length).toBe(2);
      }
    },
    TIMEOUT,
  );

  it(
    'axolotl: its `input_output` strategy gives the very tokens and the very loss mask',
    async ({ skip }) => {
      if (!worker) return skip(NO_WORKER);
      const libraries = await installed('exports-libraries', 'exports-loaders.txt', true);
      const seen = await seenBy(worker, 'axolotl', await exported('axolotl'), libraries);
      expect(seen.rows).toEqual(
        (await project.rows()).map(({ ids, labels }) => ({ input_ids: [...ids], labels: [...labels] })),
      );
    },
    TIMEOUT,
  );
});
