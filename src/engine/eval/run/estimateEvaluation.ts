import type { Estimate, Interval } from '../../../contract/estimate.ts';
import { EVALUATION_VERSION, type EvaluatedQuestion, type EvaluateParams } from '../../../contract/evaluation.ts';
import { listRunDirectories, readStatusFile } from '../../jobs/index.ts';
import { CompletionLog, loadRegistry } from '../../llm/index.ts';
import type { Project } from '../../project/index.ts';
import { loadEvaluationPrompts, type Preset } from '../answer/prompts.ts';
import { lettered } from '../answer/questionText.ts';
import { type LoadedBenchmark, loadBenchmarks } from '../benchmarks/loadBenchmarks.ts';
import { harnessNotes, harnessOf } from '../general/harness.ts';
import { describeModels, type ModelDescription } from '../models/modelDescription.ts';
import { templateOf } from './cells.ts';
import { type Selection, selectEvaluation, settingsOf } from './selection.ts';

const CHARACTERS_PER_TOKEN = 4;
/** A gold passage is a paragraph or two, or a whole short document. */
const GOLD_CHARACTERS = 2000;
const RECENT_RUNS = 20;

export type EvaluationEstimate =
  | { ok: true; estimate: Estimate; models: ModelDescription[] }
  | { ok: false; message: string };

/**
 * What an evaluation would take: answers, tokens, money and time, before anything is started or sent. How many answers
 * the log has already is known only for the run itself (passages are found then), so the lower end is what is new at
 * least when everything that was ever answered counts.
 */
export async function estimateEvaluation(project: Project, params: EvaluateParams): Promise<EvaluationEstimate> {
  const selected = selectEvaluation(project, await loadBenchmarks(project), params);
  if (!selected.ok) return selected;
  const { selection } = selected;
  const guarded = await harnessOf(project, selection);
  if (!guarded.ok) return guarded;
  const prompts = await loadEvaluationPrompts(project);
  if (!prompts.ok) return prompts;
  const { registry } = await loadRegistry();
  const judge = project.config.evaluation.judge.model;
  const described = await describeModels(project, registry, [...selection.models, ...(judge ? [judge] : [])], {
    worker: params.worker,
    likelihood: selection.likelihood,
  });
  const models = described.slice(0, selection.models.length);
  const preset: Preset =
    selection.prompt !== 'auto' ? selection.prompt : models.some(({ small }) => small) ? 'short' : 'instruct';
  const template = templateOf(prompts.prompts, preset);
  const output = preset === 'short' ? Math.min(selection.maxTokens, template.params.max_tokens) : selection.maxTokens;
  const log = await CompletionLog.open(project.paths.evaluation.completions);
  const known = log.size;
  await log.close();
  const byEndpoint = models.some(({ answeredBy }) => answeredBy.kind === 'endpoint');
  const parts = selection.benchmarks.flatMap((benchmark) =>
    partsOf(project, benchmark, selection, template, byEndpoint),
  );
  const perModel = sum(parts.map(({ answers }) => answers));
  const planned = perModel * models.length;
  const judged = judge ? sum(parts.map(({ free }) => free)) * models.length : 0;
  const least = Math.max(0, planned - known);
  const input = sum(parts.map(({ input }) => input)) * models.length;
  const share = planned > 0 ? least / planned : 0;
  const written = sum(parts.map((part) => part.written));
  const drawn = written * models.length;
  const echoed = sum(parts.map((part) => part.echoed)) * models.length;
  const outputs: Interval = {
    low: drawn * share * Math.min(8, output) + echoed * share,
    mid: drawn * (preset === 'short' ? 0.4 : 0.5) * output + echoed,
    high: drawn * output + echoed,
    basis: `at most ${output} tokens a written answer`,
  };
  const cost = moneyOf(models, input, outputs);
  const pace = await observedPace(project);
  return {
    ok: true,
    models: described,
    estimate: {
      v: 1,
      planned,
      answered: Math.min(known, planned),
      requests: {
        low: least,
        mid: planned,
        high: planned + judged,
        basis: `${asked(written, perModel - written)} a model${judged ? ', and verdicts on free-form answers' : ''}`,
      },
      input_tokens: { low: input * share, mid: input, high: input * 1.3, basis: 'prompts at four characters a token' },
      output_tokens: outputs,
      cost,
      seconds:
        pace === null
          ? null
          : {
              low: (least / pace) * 0.7,
              mid: planned / pace,
              high: (planned / pace) * 2,
              basis: 'pace of the last evaluation here',
            },
      ceiling: { output_tokens: outputs.high, cost: cost?.high ?? null },
      by_method: parts.map(({ label, answers, ...part }) => ({
        method: label,
        requests: exactly(answers * models.length, 'questions × answers × models'),
        output_tokens: exactly((part.written * output + part.echoed) * models.length, 'at most'),
      })),
      destinations: described.flatMap(({ answeredBy, origin, local, consented }) =>
        origin === undefined || answeredBy.kind === 'worker'
          ? []
          : [
              {
                endpoint: answeredBy.id,
                origin,
                local,
                consented,
                documents: 0,
                tokens: Math.round(input / Math.max(1, models.length)),
              },
            ],
      ),
      notes: [
        ...selection.notes,
        ...(guarded.harness ? harnessNotes(project, guarded.harness) : []),
        ...notesOf(models, preset, selection.likelihood && byEndpoint),
      ],
    },
  };
}

/** `68 written answers and 54 likelihoods`. */
function asked(written: number, likelihoods: number): string {
  const said = [
    ...(written > 0 || likelihoods === 0 ? [`${written} written answers`] : []),
    ...(likelihoods > 0 ? [`${likelihoods} likelihoods`] : []),
  ];
  return said.join(' and ');
}

interface Part {
  label: string;
  /** Requests of one model: written answers, and likelihoods. */
  answers: number;
  written: number;
  /** Tokens that likelihoods cost beside the prompt: an endpoint writes one behind each choice, the worker none. */
  echoed: number;
  /** Those that a judge decides on. */
  free: number;
  /** Input tokens of one model. */
  input: number;
}

function partsOf(
  project: Project,
  benchmark: LoadedBenchmark,
  selection: Selection,
  template: ReturnType<typeof templateOf>,
  byEndpoint: boolean,
): Part[] {
  const asked = Math.min(selection.limit ?? Number.POSITIVE_INFINITY, benchmark.questions.length);
  if (asked === 0) return [];
  const share = asked / benchmark.questions.length;
  const characters = sum(benchmark.questions.map((question) => promptLength(question, template)));
  const free = benchmark.questions.filter(({ choices }) => !choices).length * share;
  const choosable = benchmark.questions.length * share - free;
  // An endpoint reads the prompt anew for each choice, the worker once.
  const readings = byEndpoint
    ? benchmark.questions.reduce((most, { choices }) => Math.max(most, choices?.length ?? 1), 1)
    : 1;
  const { chunk_size, chunk_unit, top_k } = project.config.retrieval;
  const passage = (selection.topK ?? top_k) * chunk_size * (chunk_unit === 'tokens' ? CHARACTERS_PER_TOKEN : 1);
  return settingsOf(benchmark, selection.settings).map((setting) => {
    const beside = setting === 'rag' ? passage : setting === 'gold' ? GOLD_CHARACTERS : 0;
    const written = selection.generate ? asked * selection.samples : 0;
    const scored = selection.likelihood ? Math.round(choosable) * (setting === 'closed_book' ? 2 : 1) : 0;
    return {
      label: `${benchmark.id}, ${setting.replace('_', '-')}`,
      answers: written + scored,
      written,
      echoed: byEndpoint ? scored * readings : 0,
      free: selection.generate ? Math.round(free) * selection.samples : 0,
      input:
        ((characters * share) / asked / CHARACTERS_PER_TOKEN + beside / CHARACTERS_PER_TOKEN) *
        (written + scored * readings),
    };
  });
}

function promptLength(question: LoadedBenchmark['questions'][number], template: ReturnType<typeof templateOf>): number {
  const shown: Pick<EvaluatedQuestion, 'v' | 'choices'> = {
    v: EVALUATION_VERSION,
    ...(question.choices ? { choices: question.choices } : {}),
  };
  const inputs = {
    context: question.context ?? '',
    question: question.question,
    choices: question.choices ? lettered(shown) : '',
    passages: '',
  };
  return sum(template.render(inputs).map(({ content }) => content.length));
}

/** Dollars; null where an endpoint that takes part has no price. */
function moneyOf(models: readonly ModelDescription[], input: number, output: Interval): Interval | null {
  const paid = models.filter(
    ({ answeredBy, local, price }) =>
      answeredBy.kind === 'endpoint' && (!local || (price !== undefined && price.input + price.output > 0)),
  );
  if (paid.length === 0) return exactly(0, 'this machine');
  if (paid.some(({ price }) => price === undefined)) return null;
  const of = (inputs: number, outputs: number) =>
    sum(paid.map(({ price }) => ((price?.input ?? 0) * inputs + (price?.output ?? 0) * outputs) / models.length / 1e6));
  return {
    low: of(input * 0.8, output.low),
    mid: of(input, output.mid),
    high: of(input * 1.3, output.high),
    basis: 'prices of your endpoints file',
  };
}

/** Answers a second in the newest evaluation that told its pace. */
async function observedPace(project: Project): Promise<number | null> {
  for (const dir of (await listRunDirectories(project.paths.runs)).slice(0, RECENT_RUNS)) {
    const status = await readStatusFile(dir);
    if (status?.kind === 'evaluate' && status.progress?.rate && status.progress.unit === 'request')
      return status.progress.rate;
  }
  return null;
}

function notesOf(models: readonly ModelDescription[], preset: Preset, likelihoodsByEndpoint: boolean): string[] {
  const notes: string[] = [];
  if (models.some(({ small }) => small))
    notes.push('A model below 3B parameters takes part: its answers check the loop, they are no verdict.');
  if (models.some(({ answeredBy }) => answeredBy.kind === 'worker'))
    notes.push(
      'The worker answers from weights on this machine: its Python environment is made once (several GB), and loading takes a minute.',
    );
  if (likelihoodsByEndpoint)
    notes.push(
      'An endpoint is asked once whether it can tell the likelihood of choices. Chat-only endpoints cannot: they answer in words only.',
    );
  notes.push(`Prompt preset: ${preset}.`);
  return notes;
}

const exactly = (value: number, basis: string): Interval => ({ low: value, mid: value, high: value, basis });
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
