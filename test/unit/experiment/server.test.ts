import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EvaluateParams } from '../../../src/contract/evaluation.ts';
import { EvaluationServer } from '../../../src/contract/evaluationRpc.ts';
import { ExperimentServer } from '../../../src/contract/experimentRpc.ts';
import { asFailure, ask } from '../../../src/contract/rpcConnection.ts';
import { bundleServer, type RunningServer, startServer } from '../server/serverProcess.ts';

const PARAMS = EvaluateParams.parse({ benchmarks: [], models: [], settings: [], worker: false, budget: {} });
const benchmark = `v: 1
name: harbours
questions:
  - { id: a, question: Which harbour is the oldest?, answer: Osmerrow }
`;

describe('the experiment over the server process', () => {
  const project = mkdtempSync(join(tmpdir(), 'smt-experiment-'));
  let bundle: Awaited<ReturnType<typeof bundleServer>>;
  let server: RunningServer;
  const environment = { SMT_CONFIG: join(project, 'none.yaml'), SMT_TARGETS: join(project, 'no-targets.yaml') };
  beforeAll(async () => {
    writeFileSync(join(project, 'harbours.md'), '# Harbours\n\nOsmerrow is the oldest harbour.\n');
    writeFileSync(
      join(project, 'smt.yaml'),
      'v: 1\nname: harbours\nexperiment: { budgets: [1000, 2000], seeds: [0, 1] }\n',
    );
    bundle = await bundleServer();
    server = startServer(bundle.program, environment);
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    bundle.remove();
    rmSync(project, { recursive: true, force: true });
  });

  it('has nothing to measure with while only the bundled general panel is there', async () => {
    const plan = await ask(server.connection, ExperimentServer.plan, { project });
    expect(plan).toMatchObject({ no_benchmark: true, target: 'local' });
  });

  it('plans every mixture, training and evaluation, none of them done', async () => {
    mkdirSync(join(project, 'benchmarks'));
    writeFileSync(join(project, 'benchmarks', 'harbours.yaml'), benchmark);
    const { steps, no_benchmark } = await ask(server.connection, ExperimentServer.plan, { project });
    expect(no_benchmark).toBe(false);
    const kinds = steps.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'mix')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'train')).toHaveLength(4);
    expect(kinds.filter((kind) => kind === 'evaluate')).toHaveLength(5);
    expect(steps.every(({ done, tokens }) => !done && tokens === null)).toBe(true);
  });

  it('foresees what the trainings take before anything is mixed, and what that rests on', async () => {
    const forecast = await ask(server.connection, ExperimentServer.forecast, { project });
    expect(forecast).toMatchObject({ trainings: 4, open: 0, cost: null, at_most: false });
    const [low, high] = forecast.seconds ?? [0, 0];
    expect(low).toBeGreaterThan(0);
    expect(high).toBeGreaterThan(low);
    expect(forecast.basis[0]).toMatch(/Not mixed yet, so reckoned from the asked tokens/);
    expect(forecast.basis[1]).toMatch(/^Time: 6 FLOPs/);
  });

  it('names a benchmark file that cannot be read instead of leaving it out of the plan', async () => {
    const broken = join(project, 'benchmarks', 'broken.jsonl');
    writeFileSync(broken, '{"question": "Who?"}\n');
    const refused = await ask(server.connection, ExperimentServer.plan, { project }).then(() => undefined, asFailure);
    rmSync(broken);
    expect(refused?.message).toMatch(/cannot be read:\nbenchmarks\/broken\.jsonl:1:1 id: missing/);
  });

  describe('with tasks of lm-evaluation-harness', () => {
    let before: string;
    beforeAll(() => {
      before = readFileSync(join(project, 'smt.yaml'), 'utf8');
      mkdirSync(join(project, 'tasks'));
      writeFileSync(
        join(project, 'smt.yaml'),
        `${before}evaluation: { general: { lm_eval: { tasks: [gates], include_path: tasks, limit: 20 } } }\n`,
      );
    });
    afterAll(() => {
      writeFileSync(join(project, 'smt.yaml'), before);
      rmSync(join(project, 'tasks'), { recursive: true });
    });

    it('tells with the plan what else a person agrees to: what runs, what is downloaded, whose code', async () => {
      const { notes } = await ask(server.connection, ExperimentServer.plan, { project });
      expect(notes).toEqual([
        expect.stringMatching(
          /runs gates on base and trained weights, 20 questions each, .* downloaded from their hub/,
        ),
        'It runs the code that the task files of tasks name.',
      ]);
    });

    it('has no plan while their folder leads out of the project', async () => {
      symlinkSync(tmpdir(), join(project, 'tasks', 'out'));
      const refused = await ask(server.connection, ExperimentServer.plan, { project }).then(() => undefined, asFailure);
      rmSync(join(project, 'tasks', 'out'));
      expect(refused).toMatchObject({
        code: 'evaluation',
        message: expect.stringContaining('a link out of the project'),
      });
    });

    it('starts nothing in Restricted Mode', async () => {
      const restricted = startServer(bundle.program, { ...environment, SMT_RESTRICTED: '1' });
      const refused = await Promise.all([
        ask(restricted.connection, ExperimentServer.start, { project, keys: {}, title: 'x' }).then(
          () => undefined,
          asFailure,
        ),
        ask(restricted.connection, EvaluationServer.start, { project, params: PARAMS, keys: {}, title: 'x' }).then(
          () => undefined,
          asFailure,
        ),
      ]);
      expect(refused.map((one) => one?.code)).toEqual(['restricted', 'restricted']);
      expect(refused[0]?.message).toMatch(/Restricted Mode/);
      expect(existsSync(join(project, '.smt', 'runs'))).toBe(false);
      await restricted.stop();
    });
  });
});
