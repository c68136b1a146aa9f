import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DatasetManifest } from '../../../src/contract/dataset.ts';
import { TerminalProject } from '../generate/terminal.ts';
import { root } from '../rules/sources.ts';

let project: TerminalProject;
const before = { ...process.env };

beforeEach(() => {
  project = new TerminalProject();
  process.env.SMT_WORKER = join(root, 'test', 'fixtures', 'standin-worker');
  process.env.SMT_TARGETS = join(project.root, '..', `${project.root.split('/').at(-1)}-targets.yaml`);
  project.write(
    'smt.yaml',
    `v: 1\nname: test\nstudent: {model: acme/tiny-1M}\ntraining: {sequence_length: 64, batch_sequences: 2, weights: {path: weights}}\n`,
  );
  mkdirSync(join(project.root, 'weights'));
  project.write('weights/model.safetensors', Buffer.alloc(2_000_000));
  project.write('weights/config.json', '{"dtype": "bfloat16"}');
});
afterEach(() => {
  process.env.SMT_WORKER = before.SMT_WORKER;
  process.env.SMT_TARGETS = before.SMT_TARGETS;
  for (const name of ['SMT_WORKER', 'SMT_TARGETS']) if (before[name] === undefined) delete process.env[name];
});

function dataset(name: string, tokens: number): void {
  const share = { tokens, rows: 10 };
  const manifest: DatasetManifest = {
    ...{ v: 1, name, project: 'test', created: 1, student: 'acme/tiny-1M', seed: 0, budgets: [tokens] },
    tokenizer: { sha256: '0', name: 'tiny', begin: [], eos: 0, vocabulary: 10 },
    settings: DatasetManifest.shape.settings.parse({}),
    train: { ...share, learned_tokens: tokens, longest: 64, median: 32 },
    held_out: { tokens: 0, rows: 0 },
    ...{ parts: [], by_method: {}, by_document: {}, replay: null, files: [], hash: 'abc', toy: false },
  };
  project.write(`.smt/datasets/${name}/manifest.json`, JSON.stringify(manifest));
}

describe('smt train', () => {
  it('says what it takes, trains, and leaves a model that is listed and can be deleted', {
    timeout: 90_000,
  }, async () => {
    dataset('small', 1000);
    const trained = await project.smt('train', '--yes', '--json');
    expect(trained.code, trained.err).toBe(0);
    // 1,000 tokens are 16 blocks of 64, the last one short: 8 steps of 2 blocks, in each of 2 epochs.
    expect(trained.records[0]?.estimate).toMatchObject({
      target: 'local',
      steps: 16,
      tokens: 2000,
      memory_needed: 820e6,
    });
    expect(trained.records.at(-1)).toMatchObject({ end: 'succeeded', model: 'out/model' });
    const spec = JSON.parse(readFileSync(join(String(trained.records[1]?.dir), 'spec.json'), 'utf8'));
    expect(spec.params).toMatchObject({
      dataset_path: join(project.root, '.smt', 'datasets', 'small'),
      dataset_hash: 'abc',
      model_path: join(project.root, 'weights'),
      tokens: 1000,
    });
    const listed = await project.smt('checkpoints', '--json');
    expect(listed.records.map(({ step, final }) => [step, final])).toEqual([
      [5, true],
      [5, false],
    ]);
    const run = String(listed.records[0]?.run);
    expect((await project.smt('checkpoints', 'delete', run, '5')).code).toBe(0);
    expect(existsSync(join(project.root, '.smt', 'runs', run, 'out', 'model'))).toBe(false);
    expect((await project.smt('checkpoints', '--json')).records).toEqual([]);
  });

  it('goes on without its terminal, is shown again and stopped from another', { timeout: 90_000 }, async () => {
    dataset('small', 1000);
    const started = await project.smt('train', '--yes', '--detach', '--json');
    expect(started.code, started.err).toBe(0);
    const run = String(started.records.at(-1)?.run);
    const followed = await project.smt('jobs', 'follow', run, '--json');
    expect(followed.code, followed.err).toBe(0);
    expect(followed.records.at(-1)).toMatchObject({ state: 'succeeded', kind: 'train' });
    const again = await project.smt('jobs', 'stop', run);
    expect(again.out).toContain('has ended already');
  });

  it('is wrong use without a training set, with another student, or with an unknown target', {
    timeout: 60_000,
  }, async () => {
    expect(await project.smt('train', '--yes')).toMatchObject({
      code: 2,
      err: expect.stringContaining('smt mix NAME'),
    });
    dataset('small', 1000);
    const elsewhere = await project.smt('train', '--yes', '--target', 'elsewhere');
    expect(elsewhere).toMatchObject({ code: 1, err: expect.stringContaining('There is no target "elsewhere"') });
    project.write('smt.yaml', 'v: 1\nname: test\nstudent: {model: acme/other}\n');
    const other = await project.smt('train', '--yes');
    expect(other).toMatchObject({ code: 1, err: expect.stringContaining('was made for acme/tiny-1M') });
    expect(
      existsSync(join(project.root, '.smt', 'runs')) ? readdirSync(join(project.root, '.smt', 'runs')) : [],
    ).toEqual([]);
  });

  it('starts nothing while something stands in the way', { timeout: 60_000 }, async () => {
    dataset('small', 1000);
    writeFileSync(process.env.SMT_TARGETS ?? '', 'targets:\n  box: {kind: ssh, host: nowhere.invalid}\n');
    const { code, err, out } = await project.smt('train', '--yes', '--target', 'box');
    expect(code).toBe(2);
    expect(out + err).toMatch(/✗ .*nowhere\.invalid/);
    expect(err).toContain('Nothing was started.');
  });
});
