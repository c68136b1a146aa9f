import type { DatasetManifest, MixParams } from '../../contract/dataset.ts';
import type {
  CellReport,
  EvaluateParams,
  EvaluationSettings,
  ExperimentSettings,
  Setting,
} from '../../contract/evaluation.ts';
import type { JobState } from '../../contract/events.ts';
import type { TrainingSettings } from '../../contract/training.ts';

/** What stands of an experiment: read from disk, so that a step that was done by hand counts too. */
export interface ExperimentGround {
  settings: ExperimentSettings;
  /** The benchmarks that will be asked, each with the settings it makes sense in. */
  benchmarks: readonly { id: string; settings: readonly Setting[] }[];
  /** Of benchmark files, with their lines. */
  problems: readonly string[];
  training: TrainingSettings;
  /** How answers are asked for and scored: part of an evaluation's identity. */
  evaluation: Pick<EvaluationSettings, 'scoring' | 'samples'>;
  datasets: readonly Pick<DatasetManifest, 'name' | 'hash' | 'train' | 'seed'>[];
  trainings: readonly {
    run: string;
    dataset_hash: string;
    settings: TrainingSettings;
    state: JobState;
  }[];
  /** Evaluations of one model by the worker, as their specs say. */
  evaluations: readonly { params: EvaluateParams; state: JobState }[];
  cells: readonly Pick<CellReport, 'model' | 'setting' | 'benchmark' | 'questions' | 'questions_total'>[];
}

interface Step {
  /** Stable over calls: `mix:mixed`, `train:exp-mixed-88000:s0`, `evaluate:base`. */
  id: string;
  title: string;
  /** Steps that must be done before. */
  after: string[];
  done: boolean;
}

/** One job of an experiment. What its inputs will be called is known before they exist. */
export type ExperimentStep =
  | (Step & { kind: 'mix'; params: MixParams; datasets: string[] })
  | (Step & {
      kind: 'train';
      dataset: string;
      settings: TrainingSettings;
      /** What its mixture is asked for: a budget in tokens (null: all samples) of these methods (none: all). */
      asked: { budget: number | null; methods: string[] };
      /** The run that did it, or that can go on. */
      run?: string;
      /** Tokens of all passes over the data set; null until it is mixed. */
      tokens: number | null;
    })
  | (Step & {
      kind: 'evaluate';
      params: EvaluateParams /** Training step whose model is asked; none: the base. */;
      of?: string;
    });

const DEFAULT_MIXTURE = { id: 'mixed', methods: [] as string[] };

/**
 * Every job that the experiment of `smt.yaml` needs, in an order in which they can run: mixtures, then per data set and
 * seed a training from the original weights with its own full schedule (recipe §4.4: intermediate checkpoints of one run
 * are not scaling points), and an evaluation of the base and of each trained model on one engine and dtype. Pure: the
 * same settings and ground give the same plan; what is done is marked, never repeated.
 */
export function planExperiment(ground: ExperimentGround): ExperimentStep[] {
  const { settings, training } = ground;
  const mixtures = settings.mixtures.length > 0 ? settings.mixtures : [DEFAULT_MIXTURE];
  const steps: ExperimentStep[] = [evaluation(ground, 'base', 'base', [])];
  for (const mixture of mixtures) {
    const name = `exp-${mixture.id}`;
    const sets =
      settings.budgets.length > 0
        ? settings.budgets.map((budget) => ({ dataset: `${name}-${budget}`, budget }))
        : [{ dataset: name, budget: null }];
    const datasets = sets.map(({ dataset }) => dataset);
    const mix: ExperimentStep = {
      id: `mix:${mixture.id}`,
      kind: 'mix',
      title: `Mix ${datasets.join(', ')}`,
      after: [],
      done: datasets.every((dataset) => ground.datasets.some((each) => each.name === dataset)),
      datasets,
      params: { name, budgets: settings.budgets, methods: mixture.methods },
    };
    steps.push(mix);
    for (const { dataset, budget } of sets) {
      for (const seed of settings.seeds) {
        const asked = { budget, methods: mixture.methods };
        const train = trainingStep(ground, mix.id, dataset, asked, { ...training, seed });
        steps.push(train, evaluation(ground, train.id, train.done ? train.run : undefined, [train.id]));
      }
    }
  }
  return steps;
}

function trainingStep(
  { datasets, trainings }: ExperimentGround,
  mix: string,
  dataset: string,
  asked: { budget: number | null; methods: string[] },
  settings: TrainingSettings,
): Extract<ExperimentStep, { kind: 'train' }> {
  const present = datasets.find(({ name }) => name === dataset);
  const same = trainings.filter(
    (each) => each.dataset_hash === present?.hash && JSON.stringify(each.settings) === JSON.stringify(settings),
  );
  const finished = same.find(({ state }) => state === 'succeeded');
  const resumable = same.find(({ state }) => state !== 'succeeded' && state !== 'failed');
  const run = (finished ?? resumable)?.run;
  return {
    id: `train:${dataset}:s${settings.seed}`,
    kind: 'train',
    title: `Train on ${dataset}, seed ${settings.seed}`,
    after: [mix],
    done: finished !== undefined,
    dataset,
    settings,
    asked,
    ...(run === undefined ? {} : { run }),
    tokens: present ? Math.round(present.train.tokens * settings.epochs) : null,
  };
}

function evaluation(
  { settings, benchmarks, evaluation: how, evaluations, cells }: ExperimentGround,
  of: string,
  model: string | undefined,
  after: string[],
): Extract<ExperimentStep, { kind: 'evaluate' }> {
  // Compared cells share engine and dtype: the worker answers for all of them.
  const params: EvaluateParams = {
    benchmarks: [],
    models: model === undefined ? [] : [model],
    settings: settings.settings,
    scoring: how.scoring,
    samples: how.samples,
    worker: true,
    budget: {},
  };
  const succeeded = evaluations.some(({ params: ran, state }) => state === 'succeeded' && sameEvaluation(ran, params));
  // A benchmark that grew since then has questions nobody was asked.
  const answered = benchmarks.every(({ id, settings: sensible }) =>
    sensible.every((setting) =>
      cells.some(
        (cell) =>
          cell.model === model &&
          cell.setting === setting &&
          cell.benchmark === id &&
          cell.questions >= cell.questions_total,
      ),
    ),
  );
  return {
    id: `evaluate:${of}`,
    kind: 'evaluate',
    title:
      of === 'base'
        ? 'Evaluate the base model'
        : `Evaluate the model of ${of.slice('train:'.length).replace(/:s(\d+)$/, ', seed $1')}`,
    after,
    done: model !== undefined && benchmarks.length > 0 && succeeded && answered,
    params,
    ...(of === 'base' ? {} : { of }),
  };
}

function sameEvaluation(ran: EvaluateParams, wanted: EvaluateParams): boolean {
  const identity = ({ benchmarks, models, settings, scoring, samples, worker, limit }: EvaluateParams) =>
    JSON.stringify([benchmarks, models, [...settings].sort(), scoring, samples, worker, limit ?? null]);
  return identity(ran) === identity(wanted);
}
