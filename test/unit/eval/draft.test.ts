import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Benchmark } from '../../../src/contract/benchmark.ts';
import { projectBenchmarkQuestions } from '../../../src/engine/eval/benchmarkQuestions.ts';
import { loadProject } from '../../../src/engine/project/index.ts';
import { FakeLlm } from '../../fixtures/fake-llm/server.mjs';
import { inventedDocument, TerminalProject } from '../generate/terminal.ts';

let fake: FakeLlm;
const project = new TerminalProject();
const file = () => join(project.root, 'benchmarks/drafts/towns.yaml');

beforeAll(async () => {
  fake = await FakeLlm.start();
  project.endpoints(`endpoints: {fake: {base_url: '${fake.url}', model: fake-model}}`);
  for (let at = 0; at < 4; at++) project.write(`d${at}.md`, inventedDocument(`Town ${at}`, 5));
  project.write(
    'smt.yaml',
    'v: 1\nname: drafts\ngenerator: {endpoints: [fake]}\nevaluation: {models: ["endpoint:fake"], samples: 1, settings: [closed_book]}\n',
  );
});
afterAll(async () => {
  await fake.stop();
  project.remove();
});

describe('a benchmark drafted from the corpus', () => {
  it('has questions of every document, short answers, and is marked as machine-written', async () => {
    const ended = await project.smt('evaluate', '--draft', 'towns', '--limit', '12', '--json');
    expect(ended.code, ended.err).toBe(0);
    const text = readFileSync(file(), 'utf8');
    expect(text).toMatch(/NOT REVIEWED/);
    const draft = Benchmark.parse(parse(text));
    expect(draft.draft).toBe(true);
    expect(draft.questions).toHaveLength(12);
    expect(new Set(draft.questions.map(({ document }) => document)).size).toBe(4);
    for (const { answer } of draft.questions) expect(answer.split(/\s+/).length).toBeLessThanOrEqual(12);
  }, 60_000);

  it('is kept out of generation at once', async () => {
    const loaded = await loadProject(project.root);
    if (loaded.kind !== 'ready') throw new Error('no project');
    expect((await projectBenchmarkQuestions(loaded.project)).questions).toHaveLength(12);
  });

  it('gives no number until a person took the mark out', async () => {
    const refused = await project.smt('evaluate', '--benchmark', 'towns');
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(/not reviewed/);
    project.write('benchmarks/drafts/towns.yaml', readFileSync(file(), 'utf8').replace('draft: true\n', ''));
    const ended = await project.smt('evaluate', '--benchmark', 'towns', '--json');
    expect(ended.code, ended.err).toBe(0);
    expect(ended.records.some(({ benchmark, questions }) => benchmark === 'towns' && questions === 12)).toBe(true);
  }, 60_000);

  it('is never written over', async () => {
    const again = await project.smt('evaluate', '--draft', 'towns');
    expect(again.code).toBe(2);
    expect(again.err).toMatch(/not touched/);
  }, 30_000);
});
