import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CompletionLine } from '../../../src/contract/completion.ts';
import { agreementOf, kappaOf } from '../../../src/engine/eval/judge/agreement.ts';
import { verdictOf } from '../../../src/engine/eval/judge/judge.ts';
import { readLabels } from '../../../src/engine/eval/judge/labels.ts';
import { judgeStands } from '../../../src/engine/eval/judge/validations.ts';
import { readReport } from '../../../src/engine/eval/report/index.ts';
import { projectPaths } from '../../../src/engine/project/index.ts';
import { FakeLlm } from '../../fixtures/fake-llm/server.mjs';
import { TerminalProject } from '../generate/terminal.ts';

const said = (content: string): CompletionLine => ({
  id: null,
  custom_id: '0'.repeat(32),
  response: {
    status_code: 200,
    request_id: null,
    body: { choices: [{ finish_reason: 'stop', message: { content } }] },
  },
  error: null,
  smt: { v: 1, attempt: 1, endpoint: 'e', ms: 1, cost: 0, run: 'r', at: 1, input_tokens: 1, output_tokens: 1 },
});

describe('a verdict', () => {
  it.each([
    ['yes', true],
    ['Yes.', true],
    ['**YES**', true],
    ['No', false],
    ['no, the year is another one', false],
    ['Yes and no', false],
    ['<think>No, wait. It is.</think>yes', true],
    ['correct', undefined],
    ['', undefined],
    ['<think>yes', undefined],
    ['yesterday', undefined],
  ])('%j → %j', (text, verdict) => expect(verdictOf(said(text))).toBe(verdict));
});

describe('agreement with people', () => {
  it('is Cohen’s κ: the textbook example of 20, 5, 10 and 15 gives 0.4', () => {
    expect(kappaOf([20, 5, 10, 15])).toBeCloseTo(0.4, 12);
    expect(kappaOf([5, 0, 0, 5])).toBe(1);
    expect(kappaOf([0, 5, 5, 0])).toBe(-1);
    expect(kappaOf([7, 0, 0, 0])).toBeNull();
  });

  it('has an interval over questions, and none where they are too few', () => {
    const verdicts = Array.from({ length: 60 }, (_, n) => ({
      label: n % 2 === 0,
      verdict: n % 2 === 0 || n % 10 === 1,
      cluster: `q${n % 20}`,
    }));
    const found = agreementOf(verdicts);
    expect(found).toMatchObject({ n: 60, table: [30, 0, 6, 24], agreement: 0.9 });
    const [low, high] = found.kappa_ci95 ?? [0, 0];
    expect(low).toBeLessThan(found.kappa ?? 0);
    expect(high).toBeGreaterThan(found.kappa ?? 1);
    expect(agreementOf(verdicts)).toEqual(found);
    expect(agreementOf(verdicts.slice(0, 3)).kappa_ci95).toBeNull();
  });

  it('counts only from the κ that smt.yaml asks for', () => {
    const validation = {
      v: 1 as const,
      judge: 'j',
      model: 'm',
      prompt: 'p',
      labels: [],
      n: 100,
      agreement: 0.9,
      kappa_ci95: null,
      table: [1, 1, 1, 1] as [number, number, number, number],
      at: 1,
    };
    expect(judgeStands({ ...validation, kappa: 0.8 }, 0.8)).toEqual({ validated: true, kappa: 0.8 });
    expect(judgeStands({ ...validation, kappa: 0.79 }, 0.8)).toMatchObject({ validated: false, kappa: 0.79 });
    expect(judgeStands({ ...validation, kappa: null }, 0.8).validated).toBe(false);
    expect(judgeStands(undefined, 0.8).warning).toMatch(/NOT VALIDATED/);
  });
});

describe('labels', () => {
  it('are FinanceBench’s results or lines of our own; a line that is neither is named', () => {
    const finance = { financebench_id: 'f1', question: 'Q?', gold_answer: 12, model_answer: null, label: 'Refusal' };
    const own = { question: 'Q?', gold: '12', answer: 'twelve', label: 'correct' };
    const source = [finance, own, { question: 'Q?' }].map((row) => JSON.stringify(row)).join('\n');
    const { labels, problems } = readLabels(source, 'l.jsonl');
    expect(labels.map(({ label, gold, answer }) => [label, gold, answer])).toEqual([
      [false, '12', ''],
      [true, '12', 'twelve'],
    ]);
    expect(problems[0]).toMatchObject({ file: 'l.jsonl', line: 3 });
  });

  it('or a list in YAML, whose mistakes are named with their line', () => {
    const yaml = 'labels:\n  - {question: Q?, gold: 12, answer: twelve, label: refusal}\n';
    expect(readLabels(yaml, 'l.yaml').labels).toEqual([
      { question: 'Q?', gold: '12', answer: 'twelve', label: false, cluster: 'Q?' },
    ]);
    const wrong = readLabels(`${yaml}  - {question: Q?, gold: 12, answer: x, label: maybe}\n`, 'l.yaml');
    expect(wrong.labels).toEqual([]);
    expect(wrong.problems[0]).toMatchObject({ file: 'l.yaml', line: 3 });
  });
});

describe('a judge at work', () => {
  let answering: FakeLlm;
  let judging: FakeLlm;
  const project = new TerminalProject();
  const evaluate = ['evaluate', '--benchmark', 'own', '--json'];

  beforeAll(async () => {
    answering = await FakeLlm.start({ content: 'The ledger says so.\nAnswer: three silver marks, paid at dawn' });
    judging = await FakeLlm.start({ content: 'yes' });
    project.endpoints(
      `endpoints:\n  fake: {base_url: '${answering.url}', model: fake-model}\n  judge: {base_url: '${judging.url}', model: judge-model}\n`,
    );
    project.write('a.md', '# A\n\nOrla asked three silver marks for the oil.');
    project.write(
      'benchmarks/own.csv',
      'id,question,answer,document\none,What did Orla ask?,three silver marks,a.md\ntwo,What was paid?,"three silver marks, paid at dawn",a.md\n',
    );
    project.write(
      'smt.yaml',
      'v: 1\nname: judged\nevaluation: {models: ["endpoint:fake"], settings: [closed_book], samples: 1, judge: {model: "endpoint:judge"}}\n',
    );
    const label = (n: number, good: boolean) => ({
      question: `Q${n}?`,
      gold: `${n}`,
      answer: good ? `it is ${n}` : 'who knows',
      label: good ? 'correct' : 'incorrect',
    });
    project.write(
      'labels.jsonl',
      Array.from({ length: 20 }, (_, n) => JSON.stringify(label(n, n % 2 === 0))).join('\n'),
    );
  });
  afterAll(async () => {
    await answering.stop();
    await judging.stop();
    project.remove();
  });

  it('decides on what no rule decides; its numbers are called not validated', async () => {
    const ended = await project.smt(...evaluate);
    expect(ended.code, ended.err).toBe(0);
    // The second answer equals the gold word for word: nobody is asked.
    expect(judging.stats().total).toBe(1);
    const cell = ended.records.find(({ benchmark }) => benchmark === 'own');
    expect(cell).toMatchObject({ questions: 2, accuracy: 1, parse_rate: 1 });
    expect(ended.err).toMatch(/NOT VALIDATED/);
  }, 60_000);

  it('asks nobody again, and another judge asks the judge only', async () => {
    const before = [answering.stats().total, judging.stats().total];
    await project.smt(...evaluate);
    expect([answering.stats().total, judging.stats().total]).toEqual(before);
    project.write(
      'prompts/eval_judge.md',
      '---\nmax_tokens: 4\n---\n# User\n{{ question }} {{ gold }} {{ candidate }} Right?\n',
    );
    const ended = await project.smt(...evaluate);
    expect(ended.code, ended.err).toBe(0);
    expect(answering.stats().total).toBe(before[0]);
    expect(judging.stats().total).toBe((before[1] ?? 0) + 1);
  }, 60_000);

  it('is validated against labels: one that always says yes is not good enough', async () => {
    const ended = await project.smt('judge', 'validate', '--labels', join(project.root, 'labels.jsonl'), '--json');
    expect(ended.code, ended.err).toBe(0);
    expect(ended.records.at(-1)).toMatchObject({ n: 20, agreement: 0.5, kappa: 0, table: [10, 0, 10, 0] });
    expect(ended.err).toMatch(/NOT GOOD ENOUGH/);
    expect(readdirSync(join(project.root, '.smt', 'evaluation', 'judges'))).toHaveLength(1);
    const again = await project.smt(...evaluate);
    expect(again.err).toMatch(/NOT GOOD ENOUGH/);
    const told = (await project.smt('evaluate', '--benchmark', 'own')).err;
    expect(told).toMatch(/numbers judged by endpoint:judge\/judge-model do not count \(Cohen's κ 0\.00/);
    expect(told).not.toMatch(/NOT VALIDATED/);
    const summary = await readReport(projectPaths(project.root), null);
    expect(summary.judges).toEqual([expect.stringMatching(/agreement 50\.0 %, Cohen's κ 0\.00 \(95 % .+ to .+\)/)]);
    expect(summary.warnings.join()).toMatch(/agrees too little with people's labels \(Cohen's κ 0\.00\)/);
  }, 60_000);

  it('is a job: its document holds the table and where they differ, and no verdict is paid twice', async () => {
    const before = judging.stats().total;
    const ended = await project.smt('judge', 'validate', '--labels', join(project.root, 'labels.jsonl'), '--json');
    expect(judging.stats().total).toBe(before);
    const run = String(ended.records.find(({ run }) => typeof run === 'string')?.run);
    const text = readFileSync(join(project.root, '.smt/runs', run, 'out/judge.md'), 'utf8');
    expect(text).toContain('| people: wrong | 10 | 0 |');
    expect(text).toContain('## Where they differ (10)');
    expect(text).toContain('  - answer: `who knows`');
    const jobs = await project.smt('jobs', '--json');
    expect(jobs.records.find((job) => job.run === run)).toMatchObject({ kind: 'evaluate', state: 'succeeded' });
  }, 60_000);

  it('one that agrees with people counts at once, also in what was evaluated before', async () => {
    judging.patch({ content: 'no' });
    const good = Array.from({ length: 20 }, (_, n) =>
      JSON.stringify({ question: `P${n}?`, gold: `${n}`, answer: n % 2 ? `${n}` : 'who knows', label: n % 2 === 1 }),
    );
    project.write('good.jsonl', good.join('\n'));
    const ended = await project.smt('judge', 'validate', '--labels', join(project.root, 'good.jsonl'));
    expect(ended.out).toMatch(/κ 1\.00 [\s\S]*The judge stands/);
    const summary = await readReport(projectPaths(project.root), null);
    expect(summary.warnings.join()).not.toMatch(/judge endpoint:judge\/judge-model agrees/);
    const judged = summary.cells.flatMap(({ judge }) => judge ?? []);
    expect(judged.some(({ validated, kappa }) => validated && kappa === 1)).toBe(true);
  }, 60_000);

  it('one that says neither yes nor no is told so, by the run, the parse rate and the validation', async () => {
    judging.patch({ content: 'The candidate answer is correct.' });
    project.write('prompts/eval_judge.md', '---\nmax_tokens: 9\n---\n# User\n{{ gold }} {{ candidate }} Right?\n');
    const ended = await project.smt(...evaluate);
    expect(ended.err).toMatch(
      /1 of 1 verdicts of the judge say neither yes nor no.*"The candidate answer is correct\."/,
    );
    expect(ended.records.find(({ benchmark }) => benchmark === 'own')).toMatchObject({
      accuracy: 0.5,
      parse_rate: 0.5,
    });
    const validated = await project.smt('judge', 'validate', '--labels', join(project.root, 'labels.jsonl'));
    const file = join(project.root, '..', `unread-${process.pid}.html`);
    const reported = await project.smt('report', '--html', file, '--answers', '2');
    expect(reported.code, reported.err).toBe(0);
    const page = readFileSync(file, 'utf8');
    rmSync(file);
    expect(page).toContain('the judge said neither yes nor no, which counts as wrong');
    expect(page).toMatch(/only \d+ % of the answers and verdicts could be parsed/);
    expect(validated.out).toMatch(/20 verdicts say neither yes nor no and count as wrong/);
  }, 60_000);

  it('reads every label file that a shell puts behind --labels, not the first alone', async () => {
    const files = ['labels.jsonl', 'good.jsonl'].map((name) => join(project.root, name));
    const ended = await project.smt('judge', 'validate', '--labels', ...files, '--json');
    expect(ended.records.at(-1)).toMatchObject({ n: 40, labels: ['labels.jsonl', 'good.jsonl'] });
  }, 60_000);

  it('refuses a label file that is none, with its line', async () => {
    project.write('bad.jsonl', '{"question": "Q?"}\n');
    const ended = await project.smt('judge', 'validate', '--labels', join(project.root, 'bad.jsonl'));
    expect(ended.code).toBe(2);
    expect(ended.err).toMatch(/bad\.jsonl:1/);
  }, 30_000);
});
