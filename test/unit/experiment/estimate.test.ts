import { describe, expect, it } from 'vitest';
import { estimateLines } from '../../../src/cli/experiment.ts';
import { type ExperimentEstimate, estimateExperiment } from '../../../src/engine/experiment/estimate.ts';
import { planExperiment, readGround } from '../../../src/engine/experiment/index.ts';
import { trainingText } from '../../../src/engine/synth/trainingText.ts';
import { ProjectBackend } from '../../../src/engine/train/index.ts';
import { MixProject } from '../mix/mixProject.ts';

const TRAINING = 'training: { weights: { path: weights }, epochs: 3, sequence_length: 64, batch_sequences: 2 }';

/** A sample that is counted as generating counts it: a byte is a token of this student. */
function counted(number: number) {
  const text = `Text ${number} in other words. `.repeat(1 + ((number * 7) % 13)).trim();
  const fields =
    number % 2 === 0
      ? { kind: 'qa' as const, question: `What is ${number}?`, explanation: text, answer: `It is ${number}.` }
      : { kind: 'document' as const, text };
  return { ...fields, tokens: Buffer.byteLength(trainingText(fields, 'The harbour')) };
}

async function madeProject(yaml: string, samples: number): Promise<MixProject> {
  const project = new MixProject(`${TRAINING}\n${yaml}`);
  project.write('weights/model.safetensors', Buffer.alloc(2_000_000));
  project.write('weights/config.json', '{"dtype": "bfloat16"}');
  if (samples > 0) await project.fill(samples, counted);
  return project;
}

async function estimated(made: MixProject): Promise<ExperimentEstimate> {
  const project = await made.project();
  const steps = planExperiment(await readGround(project)).filter(({ done }) => !done);
  return estimateExperiment(project, new ProjectBackend([process.execPath]), steps);
}

describe('the estimate of an experiment whose mixtures are not made yet', { timeout: 60_000 }, () => {
  it('without a budget: the accepted samples are an upper bound, which the mixture keeps, and it says so', async () => {
    const project = await madeProject('', 60);
    const before = await estimated(project);
    const bound = before.tokens.get('train:exp-mixed:s0') ?? 0;
    expect(before).toMatchObject({ trainings: 1, open: 0, at_most: true });
    expect(before.basis[0]).toMatch(/all accepted samples, an upper bound: exp-mixed\.$/);
    expect(before.seconds?.[0]).toBeGreaterThan(0);
    await project.mix({ name: 'exp-mixed' });
    const { train } = await project.manifest('exp-mixed');
    expect(train.tokens * 3).toBeLessThanOrEqual(bound);
    expect(train.tokens * 3).toBeGreaterThan(bound * 0.7);
    const after = await estimated(project);
    expect(after).toMatchObject({ at_most: false, open: 0 });
    expect(after.tokens.get('train:exp-mixed:s0')).toBe(train.tokens * 3);
    expect(after.basis.join()).not.toContain('Not mixed yet');
  });

  it('with budgets: their tokens, for every seed, as an interval with what it rests on', async () => {
    const project = await madeProject('experiment: { budgets: [1000, 2000], seeds: [0, 1] }', 0);
    const { tokens, seconds, basis, at_most } = await estimated(project);
    expect([...tokens.values()]).toEqual([3000, 3000, 6000, 6000]);
    expect(at_most).toBe(false);
    expect(seconds?.[1]).toBeGreaterThan(seconds?.[0] ?? 0);
    expect(basis).toEqual([
      'Not mixed yet, so reckoned from the asked tokens: exp-mixed-1000, exp-mixed-2000.',
      expect.stringMatching(/^Time: 6 FLOPs a parameter and token at /),
    ]);
  });

  it('with neither: says what is lacking instead of a figure', async () => {
    const { open, seconds, basis } = await estimated(await madeProject('', 0));
    expect({ open, seconds }).toEqual({ open: 1, seconds: null });
    expect(basis).toEqual(['exp-mixed: there are no accepted samples to mix yet.']);
  });
});

describe('its words', () => {
  const estimate: ExperimentEstimate = {
    ...{ tokens: new Map(), trainings: 1, open: 0, seconds: [60, 80], cost: null, at_most: true },
    basis: ['Time: from the run before of this model on this target.'],
  };

  it('the figure comes first, one training is one training, and what it rests on stands below', () => {
    expect(estimateLines(estimate)).toEqual([
      '1 training: at most 60 s to 80 s.',
      '  Time: from the run before of this model on this target.',
    ]);
    const more = { ...estimate, trainings: 3, open: 1, at_most: false, cost: [1, 2] as [number, number] };
    expect(estimateLines(more)[0]).toBe(
      '3 trainings: 60 s to 80 s, $1.00 to $2.00 without 1 training that cannot be reckoned yet.',
    );
    expect(estimateLines({ ...estimate, seconds: null, open: 1, basis: [] })).toEqual(['1 training: time unknown.']);
    expect(estimateLines({ ...estimate, trainings: 0 })).toEqual([]);
  });
});
