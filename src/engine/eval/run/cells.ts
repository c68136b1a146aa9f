import {
  type CellKey,
  type CellLine,
  EVALUATION_VERSION,
  type EvaluatedQuestion,
  type Scoring,
  type Setting,
} from '../../../contract/evaluation.ts';
import { contentHash } from '../../contentHash.ts';
import { canonical } from '../../llm/index.ts';
import type { SamplingParams } from '../../synth/template/template.ts';
import { AnswerRequest, type RequestForm, type ScoreForm } from '../answer/answerRequest.ts';
import type { EvaluationPrompts, Preset } from '../answer/prompts.ts';
import { askedOpenly, lettered, shownChoices } from '../answer/questionText.ts';
import type { AnsweringModel } from '../models/openModels.ts';
import { LIKELIHOODS, type LikelihoodScoring } from '../score/likelihood.ts';

/** One cell of the table: questions asked of one model in one setting, scored in one way. */
export interface Cell {
  id: string;
  line: CellLine;
  model: AnsweringModel;
  setting: Setting;
  scoring: Scoring;
  questions: readonly EvaluatedQuestion[];
  /** Answers a question. */
  samples: number;
  /** Multiple-choice questions are asked without their choices and compared with the gold text. */
  open: boolean;
  /** When a short answer is right: it equals the gold, or (preset `short`) its one line says it. */
  match: 'equals' | 'says';
}

/** How this run asks. */
export interface Recipe {
  prompts: EvaluationPrompts;
  preset: Preset;
  temperature: number;
  maxTokens: number;
  samples: number;
  shuffled: boolean;
  /** Hash of judge model and prompt; undefined without a judge. */
  judge: { id: string; line: NonNullable<CellLine['judge']> } | undefined;
}

/** A benchmark's questions in one setting, with what the model may see. */
export interface AskedIn {
  benchmark: string;
  split: EvaluatedQuestion['split'];
  setting: Setting;
  /** Those that can be asked in this setting. */
  questions: readonly EvaluatedQuestion[];
  /** By question id; '' where the model sees nothing. */
  passages: ReadonlyMap<string, string>;
  /** Fingerprint of index and retrieval; only for `rag`. */
  retrieval?: string;
  leftOut: number;
  notes: readonly string[];
}

/** Parameters of written answers: the preset's stop strings, the run's temperature and length. */
export function samplingOf({ prompts, preset, temperature, maxTokens }: Recipe): SamplingParams {
  const { params } = templateOf(prompts, preset);
  return {
    ...params,
    temperature,
    // A preset for a few words stays short; the others take what smt.yaml says.
    max_tokens: preset === 'short' ? Math.min(params.max_tokens, maxTokens) : maxTokens,
  };
}

export function templateOf(prompts: EvaluationPrompts, preset: Preset) {
  return prompts[`eval_${preset}`];
}

/** The cells of one model on one benchmark in one setting. */
export function cellsOf(
  asked: AskedIn,
  model: AnsweringModel,
  recipe: Recipe,
  wanted: { generate: boolean; likelihood: boolean },
): Cell[] {
  const { benchmark, split, setting, questions, retrieval, leftOut } = asked;
  const match = recipe.preset === 'short' ? 'says' : 'equals';
  const form = scoreFormOf(model, recipe.preset);
  const cell = (
    scoring: Scoring,
    of: readonly EvaluatedQuestion[],
    identity: object,
    open: boolean,
    samples: number,
  ) => {
    const key: CellKey = {
      benchmark,
      split,
      model: model.name,
      engine: model.engine,
      dtype: model.dtype,
      setting,
      ...(retrieval === undefined ? {} : { retrieval }),
      scoring,
      recipe: contentHash(canonical(identity)).slice(0, 16),
    };
    const id = contentHash(canonical(key)).slice(0, 16);
    const left_out = leftOut + questions.length - of.length;
    const judged = scoring === 'generate' && of.some((question) => !question.choices);
    const notes = [
      ...asked.notes,
      ...(open ? ['Choices were not shown: the model answers in its own words.'] : []),
      ...(match === 'says' && scoring === 'generate' && (open || (!recipe.judge && of.some(({ choices }) => !choices)))
        ? ['A short answer is right when its one line says the gold text and no other choice.']
        : []),
      ...(judged && recipe.judge
        ? [`A short answer that equals the gold is right; the judge ${recipe.judge.line.model} decides on all others.`]
        : []),
      ...(scoring === 'generate' ? [] : likelihoodNotes(model, form)),
    ];
    const line: CellLine = {
      v: EVALUATION_VERSION,
      id,
      key,
      ...(model.name === 'base' ? { weights: model.model.replace(/^base:/, '') } : {}),
      ...(model.small ? { toy: true } : {}),
      ...(judged && recipe.judge ? { judge: recipe.judge.line } : {}),
      ...(notes.length > 0 ? { notes } : {}),
      ...(left_out > 0 ? { left_out } : {}),
    };
    return { id, line, model, setting, scoring, questions: of, samples, open, match } satisfies Cell;
  };
  const cells: Cell[] = [];
  if (wanted.generate && questions.length > 0) {
    const open = recipe.preset === 'short' && questions.some(({ choices }) => choices) && askedOpenly(questions);
    const template = templateOf(recipe.prompts, recipe.preset);
    const identity = {
      template: template.hash,
      params: samplingOf(recipe),
      form: formOf(model, recipe.preset),
      shuffled: recipe.shuffled,
      open,
      match,
      judge: recipe.judge?.id,
    };
    cells.push(cell('generate', questions, identity, open, recipe.samples));
  }
  const choosable = questions.filter(({ choices }) => choices !== undefined);
  if (wanted.likelihood && choosable.length > 0 && form !== undefined) {
    const identity = { template: likelihoodTemplate(recipe, form).hash, form };
    for (const scoring of LIKELIHOODS) {
      // The control sees neither question nor passages: it is the same in every setting.
      if (scoring === 'likelihood_no_question' && setting !== 'closed_book') continue;
      cells.push(cell(scoring, choosable, identity, false, 1));
    }
  }
  return cells;
}

/** Plain text only where a base model's preset meets a model that completes text; endpoints are asked by chat. */
function formOf(model: AnsweringModel, preset: Preset): RequestForm {
  return preset === 'five_shot' && model.via.kind === 'worker' ? 'text' : 'chat';
}

/** Undefined where an endpoint cannot tell likelihoods. A chat needs the model's template, which the worker has. */
function scoreFormOf({ via }: AnsweringModel, preset: Preset): ScoreForm | undefined {
  const chat = preset === 'five_shot' ? 'score_text' : 'score_chat';
  if (via.kind === 'worker') return chat;
  switch (via.scoring?.kind) {
    case 'apart':
      return via.scoring.chat ? chat : 'score_text';
    case 'joined':
      return 'score_joined';
    default:
      return undefined;
  }
}

/** What a reader of an endpoint's likelihoods has to know about them. */
function likelihoodNotes({ via, engine }: AnsweringModel, form: ScoreForm | undefined): string[] {
  if (via.kind === 'worker') return [];
  const asked = form === 'score_chat' ? 'with its chat template' : 'as plain text, without a chat template';
  const edge = form === 'score_joined' ? '; a token over the edge of prompt and choice counts to the choice' : '';
  return [`Likelihoods by the endpoint ${engine} ${asked}${edge}.`];
}

function likelihoodTemplate({ prompts }: Recipe, form: ScoreForm) {
  return form === 'score_chat' ? prompts.eval_likelihood : prompts.eval_likelihood_text;
}

/** First answer to a question in a cell; further ones are its replicas. */
export function answerRequest(
  cell: Cell,
  question: EvaluatedQuestion,
  passages: string,
  recipe: Recipe,
): AnswerRequest {
  return new AnswerRequest({
    stage: cell.setting,
    form: formOf(cell.model, recipe.preset),
    template: templateOf(recipe.prompts, recipe.preset),
    inputs: {
      context: question.context ?? '',
      question: question.question,
      choices: question.choices && !cell.open ? lettered(question) : '',
      passages,
    },
    params: samplingOf(recipe),
    model: cell.model.model,
    engine: `${cell.model.engine}/${cell.model.dtype}`,
    replica: 0,
    question: question.id,
    document: question.document,
  });
}

/** The two requests behind all likelihoods of a question: with the question, and with nothing but the choices. */
export function scoreRequests(
  cell: Cell,
  question: EvaluatedQuestion,
  passages: string,
  recipe: Recipe,
): { asked: AnswerRequest; without: AnswerRequest } {
  const form = scoreFormOf(cell.model, recipe.preset) ?? 'score_text';
  const request = (stage: string, inputs: { context: string; question: string; passages: string }) =>
    new AnswerRequest({
      stage,
      form,
      template: likelihoodTemplate(recipe, form),
      inputs,
      params: { max_tokens: 1 },
      model: cell.model.model,
      engine: `${cell.model.engine}/${cell.model.dtype}`,
      replica: 0,
      // In the file's own order: likelihoods do not depend on it.
      choices: question.choices ?? shownChoices(question),
      question: question.id,
      document: question.document,
    });
  return {
    asked: request(`likelihood ${cell.setting}`, {
      context: question.context ?? '',
      question: question.question,
      passages,
    }),
    without: request('likelihood without the question', { context: '', question: '', passages: '' }),
  };
}

export const isLikelihood = (scoring: Scoring): scoring is LikelihoodScoring => scoring !== 'generate';
