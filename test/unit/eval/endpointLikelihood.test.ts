import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CellLine } from '../../../src/contract/evaluation.ts';
import { obstacle } from '../../../src/engine/eval/report/comparisons.ts';
import { ScoredChoices } from '../../../src/engine/eval/score/likelihood.ts';
import { probeScoring, type ResolvedEndpoint, type ScoreBody, scoreTransport } from '../../../src/engine/llm/index.ts';
import { afterPrompt, afterText } from '../../../src/engine/llm/scoring/echoed.ts';
import { FakeLlm } from '../../fixtures/fake-llm/server.mjs';
import { TerminalProject } from '../generate/terminal.ts';

/** The fake server's rule, counted anew: runs of up to four characters with the blank before them. */
function pieces(text: string): string[] {
  const found: string[] = [];
  for (const word of text.match(/ ?[^ ]+| /g) ?? []) {
    const lead = word.startsWith(' ') ? 1 : 0;
    found.push(word.slice(0, lead + 4));
    for (let at = lead + 4; at < word.length; at += 4) found.push(word.slice(at, at + 4));
  }
  return found;
}
function likelihoodAfter(before: number, choice: string): { sum: number; tokens: number } {
  const tokens = pieces(choice);
  const codes = (token: string) => [...token].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  const sum = tokens.reduce((total, token, at) => total - (1 + ((codes(token) + 3 * (before + at)) % 7)), 0);
  return { sum, tokens: tokens.length };
}

const echoed = (tokens: string[], logs: (number | null)[], text_offset?: number[]) => ({
  tokens,
  token_logprobs: logs,
  ...(text_offset ? { text_offset } : {}),
});

describe('the tokens of a choice', () => {
  it('stand behind the prompt’s where ids were sent; what was generated is not read', () => {
    expect(afterPrompt(echoed(['a', 'b', 'c', 'd'], [null, -1, -2, -3]), 2, 1)).toEqual([-2]);
    expect(afterPrompt(echoed(['a', 'b'], [null, -1]), 2, 1)).toBeUndefined();
    expect(afterPrompt(echoed(['a', 'b', 'c'], [null, -1, null]), 2, 1)).toBeUndefined();
  });

  it('are found in one text, with a BOS before it, a generated token behind it, or neither', () => {
    const [tokens, logs] = [
      ['The', ' sky', ' is', ' blue', ' green'],
      [null, -1, -2, -3, -4],
    ];
    expect(afterText(echoed(tokens, logs), 'The sky is', ' blue')).toEqual([-3]);
    expect(afterText(echoed(tokens, logs), 'The sky is', ' blue green')).toEqual([-3, -4]);
    const begun = echoed(['<s>', ...tokens], [null, -9, ...logs.slice(1)]);
    expect(afterText(begun, 'The sky is', ' blue')).toEqual([-3]);
    expect(afterText(begun, 'The sky', ' is blue')).toEqual([-2, -3]);
  });

  it('a token over the edge of prompt and choice counts to the choice', () => {
    const merged = echoed(['Answer', ':(', 'yes', ')', ' x'], [null, -1, -2, -3, -4]);
    expect(afterText(merged, 'Answer:', '(yes)')).toEqual([-1, -2, -3]);
  });

  it('parts of a character are found by their offsets', () => {
    const parts = echoed(['Ort', ':', ' ', '\ufffd', '\ufffd', 'x', '!'], [null, -1, -2, -3, -4, -5, -6]);
    expect(afterText({ ...parts, text_offset: [0, 3, 4, 5, 5, 6, 7] }, 'Ort:', ' éx')).toEqual([-2, -3, -4, -5]);
    const shifted = echoed(['<s>', 'O:', ' ', '\ufffd', '\ufffd', 'z'], [null, -1, -2, -3, -4, -5], [0, 3, 5, 6, 6, 7]);
    expect(afterText(shifted, 'O:', ' é')).toEqual([-2, -3, -4]);
    expect(afterText(parts, 'Ort:', ' éx')).toBeUndefined();
  });
});

describe('an endpoint', () => {
  let fake: FakeLlm;
  beforeAll(async () => {
    fake = await FakeLlm.start();
  });
  afterAll(() => fake.stop());
  const endpoint = (): ResolvedEndpoint => ({
    ...{ id: 'fake', baseUrl: fake.url, origin: fake.origin, model: 'm', timeoutMs: 20_000, maxConcurrency: 4 },
    local: true,
  });
  const score = async (edge: 'apart' | 'joined', body: ScoreBody) => {
    const transport = await scoreTransport(endpoint(), edge, () => body);
    const result = await new Promise<Parameters<Parameters<typeof transport.send>[2]>[0]>((done) =>
      transport.send('id', { model: 'm', messages: [{ role: 'user', content: '' }] }, done),
    );
    await transport.close();
    return result;
  };

  it.each([
    ['ids', { kind: 'apart', chat: true }],
    ['plain', { kind: 'apart', chat: false }],
    ['text', { kind: 'joined' }],
    ['ignored', { kind: 'none', reason: expect.stringMatching(/does not give/) }],
    [null, { kind: 'none', reason: expect.stringMatching(/refuses echo/) }],
  ] as const)('that is %j says so to one small request', async (likelihood, ability) => {
    fake.configure({ likelihood });
    expect(await probeScoring(endpoint(), new AbortController().signal)).toEqual(ability);
    expect(fake.stats().total).toBeLessThanOrEqual(1);
  });

  it('that wants a key or is away says nothing of what it can', async () => {
    fake.configure({ likelihood: 'ids', require_key: 'secret' });
    const signal = new AbortController().signal;
    expect(await probeScoring(endpoint(), signal)).toMatchObject({ kind: 'unknown', cause: 'key' });
    const away = { ...endpoint(), baseUrl: 'http://127.0.0.1:9/v1' };
    expect(await probeScoring(away, signal)).toMatchObject({ kind: 'unknown', cause: 'endpoint' });
  });

  const choices = ['Gannet Stack', 'one', 'the Cradle Reef of 1804'];
  it('scores choices after a chat exactly where the server’s template ends', async () => {
    fake.configure({ likelihood: 'ids' });
    const messages = [{ role: 'user', content: 'Where did the ship strand?' }];
    const result = await score('apart', { model: 'm', messages, choices });
    if (result.kind !== 'response') throw new Error(result.message);
    const before = pieces('<user>Where did the ship strand?<assistant>').length;
    const scored = ScoredChoices.parse(JSON.parse(result.text));
    expect(scored.choices).toEqual(choices.map((choice) => likelihoodAfter(before, choice)));
    expect(JSON.parse(result.text)).toMatchObject({
      object: 'smt.score',
      edge: 'apart',
      usage: { completion_tokens: 3 },
    });
  });

  it('scores choices after a text, as ids or joined, alike where no token crosses the edge', async () => {
    const prompt = 'Question: Where?\nAnswer:';
    const asked = { model: 'm', prompt, choices: choices.map((choice) => ` ${choice}`) };
    const expected = asked.choices.map((choice) => likelihoodAfter(pieces(prompt).length, choice));
    for (const [likelihood, edge] of [
      ['plain', 'apart'],
      ['text', 'joined'],
    ] as const) {
      fake.configure({ likelihood });
      const result = await score(edge, asked);
      if (result.kind !== 'response') throw new Error(result.message);
      expect(ScoredChoices.parse(JSON.parse(result.text)).choices).toEqual(expected);
    }
  });

  it('whose answer tells no likelihood is refused in words, and what it refuses comes through', async () => {
    fake.configure({ likelihood: 'ignored' });
    const asked = { model: 'm', prompt: 'A:', choices: [' b'] };
    expect(await score('joined', asked)).toMatchObject({ status: 422, text: expect.stringMatching(/no_likelihood/) });
    fake.configure({ likelihood: 'text', script: ['e400'], sticky: true });
    expect(await score('joined', asked)).toMatchObject({ status: 400 });
  });
});

describe('likelihoods of an endpoint in an evaluation', () => {
  let fake: FakeLlm;
  const project = new TerminalProject();
  const evaluate = ['evaluate', '--benchmark', 'own', '--scoring', 'both', '--json'];

  beforeAll(async () => {
    fake = await FakeLlm.start({ likelihood: 'ids', content: 'Answer: A', faults: { e500: 0.2 } });
    project.endpoints(`endpoints:\n  fake: {base_url: '${fake.url}', model: fake-model}\n`);
    project.write('a.md', '# A\n\nOrla asked three silver marks for the oil, and the pie had seven herrings.');
    project.write(
      'benchmarks/own.csv',
      [
        'id,question,answer,choices,document',
        'one,What did Orla ask?,three silver marks,two crowns|three silver marks|a goat,a.md',
        'two,How many herrings?,seven,seven|nine|twelve of them,a.md',
        '',
      ].join('\n'),
    );
    project.write(
      'smt.yaml',
      'v: 1\nname: scored\nevaluation: {models: ["endpoint:fake"], settings: [closed_book, gold], samples: 1}\n',
    );
  });
  afterAll(async () => {
    await fake.stop();
    project.remove();
  });

  const lines = () =>
    readdirSync(join(project.root, '.smt/evaluation/completions'))
      .filter((name) => name.endsWith('.jsonl'))
      .flatMap((name) => readFileSync(join(project.root, '.smt/evaluation/completions', name), 'utf8').split('\n'))
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));

  it('has the three ways of counting and the control, beside written answers', async () => {
    const ended = await project.smt(...evaluate);
    expect(ended.code, ended.err).toBe(0);
    const cells = ended.records.filter(({ benchmark }) => benchmark === 'own');
    expect(cells.map(({ scoring, setting }) => `${scoring} ${setting}`).sort()).toEqual([
      'generate closed_book',
      'generate gold',
      'likelihood_corrected closed_book',
      'likelihood_corrected gold',
      'likelihood_no_question closed_book',
      'likelihood_sum closed_book',
      'likelihood_sum gold',
      'likelihood_token closed_book',
      'likelihood_token gold',
    ]);
    for (const cell of cells) expect(cell).toMatchObject({ engine: 'fake', questions: 2, parse_rate: 1 });
    // Two questions in two settings and without the question: six requests, each with all its choices.
    const scores = lines().filter(({ response }) => response?.body?.object === 'smt.score');
    expect(scores).toHaveLength(6);
    for (const { response, smt } of scores) {
      expect(ScoredChoices.parse(response.body).choices).toHaveLength(3);
      expect(smt.input_tokens).toBe(response.body.usage.prompt_tokens);
    }
  }, 60_000);

  it('asks nobody again; a cell says how it was asked and is not compared with the worker’s', async () => {
    const before = fake.stats().ok;
    const ended = await project.smt(...evaluate);
    expect(ended.code, ended.err).toBe(0);
    // The probe is no question of the evaluation.
    expect(fake.stats().ok - before).toBe(1);
    const run = String(ended.records.find(({ run }) => typeof run === 'string')?.run);
    const cells = readFileSync(join(project.root, '.smt/runs', run, 'out/eval/cells.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => CellLine.parse(JSON.parse(line)));
    const [cell] = cells.filter(({ key }) => key.scoring === 'likelihood_sum');
    if (!cell) throw new Error('no likelihood cell');
    expect(cell.notes).toContain('Likelihoods by the endpoint fake with its chat template.');
    expect(obstacle(cell.key, { ...cell.key, engine: 'worker:transformers', dtype: 'fp32' })).toBeDefined();
  }, 60_000);

  it('a chat-only endpoint is told of in words; where nothing else was asked for, that is the end', async () => {
    fake.patch({ likelihood: null });
    const both = await project.smt(...evaluate);
    expect(both.code, both.err).toBe(0);
    expect(both.err).toMatch(/Chat-only endpoints cannot do this: use --worker/);
    const only = await project.smt('evaluate', '--benchmark', 'own', '--scoring', 'likelihood');
    expect(only.code).toBe(2);
    expect(only.err).toMatch(/Nothing can be asked this way/);
  }, 60_000);
});
