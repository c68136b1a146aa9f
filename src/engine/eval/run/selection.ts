import type { EvaluateParams, Setting } from '../../../contract/evaluation.ts';
import type { ConfigProblem } from '../../../contract/project.ts';
import { formatProblems, type Project } from '../../project/index.ts';
import type { LoadedBenchmark } from '../benchmarks/loadBenchmarks.ts';
import { GENERAL_PANEL } from '../general/generalPanel.ts';

/** What an evaluating job does: parameters with everything that smt.yaml says filled in. */
export interface Selection {
  benchmarks: LoadedBenchmark[];
  models: string[];
  settings: Setting[];
  generate: boolean;
  likelihood: boolean;
  samples: number;
  temperature: number;
  maxTokens: number;
  prompt: 'auto' | 'five_shot' | 'instruct' | 'short';
  limit: number | undefined;
  topK: number | undefined;
  /** For a person: what was asked for and is done in another way. */
  notes: string[];
}

/** Fills in and checks. A benchmark with problems, or a draft that was asked for by name, is a refusal. */
export function selectEvaluation(
  project: Project,
  loaded: readonly LoadedBenchmark[],
  params: EvaluateParams,
): { ok: true; selection: Selection } | { ok: false; message: string } {
  const { evaluation } = project.config;
  const notes: string[] = [];
  const unknown = params.benchmarks.find((id) => !loaded.some((benchmark) => benchmark.id === id));
  if (unknown !== undefined) {
    const known = loaded.map(({ id }) => id).join(', ');
    return { ok: false, message: `There is no benchmark "${unknown}". There are: ${known}.` };
  }
  const wanted = loaded.filter(({ id }) => params.benchmarks.length === 0 || params.benchmarks.includes(id));
  const problems = wanted.flatMap((benchmark) => benchmark.problems);
  if (problems.length > 0) return { ok: false, message: benchmarkRefusal(problems) };
  const drafts = wanted.filter(({ draft }) => draft);
  if (drafts.length > 0 && params.benchmarks.length > 0) {
    return {
      ok: false,
      message: `${drafts.map(({ file }) => file).join(', ')}: written by a machine and not reviewed, so no number is reported on it. Read the questions, then take "draft: true" out.`,
    };
  }
  for (const { file } of drafts) notes.push(`${file} is a draft and is left out until a person has reviewed it.`);
  const benchmarks = wanted.filter(({ draft }) => !draft);
  if (benchmarks.every(({ id }) => id === GENERAL_PANEL) && !params.benchmarks.includes(GENERAL_PANEL)) {
    return {
      ok: false,
      message:
        'There is no benchmark: write questions under benchmarks/, name a public one in evaluation.benchmarks of smt.yaml, or draft one from the corpus.',
    };
  }
  const temperature = params.temperature ?? evaluation.temperature;
  const asked = params.samples ?? evaluation.samples;
  const samples = temperature === 0 ? 1 : asked;
  if (samples < asked) notes.push('One answer a question: at temperature 0 all would be the same.');
  const scoring = params.scoring ?? evaluation.scoring;
  return {
    ok: true,
    selection: {
      benchmarks,
      models: [...new Set(params.models.length > 0 ? params.models : evaluation.models)],
      settings: [...new Set(params.settings.length > 0 ? params.settings : evaluation.settings)],
      generate: scoring !== 'likelihood',
      likelihood: scoring !== 'generate',
      samples,
      temperature,
      maxTokens: params.max_tokens ?? evaluation.max_tokens,
      prompt: params.prompt ?? evaluation.prompt,
      limit: params.limit,
      topK: params.top_k,
      notes,
    },
  };
}

/** Half a benchmark gives a number nobody can compare, so a wrong line keeps the whole file out; that is said. */
function benchmarkRefusal(problems: readonly ConfigProblem[]): string {
  const files = [...new Set(problems.map(({ file }) => file))].join(', ');
  return `${formatProblems(problems)}\nNothing was asked: no question of ${files} is used until this is put right there (or in evaluation.benchmarks of smt.yaml).`;
}

/** The general panel is about the model, not about documents: it is asked closed-book only. */
export function settingsOf(benchmark: Pick<LoadedBenchmark, 'id'>, settings: readonly Setting[]): readonly Setting[] {
  return benchmark.id === GENERAL_PANEL ? ['closed_book'] : settings;
}

/** What was asked. Likelihoods are computed, not drawn: one a question, however many answers are. */
export function askedText(
  questions: number,
  cells: number,
  { samples, generate, likelihood }: Pick<Selection, 'samples' | 'generate' | 'likelihood'>,
): string {
  const how = [
    ...(generate ? [`${samples} written ${samples === 1 ? 'answer' : 'answers'} each`] : []),
    ...(likelihood ? ['likelihoods once each'] : []),
  ];
  return `${questions} ${questions === 1 ? 'question' : 'questions'} in ${cells} ${cells === 1 ? 'cell' : 'cells'}, ${how.join(', ')}.`;
}
