import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MixParams } from '../../../src/contract/dataset.ts';
import { DatasetServer } from '../../../src/contract/datasetRpc.ts';
import { asFailure, ask } from '../../../src/contract/rpcConnection.ts';
import { createJob, EventWriter } from '../../../src/engine/jobs/index.ts';
import { TerminalProject } from '../generate/terminal.ts';
import { bundleServer, type RunningServer, startServer } from '../server/serverProcess.ts';
import { MixProject } from './mixProject.ts';

const TIMEOUT = 300_000;

describe('the server about training sets', () => {
  let mix: MixProject;
  let project: string;
  let bundle: Awaited<ReturnType<typeof bundleServer>>;
  let server: RunningServer;
  const failed = (promise: Promise<unknown>) =>
    promise.then(
      () => {
        throw new Error('expected a failure');
      },
      (error: unknown) => asFailure(error),
    );
  const call = () => server.connection;

  beforeAll(async () => {
    mix = new MixProject('mixture: { loss_on: answers }\n');
    project = mix.root;
    await mix.fill(40);
    await mix.mix({ name: 'small', tokens: 2000 });
    await mix.mix({ name: 'large' });
    bundle = await bundleServer();
    server = startServer(bundle.program, { SMT_CONFIG: mix.path('endpoints.yaml') });
  }, TIMEOUT);
  afterAll(async () => {
    if (server.child.exitCode === null) await server.stop();
    bundle.remove();
  });

  it('lists them newest first, and says which one cannot be read', async () => {
    const { datasets, problems, revision } = await ask(call(), DatasetServer.list, { project });
    expect(datasets.map(({ name }) => name)).toEqual(['large', 'small']);
    expect(problems).toEqual([]);
    mix.write('.smt/datasets/broken/manifest.json', '{"v": 99}');
    const again = await ask(call(), DatasetServer.list, { project });
    expect(again.problems).toEqual([{ name: 'broken', message: expect.stringMatching(/newer version/) }]);
    expect(again.revision).toBeGreaterThan(revision);
    await ask(call(), DatasetServer.remove, { project, name: 'broken' });
    expect(existsSync(mix.path('.smt/datasets/broken'))).toBe(false);
  });

  it('shows pages of decoded rows with what is masked, the same as in the files', async () => {
    const rows = await mix.rows('large');
    const page = await ask(call(), DatasetServer.rows, { project, name: 'large', split: 'train', offset: 5, limit: 7 });
    expect(page.total).toBe(rows.length);
    expect(page.rows.map(({ source, index }) => [source, index])).toEqual(
      rows.slice(5, 12).map(({ source }, at) => [source, at + 5]),
    );
    for (const { kind, text, masked, tokens } of page.rows) {
      expect(text).toMatch(/<\|end\|>$/);
      expect(masked.length).toBe(kind === 'qa' ? 1 : 0);
      expect(tokens).toBeGreaterThan(1);
    }
    const { lengths } = await ask(call(), DatasetServer.lengths, { project, name: 'large' });
    expect(lengths.reduce((sum, bucket) => sum + bucket.rows, 0)).toBe(rows.length);
    const unknown = ask(call(), DatasetServer.rows, { project, name: 'none', split: 'train', offset: 0, limit: 1 });
    expect((await failed(unknown)).code).toBe('unknown_dataset');
  });

  it('plans: what there is, what is possible, what a larger budget lacks', async () => {
    const plan = await ask(call(), DatasetServer.plan, { project, params: MixParams.parse({ name: 'x' }) });
    expect(plan).toMatchObject({ asked_tokens: null, replay_tokens: 0, shortfall: null, student: 'maker/student' });
    expect(plan.parts.map(({ label, share, available_samples }) => [label, share, available_samples])).toEqual([
      ['qa', 0.5, 20],
      ['document', 0.5, 20],
    ]);
    const params = MixParams.parse({ name: 'x', tokens: plan.possible_tokens + 1000 });
    const { shortfall } = await ask(call(), DatasetServer.plan, { project, params });
    expect(shortfall?.possible_tokens).toBe(plan.possible_tokens);
    expect(shortfall?.parts.length).toBeGreaterThan(0);
  });

  it('exports into a folder, and never over files', async () => {
    const to = mix.path('exported');
    const done = await ask(call(), DatasetServer.export, { project, name: 'small', format: 'axolotl', to });
    expect(done).toMatchObject({ folder: to, files: ['train.jsonl', 'held_out.jsonl', 'axolotl.yaml'] });
    expect(readdirSync(to).sort()).toEqual(['axolotl.yaml', 'held_out.jsonl', 'train.jsonl']);
    const again = ask(call(), DatasetServer.export, { project, name: 'small', format: 'openai', to });
    expect(await failed(again)).toMatchObject({ code: 'export', message: expect.stringMatching(/holds files/) });
  });

  it('deletes one, but not while a training run uses it', async () => {
    const loaded = await mix.project();
    const { train, hash } = await mix.manifest('small');
    const { dir, run } = await createJob(loaded, {
      kind: 'train',
      title: 'Train',
      params: {
        ...{ dataset: 'small', dataset_path: mix.path('.smt/datasets/small'), dataset_hash: hash, model: 'm' },
        ...{ model_path: null, revision: null, settings: loaded.config.training, processes: 'auto' },
        ...{ rows: train.rows, tokens: train.tokens },
      },
    });
    // A run that is under way: this process is its.
    const events = await EventWriter.start(dir, 'train', {});
    writeFileSync(join(dir, 'pid'), `${process.pid}\n`);
    const refused = await failed(ask(call(), DatasetServer.remove, { project, name: 'small' }));
    expect(refused).toMatchObject({ code: 'in_use', message: expect.stringContaining(run) });
    await events.end('cancelled', 130);
    await ask(call(), DatasetServer.remove, { project, name: 'small' });
    expect(existsSync(mix.path('.smt/datasets/small'))).toBe(false);
    expect(existsSync(mix.path('.smt/datasets/large'))).toBe(true);
  });

  it('reads and starts nothing in a folder that nobody trusts', async () => {
    const restricted = startServer(bundle.program, { SMT_RESTRICTED: '1', SMT_CACHE: mix.path('cache') });
    try {
      const { datasets } = await ask(restricted.connection, DatasetServer.list, { project });
      expect(datasets.map(({ name }) => name)).toContain('large');
      const params = MixParams.parse({ name: 'x' });
      for (const refused of [
        ask(restricted.connection, DatasetServer.mix, { project, params }),
        ask(restricted.connection, DatasetServer.remove, { project, name: 'large' }),
        ask(restricted.connection, DatasetServer.export, { project, name: 'large', format: 'openai', to: project }),
      ])
        expect((await failed(refused)).code).toBe('restricted');
    } finally {
      await restricted.stop();
    }
  });
});

describe('smt mix and smt export', () => {
  it(
    'print the training set, exit 2 with the shortfall, and refuse what is no name or number',
    async () => {
      const mix = new MixProject();
      await mix.fill(30);
      const terminal = new TerminalProject();
      const smt = (...args: string[]) => terminal.smt(...args, '--project', mix.root);
      try {
        const built = await smt('mix', 'demo', '--json');
        expect(built.code).toBe(0);
        expect(built.records.at(-1)).toMatchObject({ dataset: { name: 'demo', hash: expect.any(String) } });
        const text = await smt('mix', 'series', '--budgets', '1k,2k');
        expect(text.out).toMatch(/series-1000: [\s\S]*qa +[\d,]+ +\d+ +50\.00 %[\s\S]*series-2000: /);
        const short = await smt('mix', 'more', '--tokens', '1M', '--json');
        expect(short.code).toBe(2);
        expect(short.records.at(-1)).toMatchObject({ shortfall: { asked_tokens: 1_000_000 } });
        expect(short.err).toMatch(/too few accepted samples for 1,000,000 tokens[\s\S]*smt generate/);
        const exported = await smt('export', 'demo', '--format', 'trl-text');
        expect(exported.code).toBe(0);
        expect(existsSync(mix.path('.smt/datasets/demo/exports/trl-text/train.jsonl'))).toBe(true);
        for (const [args, says] of [
          [['mix', 'No Name'], /training set's name/],
          [['mix', 'x', '--tokens', 'many'], /--tokens "many"/],
          [['mix', 'x', '--tokens', '1k', '--budgets', '2k'], /do not go together/],
          [['export', 'demo', '--format', 'word'], /is not one of trl-text/],
          [['export', 'none', '--format', 'openai'], /no training set "none"/],
        ] as const) {
          const { code, err } = await smt(...args);
          expect(err).toMatch(says);
          expect(code).toBe(2);
        }
      } finally {
        terminal.remove();
      }
    },
    TIMEOUT,
  );
});
