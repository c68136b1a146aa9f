import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CellLine, EvaluatedQuestion, ScoreLine } from '../../../contract/evaluation.ts';

export interface WrittenFile {
  kind: string;
  /** Relative to the run directory. */
  path: string;
  sha256: string;
  bytes: number;
  rows: number;
}

/**
 * `out/eval` of an evaluating run: questions and cells at the start, a score line whenever a question has all its
 * answers in a cell, and at the end every score once, in order. Files are replaced whole and appended by whole lines, so
 * that who reads a running job never sees half of one.
 */
export class EvaluationFiles {
  readonly #folder: string;
  #buffered: string[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(dir: string): Promise<EvaluationFiles> {
    const folder = join(dir, 'out', 'eval');
    await mkdir(folder, { recursive: true });
    return new EvaluationFiles(folder);
  }

  async begin(
    questions: readonly EvaluatedQuestion[],
    cells: readonly CellLine[],
    scores: Iterable<ScoreLine>,
  ): Promise<void> {
    // Scores name cells, cells name questions: what is named is there first.
    await this.#replace('questions.jsonl', questions);
    await this.#replace('cells.jsonl', cells);
    await this.#replace('scores.jsonl', scores);
    this.#buffered = [];
  }

  add(line: ScoreLine): void {
    this.#buffered.push(`${JSON.stringify(line)}\n`);
  }

  /** Appends what was added since, in one write. */
  flush(): void {
    if (this.#buffered.length === 0) return;
    appendFileSync(join(this.#folder, 'scores.jsonl'), this.#buffered.join(''), { mode: 0o600 });
    this.#buffered = [];
  }

  /** The final state, and what stands in the files for the run's artifact events. */
  async finish(cells: readonly CellLine[], scores: Iterable<ScoreLine>): Promise<WrittenFile[]> {
    this.#buffered = [];
    await this.#replace('cells.jsonl', cells);
    await this.#replace('scores.jsonl', scores);
    const written: WrittenFile[] = [];
    for (const [kind, name] of [
      ['evaluation_questions', 'questions.jsonl'],
      ['evaluation_cells', 'cells.jsonl'],
      ['evaluation_scores', 'scores.jsonl'],
    ] as const) {
      const bytes = await readFile(join(this.#folder, name));
      written.push({
        kind,
        path: `out/eval/${name}`,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        bytes: bytes.length,
        rows: bytes.toString('latin1').split('\n').length - 1,
      });
    }
    return written;
  }

  async #replace(name: string, lines: Iterable<unknown>): Promise<void> {
    const file = join(this.#folder, name);
    const text = Array.from(lines, (line) => `${JSON.stringify(line)}\n`).join('');
    await writeFile(`${file}.tmp`, text, { mode: 0o600 });
    await rename(`${file}.tmp`, file);
  }
}
