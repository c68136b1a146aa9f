import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ExportFormat } from '../../../src/contract/dataset.ts';
import { contentHash } from '../../../src/engine/contentHash.ts';
import { userCacheFolder } from '../../../src/engine/llm/builtin/index.ts';
import { exportDataset, openStudent } from '../../../src/engine/mix/index.ts';
import { BOS, bosConfig, byteTokenizer } from '../../fixtures/byteTokenizer.ts';
import { EOS, MixProject, textOf } from './mixProject.ts';

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
  const file = join(repository, 'worker/requirements', requirements);
  // Other requirements, another folder.
  const folder = join(cache, `${name}-${contentHash(readFileSync(file, 'utf8')).slice(0, 12)}`);
  const done = join(folder, 'complete');
  const python = worker ?? process.env.SMT_PYTHON ?? 'python3';
  if (!existsSync(done)) {
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

const FORMATS = ['huggingface', 'trl-text', 'trl-messages', 'axolotl', 'llama-factory'] as const;

type Seen = Readonly<Record<string, { rows?: { input_ids: number[] }[] } & Record<string, unknown>>>;

let project: MixProject;
/** Its student begins every text with a token, as Llama 3 does. */
let beginning: MixProject;
/** What each library saw, by its name. */
let seen: Seen;
let seenBeginning: Seen;

async function exported(of: MixProject, formats: readonly ExportFormat[]): Promise<void> {
  await of.fill(30);
  expect((await of.mix()).end).toMatchObject({ kind: 'succeeded' });
  const loaded = await of.project();
  const student = await openStudent(loaded);
  if (!student.ok) throw new Error(student.message);
  const manifest = await of.manifest();
  for (const format of formats)
    await exportDataset(loaded, manifest, student.student, format, of.path('exports', format));
}

beforeAll(async () => {
  project = new MixProject('mixture: { loss_on: answers }\n');
  await exported(project, FORMATS);
  beginning = new MixProject('mixture: { loss_on: answers }\n');
  beginning.write('tokenizer/tokenizer.json', byteTokenizer({ bos: true }));
  beginning.write('tokenizer/tokenizer_config.json', bosConfig);
  await exported(beginning, ['trl-text', 'trl-messages', 'axolotl']);
  const python = worker ?? bin(await installed('exports-venv', 'exports.txt', false));
  const path = worker ? await installed('exports-libraries', 'exports-loaders.txt', true) : '';
  const libraries = worker ? ['datasets', 'trl-text', 'trl-messages', 'axolotl', 'llama-factory'] : ['datasets'];
  const groups = [project.path('exports'), project.path('tokenizer'), ...libraries];
  if (worker)
    groups.push('--', beginning.path('exports'), beginning.path('tokenizer'), 'trl-text', 'trl-messages', 'axolotl');
  const { stdout } = await run(python, [script, ...groups], {
    maxBuffer: 1 << 28,
    env: { ...process.env, PYTHONPATH: path, PYTHONDONTWRITEBYTECODE: '1' },
  });
  [seen, seenBeginning] = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}, TIMEOUT);

describe('a training set as its readers see it', () => {
  it('datasets: both splits with their columns, every token and label', async () => {
    const rows = await project.rows();
    expect(seen.datasets).toEqual({
      splits: { train: rows.length, held_out: (await project.manifest()).held_out.rows },
      features: {
        input_ids: "List(Value('int32'))",
        labels: "List(Value('int32'))",
        source: "Value('string')",
        kind: "Value('string')",
        method: "Value('string')",
        document: "Value('string')",
      },
      rows: rows.map(({ source, ids, labels }) => ({ source, input_ids: [...ids], labels: [...labels] })),
    });
  });

  it('TRL: SFTTrainer prepares from `text` the very tokens that we would have trained on', async ({ skip }) => {
    if (!worker) return skip(NO_WORKER);
    expect(seen['trl-text']?.rows).toEqual((await project.rows()).map(({ ids }) => ({ input_ids: [...ids] })));
  });

  it("TRL: SFTTrainer puts `messages` into the student's chat template", async ({ skip }) => {
    if (!worker) return skip(NO_WORKER);
    const rows = seen['trl-messages']?.rows ?? [];
    expect(rows.length).toBe((await project.rows()).length);
    for (const { input_ids } of rows) {
      expect(input_ids[0]).toBe(EOS + 1);
      expect(input_ids.filter((id) => id === EOS).length).toBe(2);
    }
  });

  it('axolotl: its `input_output` strategy gives the very tokens and the very loss mask', async ({ skip }) => {
    if (!worker) return skip(NO_WORKER);
    expect(seen.axolotl).toEqual({
      rows: (await project.rows()).map(({ ids, labels }) => ({ input_ids: [...ids], labels: [...labels] })),
    });
  });

  it('TRL and axolotl: a student whose texts begin with a token gets it once, and the mask as it is', async ({
    skip,
  }) => {
    if (!worker) return skip(NO_WORKER);
    const rows = await beginning.rows();
    expect(seenBeginning['trl-text']?.rows).toEqual(rows.map(({ ids }) => ({ input_ids: [...ids] })));
    expect(seenBeginning.axolotl).toEqual({
      rows: rows.map(({ ids, labels }) => ({ input_ids: [...ids], labels: [...labels] })),
    });
    const chats = seenBeginning['trl-messages']?.rows ?? [];
    expect(chats.length).toBe(rows.length);
    for (const { input_ids } of chats) expect(input_ids.filter((id) => id === BOS)).toHaveLength(1);
  });

  it('LLaMA-Factory: its register names every file, all as text and QAs once more as instructions', async ({
    skip,
  }) => {
    if (!worker) return skip(NO_WORKER);
    const rows = await project.rows();
    const text = (ids: readonly number[]) => ({ prompt: [{ role: 'user', content: textOf(ids) }], response: [] });
    const questions = rows.filter(({ kind }) => kind === 'qa');
    expect(seen['llama-factory']?.set).toEqual(rows.map(({ ids }) => text(ids)));
    const held = await project.rows('set', 'held_out');
    expect(seen['llama-factory']?.set_held_out).toEqual(held.map(({ ids }) => text(ids)));
    expect(seen['llama-factory']?.set_qa).toEqual(
      questions.map(() => ({
        prompt: [{ role: 'user', content: expect.stringMatching(/^The \w+\nWhat is number \d+\?$/) }],
        response: [{ role: 'assistant', content: expect.stringMatching(/\nAnswer: It is \d+\.$/) }],
      })),
    );
  });
});
