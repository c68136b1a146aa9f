import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CellLine, EvaluatedQuestion, ScoreLine } from '../../../src/contract/evaluation.ts';
import { FakeLlm } from '../../fixtures/fake-llm/server.mjs';
import { inventedDocument, TerminalProject } from '../generate/terminal.ts';

const DOCUMENTS = 10;
const QUESTIONS = 100;
const SAMPLES = 4;
const KILLS = 10;
const IN_FLIGHT = 16;

let fake: FakeLlm;
const project = new TerminalProject();
const evaluate = (...more: string[]) => [
  'evaluate',
  '--model',
  'endpoint:fake',
  '--setting',
  'closed_book',
  '--benchmark',
  'lanterns',
  '--json',
  ...more,
];

beforeAll(async () => {
  fake = await FakeLlm.start({ latency_ms: 25, latency_sigma: 0.4, content: 'I think so.\nAnswer: B' });
  project.endpoints(`endpoints: {fake: {base_url: '${fake.url}', model: fake-model, max_concurrency: ${IN_FLIGHT}}}`);
  for (let at = 0; at < DOCUMENTS; at++) project.write(`d${at}.md`, inventedDocument(`Town ${at}`, 3));
  const questions = Array.from({ length: QUESTIONS }, (_, n) => ({
    id: `q${n}`,
    question: `How many lanterns did the warden of Town ${n % DOCUMENTS} count in year ${n}?`,
    choices: [`${n} lanterns`, `${n + 1} lanterns`, `${n + 2} lanterns`, `${n + 3} lanterns`],
    answer: `${n + 1} lanterns`,
    document: `d${n % DOCUMENTS}.md`,
  }));
  project.write('benchmarks/lanterns.jsonl', questions.map((question) => JSON.stringify(question)).join('\n'));
  project.write('smt.yaml', `v: 1\nname: once\nevaluation: {samples: ${SAMPLES}, prompt: instruct}\n`);
});
afterAll(async () => {
  await fake.stop();
  project.remove();
});

/** Ids of every whole line of the evaluation's log; a line that is no JSON fails the test. */
function loggedIds(): string[] {
  const folder = join(project.root, '.smt', 'evaluation', 'completions');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line): string => JSON.parse(line).custom_id);
}

function newestRun(): string {
  const runs = join(project.root, '.smt', 'runs');
  return join(runs, readdirSync(runs).sort().at(-1) ?? '');
}

const linesOf = (file: string): unknown[] =>
  readFileSync(join(newestRun(), 'out', 'eval', file), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

describe('answers are paid for once', () => {
  it('over ten kills during answering', async () => {
    const total = QUESTIONS * SAMPLES;
    let kills = 0;
    for (let n = 0; n < KILLS; n++) {
      const instant = Math.floor(((n + 0.5 + 0.4 * Math.sin(n * 7)) / KILLS) * total);
      const child = await project.start(...evaluate());
      const ended = once(child, 'exit');
      while (fake.stats().distinct_answered < instant && child.exitCode === null && child.signalCode === null)
        await delay(2);
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        kills += 1;
      }
      await ended;
    }
    const end = await project.smt(...evaluate());
    expect(end, end.err).toMatchObject({ code: 0 });
    expect(kills).toBe(KILLS);
    const stats = fake.stats();
    expect(stats.distinct_answered).toBe(total);
    // Only what was in flight or on its way into the log at a kill may have been answered twice by the server.
    expect(stats.answers_repeated).toBeLessThanOrEqual(KILLS * 2 * IN_FLIGHT);
    const ids = loggedIds();
    expect(ids.length).toBe(total);
    expect(new Set(ids).size).toBe(total);
  }, 120_000);

  it('and never again: the same evaluation asks nothing, more samples ask for the new ones only', async () => {
    const before = fake.stats().total;
    const again = await project.smt(...evaluate());
    expect(again.code, again.err).toBe(0);
    expect(fake.stats().total).toBe(before);
    const more = await project.smt(...evaluate('--samples', String(2 * SAMPLES)));
    expect(more.code, more.err).toBe(0);
    expect(fake.stats().total - before).toBe(QUESTIONS * SAMPLES);
    const cell = more.records.find((record) => record.benchmark === 'lanterns');
    expect(cell).toMatchObject({ questions: QUESTIONS, questions_total: QUESTIONS, n: 2 * SAMPLES, parse_rate: 1 });
  }, 60_000);

  it('what stands in the run directory follows from the log: letters of shuffled choices are turned back', () => {
    const questions = new Map(
      linesOf('questions.jsonl')
        .map((line) => EvaluatedQuestion.parse(line))
        .map((each) => [each.id, each]),
    );
    const [cell] = linesOf('cells.jsonl').map((line) => CellLine.parse(line));
    const scores = linesOf('scores.jsonl').map((line) => ScoreLine.parse(line));
    expect(questions.size).toBe(QUESTIONS);
    expect(cell?.key).toMatchObject({
      benchmark: 'lanterns',
      model: 'endpoint:fake/fake-model',
      engine: 'fake',
      setting: 'closed_book',
    });
    expect(scores).toHaveLength(QUESTIONS);
    let right = 0;
    for (const { question, outcomes } of scores) {
      const asked = questions.get(question);
      // The model always says B: what that is depends on the order in which the choices were shown.
      const choice = asked?.shown?.[1];
      for (const outcome of outcomes)
        expect(outcome).toMatchObject({ choice, correct: choice === asked?.gold_choice ? 1 : 0 });
      if (choice === asked?.gold_choice) right += 1;
    }
    // A shuffle puts the right choice at B in about a quarter of the questions, never in all or none.
    expect(right).toBeGreaterThan(QUESTIONS / 10);
    expect(right).toBeLessThan(QUESTIONS / 2);
  });

  it('a limit is a part of the same plan', async () => {
    const before = fake.stats().total;
    const ended = await project.smt(...evaluate('--limit', '10'));
    expect(ended.code, ended.err).toBe(0);
    expect(fake.stats().total).toBe(before);
  }, 30_000);
});
