import { describe, expect, it } from 'vitest';
import type { CompletionLine } from '../../../src/contract/completion.ts';
import { type EvaluatedQuestion, promptOrder, type ScoreLine } from '../../../src/contract/evaluation.ts';
import { loadEvaluationPrompts } from '../../../src/engine/eval/answer/prompts.ts';
import {
  askedOpenly,
  goldPassage,
  lettered,
  passagesOf,
  retrievalQuery,
  shownOrder,
} from '../../../src/engine/eval/answer/questionText.ts';
import type { AnsweringModel } from '../../../src/engine/eval/models/openModels.ts';
import type { AskedIn, Recipe } from '../../../src/engine/eval/run/cells.ts';
import { planModel } from '../../../src/engine/eval/run/planEvaluation.ts';
import { ScoreBoard } from '../../../src/engine/eval/run/scoreBoard.ts';
import { projectPaths } from '../../../src/engine/project/index.ts';
import { wholeQuery } from '../../../src/engine/rag/types.ts';
import { folder, put } from '../corpus/fixtures.ts';

const line = (body: unknown, error: CompletionLine['error'] = null): CompletionLine => ({
  id: null,
  custom_id: '0'.repeat(32),
  response: error ? null : { status_code: 200, request_id: null, body },
  error,
  smt: { v: 1, attempt: 1, endpoint: 'e', ms: 1, cost: 0, run: 'r', at: 1, input_tokens: 1, output_tokens: 1 },
});
const says = (content: string) => line({ choices: [{ finish_reason: 'stop', message: { content } }] });
const scores = (...sums: number[]) => line({ choices: sums.map((sum) => ({ sum, tokens: 2 })) });

const question = (id: string, over: Partial<EvaluatedQuestion> = {}): EvaluatedQuestion => ({
  v: 1,
  id: `b/${id}`,
  benchmark: 'b',
  split: 'all',
  question: `What of ${id}?`,
  choices: ['red', 'green', 'blue'],
  shown: [2, 0, 1],
  gold_choice: 2,
  gold: 'blue',
  document: null,
  cluster: id,
  ...over,
});
const short = question('s');
const { choices: _choices, shown: _shown, gold_choice: _gold, ...free } = short;

const worker: AnsweringModel = {
  name: 'base',
  engine: 'worker:transformers',
  dtype: 'fp32',
  model: 'base:m',
  small: false,
  contextTokens: undefined,
  via: { kind: 'worker', weights: '/w' },
};

async function recipe(over: Partial<Recipe> = {}): Promise<Recipe> {
  const loaded = await loadEvaluationPrompts({ paths: projectPaths(folder()) });
  if (!loaded.ok) throw new Error(loaded.message);
  return {
    prompts: loaded.prompts,
    preset: 'instruct',
    temperature: 0.3,
    maxTokens: 64,
    samples: 2,
    shuffled: true,
    judge: undefined,
    ...over,
  };
}
const askedIn = (setting: AskedIn['setting'], questions: EvaluatedQuestion[]): AskedIn => ({
  benchmark: 'b',
  split: 'all',
  setting,
  questions,
  passages: new Map(questions.map(({ id }) => [id, setting === 'closed_book' ? '' : `passage of ${id}`])),
  leftOut: 0,
  notes: [],
});

describe('the plan of a model', () => {
  it('asks every question once before any twice, and one prior for all settings', async () => {
    const board = new ScoreBoard(false);
    const plan = planModel(
      worker,
      [askedIn('closed_book', [question('x')]), askedIn('gold', [question('x')])],
      await recipe(),
      { generate: true, likelihood: true },
      board,
    );
    expect(plan.cells.map(({ setting, scoring }) => `${setting} ${scoring}`)).toEqual([
      'closed_book generate',
      'closed_book likelihood_sum',
      'closed_book likelihood_token',
      'closed_book likelihood_corrected',
      'closed_book likelihood_no_question',
      'gold generate',
      'gold likelihood_sum',
      'gold likelihood_token',
      'gold likelihood_corrected',
    ]);
    const answers = plan.requests.filter(({ draft }) => draft.form === 'chat');
    expect(answers.map(({ draft }) => `${draft.stage} ${draft.replica}`)).toEqual([
      'closed_book 0',
      'gold 0',
      'closed_book 1',
      'gold 1',
    ]);
    const priors = plan.requests.filter(({ draft }) => draft.stage === 'likelihood without the question');
    expect(new Set(priors.map(({ id }) => id)).size).toBe(1);
    expect(JSON.stringify(priors[0]?.batchLine())).not.toContain('What of x');
    expect(new Set(plan.requests.map(({ id }) => id)).size).toBe(answers.length + 2 + 1);
  });

  it('gives further samples new ids and keeps the old ones; another prompt or temperature is another recipe', async () => {
    const plan = async (over: Partial<Recipe>) =>
      planModel(
        worker,
        [askedIn('closed_book', [question('x')])],
        await recipe(over),
        { generate: true, likelihood: false },
        new ScoreBoard(false),
      );
    const [two, four, cold] = [await plan({}), await plan({ samples: 4 }), await plan({ temperature: 0 })];
    expect(four.requests.slice(0, 2).map(({ id }) => id)).toEqual(two.requests.map(({ id }) => id));
    expect(four.cells[0]?.id).toBe(two.cells[0]?.id);
    expect(cold.cells[0]?.id).not.toBe(two.cells[0]?.id);
  });

  it('says how a free answer becomes right: by words, or by the judge, and by words beside it', async () => {
    const notes = async (judge: Recipe['judge']) =>
      planModel(
        worker,
        [askedIn('closed_book', [free])],
        await recipe({ preset: 'short', judge }),
        { generate: true, likelihood: false },
        new ScoreBoard(judge !== undefined),
      ).cells[0]?.line.notes;
    expect(await notes(undefined)).toEqual([
      'A short answer is right when its one line says the gold text and no other choice.',
    ]);
    expect(await notes({ id: 'j', line: { model: 'endpoint:j/m', validated: false } })).toEqual([
      'A short answer that equals the gold is right; the judge endpoint:j/m decides on all others.',
    ]);
  });

  it('completes text with five examples where the model is the worker’s, with the question last', async () => {
    const plan = planModel(
      worker,
      [askedIn('closed_book', [question('x')])],
      await recipe({ preset: 'five_shot' }),
      { generate: true, likelihood: true },
      new ScoreBoard(false),
    );
    const written = plan.requests.find(({ draft }) => draft.form === 'text')?.batchLine();
    expect(written?.url).toBe('/v1/completions');
    expect(String(written?.body.prompt).match(/### Question/g)).toHaveLength(6);
    expect(String(written?.body.prompt)).toMatch(
      /What of x\?[\s\S]*A\. blue\nB\. red\nC\. green[\s\S]*### Thought Process and Answer$/,
    );
    const scored = plan.requests.find(({ draft }) => draft.form === 'score_text')?.batchLine();
    expect(scored).toMatchObject({ url: '/v1/smt/score', body: { choices: [' red', ' green', ' blue'] } });
  });
});

describe('scores', () => {
  it('turn shown letters back, count unparsed and failed answers as wrong, and come out when a question is complete', async () => {
    const board = new ScoreBoard(false);
    const complete: ScoreLine[] = [];
    board.onComplete = (_, score) => complete.push(score);
    const { cells, requests } = planModel(
      worker,
      [askedIn('closed_book', [question('x'), question('y')])],
      await recipe(),
      { generate: true, likelihood: false },
      board,
    );
    const [x0, y0, x1, y1] = requests.map(({ id }) => id);
    board.take(x0 ?? '', says('Answer: A'));
    expect(complete).toEqual([]);
    board.take(x1 ?? '', says('no idea'));
    board.take(x1 ?? '', says('Answer: A'));
    expect(complete[0]?.outcomes).toEqual([
      { request: x0, correct: 1, parsed: true, choice: 2, answer: 'blue' },
      { request: x1, correct: 0, parsed: false },
    ]);
    board.take(y0 ?? '', line(null, { code: '400', message: 'too long' }));
    expect(board.failed).toBe(1);
    const [cell] = cells;
    if (!cell) throw new Error('no cell');
    expect(board.tally(cell)).toEqual({ right: [0.5, 0], clusters: ['x', 'y'], answers: 3, correct: 1, parsed: 1 });
    // A partial question stands in the final lines with the answers it has.
    expect([...board.lines(cells)].map(({ outcomes }) => outcomes.length)).toEqual([2, 1]);
    board.take(y1 ?? '', says('B'));
    expect(complete).toHaveLength(2);
  });

  it('give four likelihood cells from two requests', async () => {
    const board = new ScoreBoard(false);
    const { cells, requests } = planModel(
      worker,
      [askedIn('closed_book', [question('x')])],
      await recipe(),
      { generate: false, likelihood: true },
      board,
    );
    const [asked, without] = requests.map(({ id }) => id);
    board.take(asked ?? '', scores(-1, -5, -2));
    board.take(without ?? '', scores(-1, -9, -9));
    const right = Object.fromEntries(cells.map((cell) => [cell.scoring, board.tally(cell).correct]));
    expect(right).toEqual({
      likelihood_sum: 0,
      likelihood_token: 0,
      likelihood_corrected: 1,
      likelihood_no_question: 0,
    });
  });

  it('wait for a verdict only where no rule decides', async () => {
    const board = new ScoreBoard(true);
    const questions = [free, { ...free, id: 'b/t', question: 'How many?', gold: '7' }];
    const { cells, requests } = planModel(
      worker,
      [askedIn('closed_book', questions)],
      await recipe({ samples: 1 }),
      { generate: true, likelihood: false },
      board,
    );
    board.take(requests[0]?.id ?? '', says('Answer: a deep blue'));
    board.take(requests[1]?.id ?? '', says('Answer: 7.0'));
    expect(board.judgeable.map(({ question: { id }, answer }) => [id, answer])).toEqual([
      ['b/s', 'Answer: a deep blue'],
    ]);
    const [waiting] = board.judgeable;
    if (waiting) board.judge(waiting, 'j'.repeat(32), true);
    expect([...board.lines(cells)].map(({ outcomes }) => [outcomes[0]?.correct, outcomes[0]?.judge])).toEqual([
      [1, 'j'.repeat(32)],
      [1, undefined],
    ]);
  });

  it('are wrong and not parsed where the judge says neither yes nor no, so that the parse rate tells', async () => {
    const board = new ScoreBoard(true);
    const { cells, requests } = planModel(
      worker,
      [askedIn('closed_book', [free])],
      await recipe({ samples: 1 }),
      { generate: true, likelihood: false },
      board,
    );
    board.take(requests[0]?.id ?? '', says('Answer: a deep blue'));
    const [waiting] = board.judgeable;
    const outcome = (verdict: boolean | undefined) => {
      if (waiting) board.judge(waiting, 'j'.repeat(32), verdict);
      const [line] = [...board.lines(cells)];
      return [line?.outcomes[0]?.correct, line?.outcomes[0]?.parsed];
    };
    expect([outcome(undefined), outcome(false), outcome(true)]).toEqual([
      [0, false],
      [0, true],
      [1, true],
    ]);
  });
});

describe('what a model is shown', () => {
  it('choices in an order of their own for each question, the same every time', () => {
    const orders = Array.from({ length: 20 }, (_, n) =>
      shownOrder({ id: `q${n}`, choices: ['a', 'b', 'c', 'd'] }, true, 0).join(''),
    );
    expect(new Set(orders).size).toBeGreaterThan(5);
    expect(shownOrder({ id: 'q3', choices: ['a', 'b', 'c', 'd'] }, true, 0).join('')).toBe(orders[3]);
    expect(shownOrder({ id: 'q3', choices: ['a', 'b'] }, false, 0)).toEqual([0, 1]);
    expect(lettered({ choices: ['red', 'green', 'blue'], shown: [2, 0, 1] })).toBe('A. blue\nB. red\nC. green');
    // A reader has the file's letters before him and the model's in its answer.
    expect(promptOrder({ shown: [2, 0, 1] })).toMatch(/in the order C, A, B\.$/);
    expect([promptOrder({ shown: [0, 1, 2] }), promptOrder({})]).toEqual([undefined, undefined]);
  });

  it('no choices by the short preset, where every question of the benchmark can be asked without', () => {
    const names = { question: 'Who kept the oil?', choices: ['Orla', 'Ben'] };
    expect(askedOpenly([names, { question: 'When?' }])).toBe(true);
    expect(askedOpenly([names, { ...names, question: 'Which of these is a lamp?' }])).toBe(false);
    expect(
      askedOpenly([names, { ...names, choices: ['Orla', 'nobody of those who lived in the town at that time'] }]),
    ).toBe(false);
  });

  it('passages under their headers, the best last; what is searched for has context and choices', () => {
    const chunks = [
      { header: 'Best', text: 'one' },
      { header: '', text: 'two' },
    ];
    expect(passagesOf(chunks)).toBe('two\n\nBest\n\none');
    const query = retrievalQuery(question('x', { context: 'In the tale:' }));
    expect(query).toMatchObject({ context: 'In the tale:', text: 'What of x?\nblue\nred\ngreen' });
    expect(wholeQuery(query)).toBe('In the tale:\nWhat of x?\nblue\nred\ngreen');
  });

  it('as gold the paragraph of the evidence, the whole of a short document, or nothing', () => {
    const text = 'First paragraph here.\n\nThe lamp was lit in 1741 by Orla.\n\nLast one.';
    const start = text.indexOf('1741');
    const evidence = [{ document: 'd', start, end: start + 4 }];
    expect(goldPassage({ evidence }, text, 1000)).toBe('The lamp was lit in 1741 by Orla.');
    expect(goldPassage({}, text, 1000)).toBe(text);
    expect(goldPassage({}, text, 10)).toBeUndefined();
    expect(goldPassage({ evidence }, undefined, 1000)).toBeUndefined();
  });
});

describe('evaluation prompts of a project', () => {
  it('lie beside those of the methods; a broken or unknown one is refused with its place', async () => {
    const root = folder();
    put(
      root,
      'prompts/eval_instruct.md',
      '---\nmax_tokens: 9\n---\n# User\n{{ question }} {{ passages }} {{ choices }}\n',
    );
    const own = await loadEvaluationPrompts({ paths: projectPaths(root) });
    expect(own.ok && own.prompts.eval_instruct.origin).toBe('prompts/eval_instruct.md');
    put(root, 'prompts/eval_instruct.md', '---\nmax_tokens: 9\n---\n# User\n{{ gold }}\n');
    put(root, 'prompts/eval_nothing.md', '---\nmax_tokens: 9\n---\n# User\nx\n');
    const broken = await loadEvaluationPrompts({ paths: projectPaths(root) });
    expect(broken.ok ? '' : broken.message).toMatch(/eval_instruct\.md:5[\s\S]*gold[\s\S]*eval_nothing/);
  });
});
