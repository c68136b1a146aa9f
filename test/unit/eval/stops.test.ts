import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeLlm } from '../../fixtures/fake-llm/server.mjs';
import { TerminalProject } from '../generate/terminal.ts';

const QUESTIONS = 60;
let fake: FakeLlm;
let project: TerminalProject;

beforeEach(async () => {
  project = new TerminalProject();
  fake = await FakeLlm.start({ latency_ms: 30, content: 'Answer: 7' });
  project.endpoints(`endpoints: {fake: {base_url: '${fake.url}', model: fake-model, max_concurrency: 4}}`);
  project.write('a.md', '# A\n\nSeven lamps.');
  const rows = Array.from({ length: QUESTIONS }, (_, n) => `q${n},How many lamps has house ${n}?,7,a.md`);
  project.write('benchmarks/lamps.csv', ['id,question,answer,document', ...rows].join('\n'));
  project.write(
    'smt.yaml',
    'v: 1\nname: stops\nevaluation: {models: ["endpoint:fake"], settings: [closed_book], samples: 1}\n',
  );
});
afterEach(async () => {
  await fake.stop();
  project.remove();
});

const evaluate = ['evaluate', '--benchmark', 'lamps', '--json'];

function events(): { type: string; [key: string]: unknown }[] {
  const runs = join(project.root, '.smt', 'runs');
  const run = readdirSync(runs).sort().at(-1) ?? '';
  return readFileSync(join(runs, run, 'events.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

describe('an evaluation that cannot go on', () => {
  it('pauses where the quota is used up, shows what it has, and goes on without asking anything again', async () => {
    fake.patch({ quota_after: 20 });
    const paused = await project.smt(...evaluate);
    expect(paused.code, paused.err).toBe(3);
    const partial = paused.records.find(({ benchmark }) => benchmark === 'lamps');
    expect(partial).toMatchObject({ questions_total: QUESTIONS, accuracy: 1 });
    expect(partial?.questions).toBeLessThan(QUESTIONS);
    fake.patch({ quota_after: 0 });
    const resumed = await project.smt('jobs', 'resume', '--json');
    expect(resumed.code, resumed.err).toBe(0);
    expect(fake.stats().distinct_answered).toBe(QUESTIONS);
    expect(fake.stats().answers_repeated).toBe(0);
    const told = events();
    expect(told.filter(({ type }) => type === 'hello')).toHaveLength(2);
    const last = told.filter(({ type }) => type === 'eval').at(-1);
    expect(last).toMatchObject({ name: 'lamps', setting: 'closed_book', n: QUESTIONS, correct: QUESTIONS, acc: 1 });
    expect(told.filter(({ type }) => type === 'artifact').map(({ path }) => path)).toContain('out/eval/scores.jsonl');
  }, 60_000);

  it('pauses at its budget', async () => {
    const paused = await project.smt(...evaluate, '--budget', '1500');
    expect(paused.code, paused.err).toBe(3);
    expect(fake.stats().ok).toBeLessThan(QUESTIONS);
  }, 60_000);

  it('stops when asked to, with what was answered in its report', async () => {
    const child = await project.start(...evaluate);
    const ended = once(child, 'exit');
    while (fake.stats().ok < 12) await delay(5);
    child.kill('SIGINT');
    expect((await ended)[0]).toBe(130);
    const resumed = await project.smt('jobs', 'resume', '--json');
    expect(resumed.code, resumed.err).toBe(0);
    expect(fake.stats().answers_repeated).toBe(0);
  }, 60_000);

  it('is refused with a reason where there is nothing to ask, no index, or no such model', async () => {
    const noIndex = await project.smt(...evaluate, '--setting', 'rag');
    expect([noIndex.code, noIndex.err]).toEqual([2, expect.stringMatching(/smt index/)]);
    const noModel = await project.smt(...evaluate, '--model', 'endpoint:nowhere');
    expect([noModel.code, noModel.err]).toEqual([2, expect.stringMatching(/nowhere/)]);
    const noBenchmark = await project.smt('evaluate', '--benchmark', 'nothing');
    expect([noBenchmark.code, noBenchmark.err]).toEqual([2, expect.stringMatching(/lamps/)]);
    const noRun = await project.smt(...evaluate, '--model', '20260101-000000000-abcdef');
    expect([noRun.code, noRun.err]).toEqual([2, expect.stringMatching(/training run/)]);
  }, 60_000);

  it('counts what the server refuses as wrong and unparsed, and says so', async () => {
    fake.patch({ faults: { e400: 1 } });
    const ended = await project.smt(...evaluate, '--limit', '3');
    expect(ended.err).toMatch(/refused and count as wrong|context/);
    const cell = ended.records.find(({ benchmark }) => benchmark === 'lamps');
    if (ended.code === 0) expect(cell).toMatchObject({ questions: 3, accuracy: 0, parse_rate: 0 });
    else expect(ended.code).toBe(3);
  }, 60_000);
});
