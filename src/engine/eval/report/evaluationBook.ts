import { basename } from 'node:path';
import type { CellKey, CellLine, EvaluatedQuestion } from '../../../contract/evaluation.ts';
import { contentHash } from '../../contentHash.ts';
import { listRunDirectories } from '../../jobs/index.ts';
import { canonical } from '../../llm/index.ts';
import { EvaluatedRun, type Score } from './evaluatedRun.ts';

/** A cell over all runs. The newest run's answer to a question wins. */
export interface BookCell {
  /** Hash of the key: the same over runs. */
  readonly id: string;
  readonly key: CellKey;
  readonly toy: boolean;
  /** Models that it was as `base`, as its runs say. */
  readonly weights: readonly string[];
  readonly judge: CellLine['judge'];
  readonly left_out: number | undefined;
  /** How it was asked, as the newest run says. */
  readonly notes: readonly string[];
  /** Unix time in seconds of the newest run that took part. */
  readonly updated: number;
  /** Newest first. */
  readonly runs: readonly string[];
  /** By question id; only questions that are known. */
  readonly scores: ReadonlyMap<string, Score>;
}

export interface Book {
  /** Raised whenever anything changed. */
  readonly revision: number;
  readonly questions: ReadonlyMap<string, EvaluatedQuestion>;
  readonly cells: readonly BookCell[];
  readonly problems: readonly string[];
}

/** Identity of a cell over runs. */
export function cellId(key: CellKey): string {
  return contentHash(canonical(key)).slice(0, 16);
}

/** All evaluations of a project, read once and followed: only what was appended is read again. */
export class EvaluationBook {
  readonly #runs = new Map<string, EvaluatedRun>();
  #book: Book = { revision: 0, questions: new Map(), cells: [], problems: [] };
  #refreshing: Promise<Book> | undefined;

  constructor(private readonly runsFolder: string) {}

  /** The book as the files say now. */
  refresh(): Promise<Book> {
    this.#refreshing ??= this.#read().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #read(): Promise<Book> {
    const directories = await listRunDirectories(this.runsFolder);
    const present = new Set(directories.map((dir) => basename(dir)));
    let changed = this.#book.revision === 0;
    for (const run of [...this.#runs.keys()]) if (!present.has(run)) changed = this.#runs.delete(run) || changed;
    for (const dir of directories) {
      const run = basename(dir);
      const known = this.#runs.get(run) ?? new EvaluatedRun(run, dir);
      this.#runs.set(run, known);
      changed = (await known.refresh()) || changed;
    }
    if (changed) this.#book = merge([...this.#runs.values()], this.#book.revision + 1);
    return this.#book;
  }
}

interface Merged {
  line: CellLine;
  toy: boolean;
  weights: string[];
  updated: number;
  runs: string[];
  scores: Map<string, Score>;
}

/** Run ids sort by start, so the newest comes last and its answers replace older ones. */
function merge(runs: readonly EvaluatedRun[], revision: number): Book {
  const questions = new Map<string, EvaluatedQuestion>();
  const cells = new Map<string, Merged>();
  const ordered = runs.toSorted((first, second) => (first.run < second.run ? -1 : 1));
  for (const run of ordered) {
    for (const question of run.questions.values()) questions.set(question.id, question);
    for (const line of run.cells.values()) {
      const scores = run.scores.get(line.id);
      const id = cellId(line.key);
      const known: Merged = cells.get(id) ?? { line, toy: false, weights: [], updated: 0, runs: [], scores: new Map() };
      cells.set(id, known);
      known.line = line;
      known.toy ||= line.toy ?? false;
      if (line.weights !== undefined && !known.weights.includes(line.weights)) known.weights.push(line.weights);
      known.updated = Math.max(known.updated, run.updated);
      known.runs.unshift(run.run);
      for (const [question, score] of scores ?? []) if (score.correct.length > 0) known.scores.set(question, score);
    }
  }
  return {
    revision,
    questions,
    cells: [...cells].map(([id, { line, scores, ...rest }]) => {
      // A score without its question cannot be clustered or shown; the run's own problem list says why it is missing.
      for (const question of scores.keys()) if (!questions.has(question)) scores.delete(question);
      const { key, judge, left_out, notes = [] } = line;
      return { id, key, judge, left_out, notes, scores, ...rest };
    }),
    problems: ordered.flatMap(({ problems }) => problems),
  };
}
