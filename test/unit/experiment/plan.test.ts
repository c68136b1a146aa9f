import { describe, expect, it } from 'vitest';
import { EvaluateParams, ExperimentSettings } from '../../../src/contract/evaluation.ts';
import { TrainingSettings } from '../../../src/contract/training.ts';
import { type ExperimentGround, planExperiment } from '../../../src/engine/experiment/plan.ts';

const training = TrainingSettings.parse({});

function ground(over: Partial<ExperimentGround> = {}): ExperimentGround {
  return {
    settings: ExperimentSettings.parse({
      budgets: [44_000, 88_000],
      mixtures: [
        { id: 'smt', methods: ['qa', 'focal_rewriting'] },
        { id: 'ar', methods: ['active_reading'] },
      ],
      seeds: [0, 1],
    }),
    problems: [],
    benchmarks: [
      { id: 'osmerrow', settings: ['closed_book', 'rag'] },
      { id: 'general', settings: ['closed_book'] },
    ],
    training,
    evaluation: { scoring: 'both', samples: 1 },
    datasets: [],
    trainings: [],
    evaluations: [],
    cells: [],
    ...over,
  };
}

const dataset = (name: string, hash: string) => ({
  name,
  hash,
  seed: 0,
  train: { tokens: 44_000, rows: 10, learned_tokens: 44_000, longest: 99, median: 50 },
});
const cell = (model: string, setting: 'closed_book' | 'rag', questions = 68, benchmark = 'osmerrow') => ({
  model,
  setting,
  benchmark,
  questions,
  questions_total: 68,
});
/** All cells of one model. */
const cells = (model: string) => [
  cell(model, 'closed_book'),
  cell(model, 'rag'),
  cell(model, 'closed_book', 68, 'general'),
];
const evaluated = (model: string, over: Partial<EvaluateParams> = {}) => ({
  state: 'succeeded' as const,
  params: EvaluateParams.parse({
    models: [model],
    settings: ['rag', 'closed_book'],
    scoring: 'both',
    samples: 1,
    worker: true,
    ...over,
  }),
});

describe('the plan of an experiment', () => {
  it('has one mixture a method set, one training a budget and seed, one evaluation a model and one of the base', () => {
    const steps = planExperiment(ground());
    const ids = (kind: string) => steps.filter((step) => step.kind === kind).map(({ id }) => id);
    expect(ids('mix')).toEqual(['mix:smt', 'mix:ar']);
    expect(ids('train')).toEqual([
      'train:exp-smt-44000:s0',
      'train:exp-smt-44000:s1',
      'train:exp-smt-88000:s0',
      'train:exp-smt-88000:s1',
      'train:exp-ar-44000:s0',
      'train:exp-ar-44000:s1',
      'train:exp-ar-88000:s0',
      'train:exp-ar-88000:s1',
    ]);
    expect(ids('evaluate')).toHaveLength(9);
    expect(steps.every((step) => !step.done)).toBe(true);
  });

  it('runs in its order: what a step needs stands before it', () => {
    const steps = planExperiment(ground());
    for (const [index, step] of steps.entries()) {
      const before = steps.slice(0, index).map(({ id }) => id);
      for (const needed of step.after) expect(before).toContain(needed);
    }
  });

  it('counts what was done already, by the hash of the data set and the settings of the training', () => {
    const done = ground({
      datasets: [dataset('exp-smt-44000', 'aa'), dataset('exp-smt-88000', 'bb')],
      trainings: [
        { run: 'r1', dataset_hash: 'aa', settings: { ...training, seed: 0 }, state: 'succeeded' },
        { run: 'r2', dataset_hash: 'aa', settings: { ...training, seed: 1, learning_rate: 0.1 }, state: 'succeeded' },
        { run: 'r3', dataset_hash: 'bb', settings: { ...training, seed: 0 }, state: 'cancelled' },
      ],
      evaluations: [evaluated('base'), evaluated('r1', { limit: 20 })],
      cells: [...cells('base'), ...cells('r1')],
    });
    const steps = new Map(planExperiment(done).map((step) => [step.id, step]));
    expect(steps.get('mix:smt')?.done).toBe(true);
    expect(steps.get('mix:ar')?.done).toBe(false);
    expect(steps.get('train:exp-smt-44000:s0')).toMatchObject({ done: true, run: 'r1', tokens: 88_000 });
    // Another learning rate is another training; a stopped one goes on instead of starting anew.
    expect(steps.get('train:exp-smt-44000:s1')).toMatchObject({ done: false });
    expect(steps.get('train:exp-smt-88000:s0')).toMatchObject({ done: false, run: 'r3' });
    expect(steps.get('evaluate:base')?.done).toBe(true);
    // A quick look at twenty questions is not an evaluation.
    expect(steps.get('evaluate:train:exp-smt-44000:s0')?.done).toBe(false);
  });

  it('evaluates again what was asked another way, or a benchmark that grew', () => {
    const base = (over: Partial<ExperimentGround>) =>
      planExperiment(ground(over)).find(({ id }) => id === 'evaluate:base')?.done;
    const done = { evaluations: [evaluated('base')], cells: cells('base') };
    expect(base(done)).toBe(true);
    expect(base({ ...done, evaluation: { scoring: 'both', samples: 8 } })).toBe(false);
    expect(base({ ...done, evaluation: { scoring: 'generate', samples: 1 } })).toBe(false);
    expect(base({ ...done, cells: [...cells('base').slice(1), cell('base', 'closed_book', 60)] })).toBe(false);
  });

  it('makes one data set of all there is where no budget is named', () => {
    const steps = planExperiment(ground({ settings: ExperimentSettings.parse({}) }));
    expect(steps.map(({ id }) => id)).toEqual([
      'evaluate:base',
      'mix:mixed',
      'train:exp-mixed:s0',
      'evaluate:train:exp-mixed:s0',
    ]);
    expect(steps.at(-1)?.title).toBe('Evaluate the model of exp-mixed, seed 0');
    expect(steps[2]).toMatchObject({ tokens: null, asked: { budget: null, methods: [] } });
  });

  it('asks base and trained models on one engine', () => {
    for (const step of planExperiment(ground())) if (step.kind === 'evaluate') expect(step.params.worker).toBe(true);
  });
});
