import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { EvaluateParams } from '../../../src/contract/evaluation.ts';
import { estimateEvaluation } from '../../../src/engine/eval/index.ts';
import { askedText } from '../../../src/engine/eval/run/selection.ts';
import { loadProject } from '../../../src/engine/project/index.ts';
import { folder } from '../corpus/fixtures.ts';

const before = process.env.SMT_CONFIG;
afterEach(() => {
  if (before === undefined) delete process.env.SMT_CONFIG;
  else process.env.SMT_CONFIG = before;
});

async function estimate(params: object, evaluation = '') {
  const root = folder({
    'smt.yaml': `v: 1\nname: T\nevaluation: {models: ["endpoint:far"], settings: [closed_book], samples: 4, max_tokens: 100${evaluation}}\n`,
    'benchmarks/own.csv': 'id,question,answer,choices\na,Who?,x,x|y|z\nb,When?,1741,\nc,Where?,there,\n',
    'endpoints.yaml':
      'endpoints:\n  far: {base_url: "https://api.example.com/v1", model: m, price: {input: 1, output: 10}}\n  near: {base_url: "http://127.0.0.1:1/v1", model: n}\n',
  });
  process.env.SMT_CONFIG = join(root, 'endpoints.yaml');
  const loaded = await loadProject(root);
  if (loaded.kind !== 'ready') throw new Error(JSON.stringify(loaded));
  return estimateEvaluation(loaded.project, EvaluateParams.parse(params));
}

describe('the estimate of an evaluation', () => {
  it('counts answers, bounds tokens and money, and names where questions go, with nothing sent', async () => {
    const found = await estimate({ benchmarks: ['own'] });
    if (!found.ok) throw new Error(found.message);
    const { planned, output_tokens, cost, destinations, ceiling } = found.estimate;
    expect(planned).toBe(3 * 4);
    expect(output_tokens.high).toBe(1200);
    expect(ceiling.output_tokens).toBe(1200);
    expect(cost?.high).toBeGreaterThan((1200 * 10) / 1e6);
    expect(cost?.low).toBeLessThan(cost?.high ?? 0);
    expect(destinations).toMatchObject([
      { endpoint: 'far', origin: 'https://api.example.com', local: false, consented: false },
    ]);
  });

  it('adds verdicts of a judge to the upper end, and has no price where an endpoint has none', async () => {
    const judged = await estimate({ benchmarks: ['own'] }, ', judge: {model: "endpoint:near"}');
    // Two of three questions are free-form.
    expect(judged.ok && judged.estimate.requests).toMatchObject({ mid: 12, high: 12 + 8 });
    const near = await estimate({ benchmarks: ['own'], models: ['endpoint:near'] });
    expect(near.ok && near.estimate.cost).toMatchObject({ high: 0, basis: 'this machine' });
  });

  it('grows with settings and models, shrinks with a limit, and asks the general panel closed-book only', async () => {
    const planned = async (params: object) => {
      const found = await estimate(params);
      return found.ok ? found.estimate.planned : found.message;
    };
    expect(await planned({ benchmarks: ['own'], settings: ['closed_book', 'rag'] })).toBe(24);
    expect(await planned({ benchmarks: ['own'], models: ['endpoint:far', 'endpoint:near'] })).toBe(24);
    expect(await planned({ benchmarks: ['own'], limit: 2 })).toBe(8);
    expect(await planned({ benchmarks: ['general'], settings: ['closed_book', 'rag'], samples: 1 })).toBe(36);
  });

  it('a likelihood is one a question, whatever the samples, and writes next to nothing', async () => {
    // One question has choices: its likelihood with and without the question before it.
    const found = await estimate({ benchmarks: ['own'], scoring: 'likelihood' });
    if (!found.ok) throw new Error(found.message);
    const { planned, requests, output_tokens, ceiling } = found.estimate;
    expect(planned).toBe(2);
    expect(requests.basis).toBe('2 likelihoods a model');
    expect(output_tokens.high).toBeLessThan(10);
    expect(ceiling.output_tokens).toBeLessThan(10);
    const both = await estimate({ benchmarks: ['own'], scoring: 'both' });
    expect(both.ok && both.estimate.requests.basis).toBe('12 written answers and 2 likelihoods a model');
  });

  it('what was asked says answers only of what was written', () => {
    const how = { samples: 8, generate: false, likelihood: true };
    expect(askedText(68, 4, how)).toBe('68 questions in 4 cells, likelihoods once each.');
    expect(askedText(68, 5, { ...how, generate: true })).toBe(
      '68 questions in 5 cells, 8 written answers each, likelihoods once each.',
    );
    expect(askedText(68, 1, { samples: 1, generate: true, likelihood: false })).toBe(
      '68 questions in 1 cell, 1 written answer each.',
    );
  });

  it('is a reason where nothing can be asked', async () => {
    const found = await estimate({ benchmarks: ['nothing'] });
    expect(found).toEqual({ ok: false, message: expect.stringMatching(/no benchmark "nothing".*own, general/) });
  });
});
