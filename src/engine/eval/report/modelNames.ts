import type { ReportedModel } from '../../../contract/results.ts';
import type { BookCell } from './evaluationBook.ts';
import type { TrainedModel } from './trainedModels.ts';

/**
 * Who answered, `base` first: a training run by what it was trained on and its seed. Where two would be called the same,
 * the time of the training tells them apart, and where that is the same too, the run's id.
 * @param others models that no cell names, e.g. those that only the harness asked
 */
export function reportedModels(
  cells: readonly BookCell[],
  others: readonly string[],
  trained: ReadonlyMap<string, TrainedModel>,
): ReportedModel[] {
  const answered = cells.filter(({ scores }) => scores.size > 0);
  const models = [...new Set([...answered.map(({ key }) => key.model), ...others])].sort(
    (one, other) => Number(other === 'base') - Number(one === 'base') || (one < other ? -1 : 1),
  );
  const names = namesOf(models, trained);
  return models.map((model) => {
    const own = answered.filter(({ key }) => key.model === model);
    const [run = model, step] = model.split('@');
    const training = trained.get(run);
    return {
      model,
      name: names.get(model) ?? model,
      answered_by: [...new Set(own.map(({ key }) => `${key.engine}, ${key.dtype}`))],
      weights: model === 'base' ? weightsOf(own, trained) : [],
      training: training
        ? {
            ...{ run, from: training.from, dataset: training.dataset, seed: training.seed },
            ...{ set_tokens: training.setTokens, epochs: training.epochs },
            tokens: Math.round(training.setTokens * training.epochs),
            finished: training.finished && step === undefined,
          }
        : null,
    };
  });
}

/** What `base` was: as its runs say; of runs that are older than that, what the project's models were trained from. */
function weightsOf(cells: readonly BookCell[], trained: ReadonlyMap<string, TrainedModel>): string[] {
  const said = new Set(cells.flatMap(({ weights }) => weights));
  return said.size > 0 ? [...said] : [...new Set([...trained.values()].map(({ from }) => from))];
}

/** The first way of naming that gives each model a name of its own. */
function namesOf(models: readonly string[], trained: ReadonlyMap<string, TrainedModel>): Map<string, string> {
  const ways = models.map((model): [string, string[]] => [model, waysOf(model, trained)]);
  const names = new Map<string, string>();
  for (const [model, own] of ways) {
    const others = ways.filter(([other]) => other !== model).flatMap(([, each]) => each);
    names.set(model, own.find((name) => !others.includes(name)) ?? model);
  }
  return names;
}

/** What a model may be called, the shortest name first. */
function waysOf(model: string, trained: ReadonlyMap<string, TrainedModel>): string[] {
  if (model.startsWith('endpoint:')) return [model.slice('endpoint:'.length), model];
  const [run = model, step] = model.split('@');
  const training = trained.get(run);
  if (!training) return [model];
  const at = step === undefined ? '' : ` at step ${step}`;
  const name = `${training.dataset}, seed ${training.seed}`;
  const time = new Date(training.created * 1000).toISOString().slice(0, 16).replace('T', ' ');
  return [`${name}${at}`, `${name}, ${time}${at}`, `${name}, run ${run}${at}`];
}
