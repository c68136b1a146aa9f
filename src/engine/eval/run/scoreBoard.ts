import type { CompletionLine } from '../../../contract/completion.ts';
import { EVALUATION_VERSION, type EvaluatedQuestion, type ScoreLine } from '../../../contract/evaluation.ts';
import { shownChoices } from '../answer/questionText.ts';
import { answerContent } from '../score/answerContent.ts';
import { extractChoice, extractShortAnswer } from '../score/extraction.ts';
import { preferredChoice, ScoredChoices } from '../score/likelihood.ts';
import { matchesShortAnswer, saysShortAnswer } from '../score/shortAnswer.ts';
import { type Cell, isLikelihood } from './cells.ts';

type Outcome = ScoreLine['outcomes'][number];

/** A free-form answer that only a judge can decide on. */
export interface Judgeable {
  cell: Cell;
  question: EvaluatedQuestion;
  replica: number;
  answer: string;
}

type Slot =
  | { kind: 'answer'; cell: Cell; question: EvaluatedQuestion; replica: number }
  | { kind: 'likelihood'; cells: readonly Cell[]; question: EvaluatedQuestion; asked: string; without: string };

const LONGEST_SHOWN = 200;
/** Characters of an answer that a judge is shown. */
const LONGEST_JUDGED = 6000;

/**
 * Scores of a run as a pure function of answers: takes completions in any order, knows which question in which cell each
 * of them belongs to, and hands out a question's line once all its answers are there.
 */
export class ScoreBoard {
  readonly #slots = new Map<string, Slot[]>();
  /** Outcomes by cell and question, in order of the replicas. */
  readonly #outcomes = new Map<Cell, Map<string, (Outcome | undefined)[]>>();
  readonly #scored = new Map<string, ScoredChoices>();
  readonly #taken = new Set<string>();
  readonly #judgeable: Judgeable[] = [];
  readonly #chunks = new Map<string, string[]>();
  readonly #judged: boolean;
  /** Requests that ended without an answer: they count as unparsed, and a person is told. */
  failed = 0;
  firstFailure: string | undefined;
  /** A question has all its answers in this cell. */
  onComplete: ((cell: Cell, line: ScoreLine) => void) | undefined;

  /** @param judged free-form answers that do not match word for word wait for a verdict */
  constructor(judged: boolean) {
    this.#judged = judged;
  }

  expectAnswer(request: string, cell: Cell, question: EvaluatedQuestion, replica: number): void {
    this.#row(cell, question, cell.samples);
    this.#push(request, { kind: 'answer', cell, question, replica });
  }

  expectLikelihood(cells: readonly Cell[], question: EvaluatedQuestion, asked: string, without: string): void {
    for (const cell of cells) this.#row(cell, question, 1);
    for (const request of new Set([asked, without]))
      this.#push(request, { kind: 'likelihood', cells, question, asked, without });
  }

  /** Chunks in the prompt of a question, best last. */
  setChunks(question: string, chunks: string[]): void {
    this.#chunks.set(question, chunks);
  }

  /** An answer or a terminal failure. A request that was taken before is left alone. */
  take(request: string, line: CompletionLine): void {
    const slots = this.#slots.get(request);
    if (!slots || this.#taken.has(request)) return;
    this.#taken.add(request);
    if (line.error) {
      this.failed += 1;
      this.firstFailure ??= `${line.error.code}: ${line.error.message}`;
    }
    for (const slot of slots) {
      if (slot.kind === 'answer') this.#takeAnswer(slot, request, line);
      else this.#takeLikelihood(slot, request, line);
    }
  }

  /** Free-form answers that wait for a verdict. */
  get judgeable(): readonly Judgeable[] {
    return this.#judgeable;
  }

  /** A verdict; undefined where the judge gave none: wrong and not parsed, as an answer that cannot be read. */
  judge({ cell, question, replica }: Judgeable, request: string, verdict: boolean | undefined): void {
    const row = this.#row(cell, question, cell.samples);
    const before = row[replica];
    if (!before) return;
    row[replica] = { ...before, judge: request, correct: verdict === true ? 1 : 0, parsed: verdict !== undefined };
  }

  /** Lines of all questions that have at least one outcome, cell by cell in the questions' order. */
  *lines(cells: readonly Cell[]): Generator<ScoreLine> {
    for (const cell of cells) {
      for (const question of cell.questions) {
        const line = this.#line(cell, question.id);
        if (line.outcomes.length > 0) yield line;
      }
    }
  }

  /** Per question of a cell with at least one outcome: the share of right answers, its cluster, and what was parsed. */
  tally(cell: Cell): { right: number[]; clusters: string[]; answers: number; correct: number; parsed: number } {
    const tally = { right: [] as number[], clusters: [] as string[], answers: 0, correct: 0, parsed: 0 };
    for (const question of cell.questions) {
      const { outcomes } = this.#line(cell, question.id);
      if (outcomes.length === 0) continue;
      const correct = outcomes.filter((outcome) => outcome.correct === 1).length;
      tally.right.push(correct / outcomes.length);
      tally.clusters.push(question.cluster);
      tally.answers += outcomes.length;
      tally.correct += correct;
      tally.parsed += outcomes.filter((outcome) => outcome.parsed).length;
    }
    return tally;
  }

  #takeAnswer(slot: Extract<Slot, { kind: 'answer' }>, request: string, line: CompletionLine): void {
    const { cell, question, replica } = slot;
    const { outcome, undecided } = scoreAnswer(cell, question, request, line, this.#judged);
    this.#row(cell, question, cell.samples)[replica] = outcome;
    if (undecided !== undefined) this.#judgeable.push({ cell, question, replica, answer: undecided });
    this.#complete(cell, question);
  }

  #takeLikelihood(slot: Extract<Slot, { kind: 'likelihood' }>, request: string, line: CompletionLine): void {
    const scored = line.error ? undefined : ScoredChoices.safeParse(line.response?.body);
    if (scored?.success) this.#scored.set(request, scored.data);
    for (const cell of slot.cells) {
      if (!isLikelihood(cell.scoring)) continue;
      const needed =
        cell.scoring === 'likelihood_corrected'
          ? [slot.asked, slot.without]
          : cell.scoring === 'likelihood_no_question'
            ? [slot.without]
            : [slot.asked];
      if (!needed.includes(request) || !needed.every((id) => this.#taken.has(id))) continue;
      const choice = preferredChoice(cell.scoring, this.#scored.get(slot.asked), this.#scored.get(slot.without));
      const answer = choice === undefined ? undefined : slot.question.choices?.[choice];
      this.#row(cell, slot.question, 1)[0] = {
        request: needed[0] ?? request,
        correct: choice !== undefined && choice === slot.question.gold_choice ? 1 : 0,
        parsed: choice !== undefined,
        ...(choice === undefined ? {} : { choice }),
        ...(answer === undefined ? {} : { answer: answer.slice(0, LONGEST_SHOWN) }),
      };
      this.#complete(cell, slot.question);
    }
  }

  #complete(cell: Cell, question: EvaluatedQuestion): void {
    const line = this.#line(cell, question.id);
    if (line.outcomes.length === cell.samples) this.onComplete?.(cell, line);
  }

  #line(cell: Cell, question: string): ScoreLine {
    const row = this.#outcomes.get(cell)?.get(question) ?? [];
    const chunks = cell.setting === 'rag' && isPrompted(cell) ? this.#chunks.get(question) : undefined;
    return {
      v: EVALUATION_VERSION,
      cell: cell.id,
      question,
      outcomes: row.filter((outcome) => outcome !== undefined),
      ...(chunks === undefined ? {} : { chunks }),
    };
  }

  #row(cell: Cell, question: EvaluatedQuestion, samples: number): (Outcome | undefined)[] {
    const rows = this.#outcomes.get(cell) ?? new Map<string, (Outcome | undefined)[]>();
    this.#outcomes.set(cell, rows);
    const row = rows.get(question.id) ?? new Array<Outcome | undefined>(samples).fill(undefined);
    rows.set(question.id, row);
    return row;
  }

  #push(request: string, slot: Slot): void {
    const slots = this.#slots.get(request);
    if (slots) slots.push(slot);
    else this.#slots.set(request, [slot]);
  }
}

const isPrompted = (cell: Cell): boolean => cell.scoring !== 'likelihood_no_question';

/** One written answer; `undecided` is the answer that a judge has to decide on (it counts as wrong until then). */
export function scoreAnswer(
  cell: Pick<Cell, 'open' | 'match'>,
  question: EvaluatedQuestion,
  request: string,
  line: CompletionLine,
  judged: boolean,
): { outcome: Outcome; undecided?: string } {
  const content = answerContent(line);
  const wrong: Outcome = { request, correct: 0, parsed: false };
  if (content.kind === 'failed') return { outcome: wrong };
  if (question.choices && !cell.open) {
    const found = extractChoice(content.content, shownChoices(question));
    if (!found.parsed) return { outcome: wrong };
    const choice = question.shown?.[found.choice] ?? found.choice;
    const correct = choice === question.gold_choice ? 1 : 0;
    return { outcome: { request, correct, parsed: true, choice, answer: found.answer.slice(0, LONGEST_SHOWN) } };
  }
  const found = extractShortAnswer(content.content);
  if (!found.parsed) return { outcome: wrong };
  const decides = judged && !question.choices;
  const others = question.choices?.filter((_, index) => index !== question.gold_choice);
  // Where a judge decides, only what equals the gold goes past it.
  const matches =
    cell.match === 'says' && !decides
      ? saysShortAnswer(found.answer, question.gold, question.accept, others)
      : matchesShortAnswer(found.answer, question.gold, question.accept);
  const outcome: Outcome = {
    request,
    correct: matches ? 1 : 0,
    parsed: true,
    answer: found.answer.slice(0, LONGEST_SHOWN),
  };
  // What is equal by words, unit, scale and rounding is right by the judge's own rules; the rest it decides on.
  return matches || !judged || question.choices
    ? { outcome }
    : { outcome, undecided: content.content.trim().slice(0, LONGEST_JUDGED) };
}
