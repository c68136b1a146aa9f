import type { ReportedModel } from './results.ts';

/** A line for each model below a table: what its name stands for. */
export function modelLines(models: readonly ReportedModel[]): string[] {
  return models.flatMap(({ model, name, weights, training, answered_by }) => {
    const by = answered_by.length > 0 ? [`answered by ${answered_by.join('; ')}`] : [];
    if (training) {
      const { run, from, tokens, set_tokens, epochs, finished } = training;
      const passes = epochs === 1 ? '' : ` (${count(set_tokens)} × ${epochs} epochs)`;
      const on = `${from} trained on ${finished ? '' : 'a part of '}${count(tokens)} tokens${passes}`;
      return [[`${name}: run ${run}`, on, ...by].join('; ')];
    }
    const what = model === 'base' ? [...weights].join(' or ') : model === name ? '' : model;
    return what === '' && by.length === 0 ? [] : [`${name}: ${[...(what === '' ? [] : [what]), ...by].join('; ')}`];
  });
}

const count = (value: number): string => value.toLocaleString('en-US');
