import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExperimentServer } from '../../../src/contract/experimentRpc.ts';
import { asFailure, ask } from '../../../src/contract/rpcConnection.ts';
import { bundleServer, type RunningServer, startServer } from '../server/serverProcess.ts';

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

  it('names a benchmark file that cannot be read instead of leaving it out of the plan', async () => {
    const broken = join(project, 'benchmarks', 'broken.jsonl');
    writeFileSync(broken, '{"question": "Who?"}\n');
    const refused = await ask(server.connection, ExperimentServer.plan, { project }).then(() => undefined, asFailure);
    rmSync(broken);
    expect(refused?.message).toMatch(/cannot be read:\nbenchmarks\/broken\.jsonl:1:1 id: missing/);
  });

  it('starts nothing in Restricted Mode', async () => {
    const restricted = startServer(bundle.program, { ...environment, SMT_RESTRICTED: '1' });
    const refused = await ask(restricted.connection, ExperimentServer.start, { project, keys: {}, title: 'x' }).then(
      () => undefined,
      asFailure,
    );
    expect(refused?.message).toMatch(/Restricted Mode/);
    await restricted.stop();
  });
});
