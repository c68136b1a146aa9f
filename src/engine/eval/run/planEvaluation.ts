import type { EvaluatedQuestion } from '../../../contract/evaluation.ts';
import type { OpenedCorpus, TokenCounter } from '../../corpus/index.ts';
import type { Project } from '../../project/index.ts';
import type { AnswerRequest } from '../answer/answerRequest.ts';
import { goldPassage, lettered, passagesOf, shownOrder } from '../answer/questionText.ts';
import { evaluatedQuestions, type LoadedBenchmark } from '../benchmarks/loadBenchmarks.ts';
import { limitQuestions } from '../benchmarks/split.ts';
import type { AnsweringModel } from '../models/openModels.ts';
import {
  type AskedIn,
  answerRequest,
  type Cell,
  cellsOf,
  type Recipe,
  samplingOf,
  scoreRequests,
  templateOf,
} from './cells.ts';
import type { Retrieved } from './retrieved.ts';
import type { ScoreBoard } from './scoreBoard.ts';
import { type Selection, settingsOf } from './selection.ts';

/** A benchmark with its places in the corpus: all its questions, and those that this run asks. */
export interface AskedBenchmark {
  benchmark: LoadedBenchmark;
  all: EvaluatedQuestion[];
  asked: EvaluatedQuestion[];
}

export async function placeBenchmarks(
  project: Project,
  selection: Selection,
  corpus: OpenedCorpus,
  signal: AbortSignal,
): Promise<AskedBenchmark[]> {
  const { seed, evaluation } = project.config;
  const placed: AskedBenchmark[] = [];
  for (const benchmark of selection.benchmarks) {
    signal.throwIfAborted();
    const all = (await evaluatedQuestions(benchmark, corpus)).map((question) =>
      question.choices ? { ...question, shown: shownOrder(question, evaluation.shuffle_choices, seed) } : question,
    );
    placed.push({ benchmark, all, asked: limitedTo(all, selection.limit, seed) });
  }
  return placed;
}

/** A quick look is about documents that are there: questions on others come last. A larger limit holds a smaller one. */
function limitedTo(all: readonly EvaluatedQuestion[], limit: number | undefined, seed: number): EvaluatedQuestion[] {
  if (limit === undefined) return [...all];
  const here = limitQuestions(
    all.filter(({ document }) => document !== null),
    limit,
    seed,
  );
  const rest = limitQuestions(
    all.filter(({ document }) => document === null),
    Math.max(0, limit - here.length),
    seed,
  );
  const chosen = new Set([...here, ...rest].map(({ id }) => id));
  return all.filter(({ id }) => chosen.has(id));
}

/** Of the questions that are asked, how many name a document that the corpus has not. */
function absentOf({ benchmark, asked }: AskedBenchmark): number {
  const named = new Set(benchmark.questions.flatMap(({ id, document }) => (document ? [`${benchmark.id}/${id}`] : [])));
  return asked.filter(({ id, document }) => document === null && named.has(id)).length;
}

/** Said before anything is asked: retrieval cannot find what is not there, and a limit takes the other questions first. */
export function absenceAdvice(placed: AskedBenchmark): string | undefined {
  const { benchmark, asked } = placed;
  const absent = absentOf(placed);
  if (absent === 0) return undefined;
  const here = asked.filter(({ document }) => document !== null).length;
  // Questions that name no document come after those of a document too, so that a limit would mix them in.
  const advice = here > 0 && here + absent === asked.length ? ` "--limit ${here}" asks the other ${here} only.` : '';
  return `${absent} of ${asked.length} questions of ${benchmark.id} are about documents that are not in the corpus; they are asked too.${advice}`;
}

/** What a reader of the number has to know about a benchmark whose documents are not all there. */
function absenceNote(placed: AskedBenchmark): string[] {
  const { benchmark, asked } = placed;
  const absent = absentOf(placed);
  if (absent === 0) return [];
  return [`${absent} of ${asked.length} questions of ${benchmark.id} are about documents that are not in the corpus.`];
}

/** Tokens that passages may take beside a question in the smallest known context; undefined where none is known. */
export function roomForPassages(
  models: readonly AnsweringModel[],
  recipe: Recipe,
  counter: TokenCounter,
): ((question: EvaluatedQuestion) => number) | undefined {
  const contexts = models.flatMap(({ contextTokens }) => (contextTokens === undefined ? [] : [contextTokens]));
  if (contexts.length === 0) return undefined;
  const smallest = Math.min(...contexts);
  const output = samplingOf(recipe).max_tokens;
  const template = templateOf(recipe.prompts, recipe.preset);
  return (question) => {
    const choices = question.choices ? lettered(question) : '';
    // A word stands in for the passages: examples may look otherwise where there are any.
    const inputs = { context: question.context ?? '', question: question.question, choices, passages: '…' };
    const words = template.render(inputs).map(({ content }) => content);
    // The chat template adds a few tokens around each message.
    return smallest - output - Math.ceil(counter.count(words.join('\n')) * 1.05) - 8 * words.length - 16;
  };
}

/** A benchmark that names no passage (QuALITY) is asked with the whole document, which is another thing to read. */
function wholeDocumentNote(asked: readonly EvaluatedQuestion[]): string[] {
  const whole = asked.filter(({ evidence = [] }) => evidence.length === 0).length;
  return whole > 0
    ? [`${whole} of ${asked.length} questions have no known passage: the whole document is shown instead.`]
    : [];
}

/** Characters that a gold passage may have where no context is known: about 8,000 tokens. */
const MOST_GOLD_CHARACTERS = 32_000;

/** A benchmark in each of its settings, with what the model may see. */
export async function askedIn(
  placed: AskedBenchmark,
  selection: Selection,
  corpus: OpenedCorpus,
  retrieved: Retrieved | undefined,
  room: ((question: EvaluatedQuestion) => number) | undefined,
): Promise<AskedIn[]> {
  const { benchmark, asked } = placed;
  const absence = absenceNote(placed);
  const result: AskedIn[] = [];
  for (const setting of settingsOf(benchmark, selection.settings)) {
    const passages = new Map<string, string>();
    let questions = asked;
    if (setting === 'rag' && retrieved) {
      for (const question of asked) passages.set(question.id, passagesOf(retrieved.chunks.get(question.id) ?? []));
    }
    if (setting === 'gold') {
      for (const question of asked) {
        const text = question.document === null ? undefined : await corpus.text(question.document);
        // Three characters a token: English has four, tables and names fewer.
        const most = room ? Math.max(0, room(question)) * 3 : MOST_GOLD_CHARACTERS;
        const passage = goldPassage(question, text, most);
        if (passage !== undefined) passages.set(question.id, passage);
      }
      questions = asked.filter(({ id }) => passages.has(id));
    }
    result.push({
      benchmark: benchmark.id,
      split: benchmark.split,
      setting,
      questions,
      passages,
      ...(setting === 'rag' && retrieved ? { retrieval: retrieved.fingerprint } : {}),
      leftOut: asked.length - questions.length,
      notes: [
        ...absence,
        ...(setting === 'rag' && retrieved ? [retrieved.how, ...retrieved.notes] : []),
        ...(setting === 'gold' ? wholeDocumentNote(questions) : []),
      ],
    });
  }
  return result;
}

/** Everything one model is asked, in the order in which it is asked. */
export interface ModelPlan {
  model: AnsweringModel;
  cells: Cell[];
  requests: AnswerRequest[];
}

/**
 * Cells and requests of one model. Answers go round by round (first answers to all questions, then second ones), so that
 * partial results are about all questions and get surer evenly; likelihoods come first, as they are few.
 */
export function planModel(
  model: AnsweringModel,
  settings: readonly AskedIn[],
  recipe: Recipe,
  selection: Pick<Selection, 'generate' | 'likelihood'>,
  board: ScoreBoard,
): ModelPlan {
  const cells: Cell[] = [];
  const scored: AnswerRequest[] = [];
  const first: { cell: Cell; question: EvaluatedQuestion; request: AnswerRequest }[] = [];
  for (const asked of settings) {
    const own = cellsOf(asked, model, recipe, selection);
    cells.push(...own);
    const likelihoods = own.filter(({ scoring }) => scoring !== 'generate');
    const [scoring] = likelihoods;
    for (const question of scoring?.questions ?? []) {
      if (!scoring) continue;
      const requests = scoreRequests(scoring, question, asked.passages.get(question.id) ?? '', recipe);
      scored.push(requests.asked, requests.without);
      board.expectLikelihood(likelihoods, question, requests.asked.id, requests.without.id);
    }
    for (const cell of own.filter(({ scoring }) => scoring === 'generate')) {
      for (const question of cell.questions) {
        const request = answerRequest(cell, question, asked.passages.get(question.id) ?? '', recipe);
        first.push({ cell, question, request });
      }
    }
  }
  const requests = [...scored];
  for (let replica = 0; replica < recipe.samples; replica++) {
    for (const { cell, question, request } of first) {
      const drawn = replica === 0 ? request : request.replica(replica);
      board.expectAnswer(drawn.id, cell, question, replica);
      requests.push(drawn);
    }
  }
  return { model, cells, requests };
}
