import { join } from 'node:path';
import { CellLine, EVALUATION_VERSION, EvaluatedQuestion, ScoreLine } from '../../../contract/evaluation.ts';
import { EvaluationFile, type PlacedLine } from './evaluationFile.ts';

/** Answers of one question in one cell, small: the whole line is read again when a person opens it. */
export interface Score {
  /** 1 right, 0 wrong, in order of the answers. */
  readonly correct: Uint8Array;
  /** Answers that could be parsed. */
  readonly parsed: number;
  /** Where its line stands. */
  readonly place: { readonly path: string; readonly offset: number; readonly length: number };
}

/** `out/eval` of one run directory, followed while it is written. */
export class EvaluatedRun {
  readonly #questionsFile: EvaluationFile;
  readonly #cellsFile: EvaluationFile;
  readonly #scoresFile: EvaluationFile;
  readonly questions = new Map<string, EvaluatedQuestion>();
  readonly cells = new Map<string, CellLine>();
  /** By the run's own cell id, then by question. A later line of the same question wins. */
  readonly scores = new Map<string, Map<string, Score>>();
  problems: string[] = [];

  constructor(
    readonly run: string,
    dir: string,
  ) {
    const folder = join(dir, 'out', 'eval');
    this.#questionsFile = new EvaluationFile(join(folder, 'questions.jsonl'));
    this.#cellsFile = new EvaluationFile(join(folder, 'cells.jsonl'));
    this.#scoresFile = new EvaluationFile(join(folder, 'scores.jsonl'));
  }

  /** Unix time in seconds of its newest score. */
  get updated(): number {
    return Math.max(this.#scoresFile.changed, this.#cellsFile.changed);
  }

  /** Takes in what was written since; true when something changed. */
  async refresh(): Promise<boolean> {
    const [questions, cells, scores] = [this.#questionsFile, this.#cellsFile, this.#scoresFile];
    const changed = [
      await this.#follow(questions, this.questions, (line) => {
        const parsed = this.#parse(questions, EvaluatedQuestion.safeParse(line.value), line);
        if (parsed) this.questions.set(parsed.id, parsed);
      }),
      await this.#follow(cells, this.cells, (line) => {
        const parsed = this.#parse(cells, CellLine.safeParse(line.value), line);
        if (parsed) this.cells.set(parsed.id, parsed);
      }),
      await this.#follow(scores, this.scores, (line) => {
        const summed = summedOutcomes(line.value);
        if (summed) this.#take(summed, line);
        else this.#parse(scores, ScoreLine.safeParse(line.value), line);
      }),
    ];
    return changed.includes(true);
  }

  #follow(file: EvaluationFile, known: Map<string, unknown>, line: (line: PlacedLine) => void): Promise<boolean> {
    return file.read({ restart: () => known.clear(), line, problem: (text) => this.#problem(text) });
  }

  #take({ cell, question, correct, parsed }: SummedOutcomes, { offset, length }: PlacedLine): void {
    const ofCell = this.scores.get(cell) ?? new Map<string, Score>();
    this.scores.set(cell, ofCell);
    ofCell.set(question, { correct, parsed, place: { path: this.#scoresFile.path, offset, length } });
  }

  #parse<T>(
    file: EvaluationFile,
    parsed:
      | { success: true; data: T }
      | { success: false; error: { issues: { message: string; path: PropertyKey[] }[] } },
    { line, value }: PlacedLine,
  ): T | undefined {
    if (parsed.success) return parsed.data;
    const version = typeof value === 'object' && value !== null && 'v' in value ? value.v : undefined;
    const [issue] = parsed.error.issues;
    this.#problem(
      typeof version === 'number' && version > EVALUATION_VERSION
        ? `${file.path}, line ${line}: version ${version} is newer than this program (${EVALUATION_VERSION}); update it`
        : `${file.path}, line ${line}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'not understood'}`,
    );
    return undefined;
  }

  #problem(problem: string): void {
    if (this.problems.length < 20) this.problems = [...this.problems, problem];
  }
}

interface SummedOutcomes {
  readonly cell: string;
  readonly question: string;
  readonly correct: Uint8Array;
  readonly parsed: number;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/**
 * What a figure needs of a score line, checked by hand: zod's whole check of 160,000 answers takes longer than a panel
 * may take to open. The rest of the line is checked when a person opens it. Undefined: it is no score line.
 */
function summedOutcomes(value: unknown): SummedOutcomes | undefined {
  if (!isRecord(value) || value.v !== EVALUATION_VERSION) return undefined;
  const { cell, question, outcomes } = value;
  if (typeof cell !== 'string' || typeof question !== 'string' || !Array.isArray(outcomes)) return undefined;
  const correct = new Uint8Array(outcomes.length);
  let parsed = 0;
  for (let answer = 0; answer < outcomes.length; answer++) {
    const outcome: unknown = outcomes[answer];
    if (!isRecord(outcome) || typeof outcome.request !== 'string' || typeof outcome.parsed !== 'boolean')
      return undefined;
    if (outcome.correct !== 0 && outcome.correct !== 1) return undefined;
    correct[answer] = outcome.correct;
    if (outcome.parsed) parsed += 1;
  }
  return { cell, question, correct, parsed };
}
