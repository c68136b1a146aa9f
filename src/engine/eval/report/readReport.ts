import { basename } from 'node:path';
import type { ResultsSummary } from '../../../contract/results.ts';
import { hasEnded, jobStatus, listRunDirectories, stateHere } from '../../jobs/index.ts';
import type { ProjectPaths } from '../../project/index.ts';
import { HarnessBook } from '../general/harnessResults.ts';
import { ImportedLogs, importedCells } from '../imported/index.ts';
import { type JudgeValidation, judgeStands, listValidations } from '../judge/validations.ts';
import { validationSentences } from '../judge/validationText.ts';
import { resultCell } from './cellReports.ts';
import { type Book, type BookCell, EvaluationBook } from './evaluationBook.ts';
import { fourCells } from './fourCells.ts';
import { reportedModels } from './modelNames.ts';
import { scalingViews } from './scalingViews.ts';
import { trainedModels } from './trainedModels.ts';
import { warningsOf } from './warnings.ts';

/**
 * The report of a project, kept and followed: read once, then only what was appended; computed again only when something
 * changed. `sourceTokens` gives the tokens of the documents, null while nobody has counted them.
 */
export class Report {
  readonly #book: EvaluationBook;
  readonly #imported: ImportedLogs;
  readonly #harness: HarnessBook;
  #kept: { key: string; summary: ResultsSummary } | undefined;

  constructor(
    private readonly paths: ProjectPaths,
    private readonly sourceTokens: () => Promise<number | null>,
  ) {
    this.#book = new EvaluationBook(paths.runs);
    this.#harness = new HarnessBook(paths.runs);
    this.#imported = new ImportedLogs(paths.evaluation.imported);
  }

  /** All answers as the files say now. */
  book(): Promise<Book> {
    return this.#book.refresh();
  }

  async summary(): Promise<ResultsSummary> {
    const book = await this.#book.refresh();
    const imported = await this.#imported.refresh();
    const harness = await this.#harness.refresh();
    const live = await runningEvaluations(this.paths.runs);
    const trained = await trainedModels(this.paths);
    const tokens = await this.sourceTokens();
    const validations = await listValidations(this.paths);
    const key = JSON.stringify([
      book.revision,
      [...live].sort(),
      [...trained],
      tokens,
      validations,
      imported.stamp,
      harness.stamp,
    ]);
    if (this.#kept?.key === key) return this.#kept.summary;
    const judges = new Map(validations.map((validation) => [validation.judge, validation]));
    const guarded = harness.rows.flatMap(({ model, base }) => [...(base ? ['base'] : []), ...(model ? [model] : [])]);
    const models = reportedModels(book.cells, guarded, trained);
    const names = new Map(models.map(({ model, name }) => [model, name]));
    const cells = book.cells
      .map((cell) => resultCell({ ...cell, judge: judgeNow(cell.judge, judges) }, book, live, names))
      .filter((cell) => cell !== undefined)
      .toSorted((a, b) => orderOf(a).localeCompare(orderOf(b)));
    const { fours, comparisons } = fourCells(book, names);
    const scaling = scalingViews(book, trained, new Map(cells.map((cell) => [cell.id, cell])), tokens);
    const summary: ResultsSummary = {
      // Counts what the page was told, as a run that ends changes a summary without changing an answer.
      revision: (this.#kept?.summary.revision ?? 0) + 1,
      cells,
      models,
      fours,
      comparisons,
      scaling,
      harness: [...harness.rows],
      imported: imported.files.flatMap(importedCells),
      warnings: warningsOf(cells, comparisons, scaling, [...book.problems, ...harness.problems, ...imported.problems]),
      judges: validations.map((validation) => validationSentences(validation).join(' ')),
      questions: new Set(book.cells.flatMap(({ scores }) => [...scores.keys()])).size,
      answers: cells.reduce((sum, { questions, n }) => sum + Math.round(questions * n), 0),
    };
    this.#kept = { key, summary };
    return summary;
  }
}

const ROWS = { closed_book: '0', rag: '1', gold: '2' } as const;

/** Benchmark, then base before trained, then closed-book, RAG, gold. */
function orderOf({ benchmark, split, scoring, model, setting, updated }: ResultsSummary['cells'][number]): string {
  return [benchmark, split, scoring, model === 'base' ? '0' : `1${model}`, ROWS[setting], updated].join('\u0000');
}

/** A judge that was validated after its run counts from then on, and one that failed no longer. */
function judgeNow(judge: BookCell['judge'], validations: ReadonlyMap<string, JudgeValidation>): BookCell['judge'] {
  const validation = judge?.id === undefined ? undefined : validations.get(judge.id);
  if (!judge || validation?.least_kappa === undefined) return judge;
  const { validated, kappa } = judgeStands(validation, validation.least_kappa);
  const { kappa: _before, ...rest } = judge;
  return { ...rest, validated, ...(kappa === undefined ? {} : { kappa }) };
}

/** By what is true, not by the last state that was written: a killed evaluation is not running. */
async function runningEvaluations(runs: string): Promise<ReadonlySet<string>> {
  const live = new Set<string>();
  for (const dir of await listRunDirectories(runs)) {
    const status = await jobStatus(dir, { state: stateHere });
    if (status?.kind === 'evaluate' && !hasEnded(status)) live.add(basename(dir));
  }
  return live;
}

/** The report once, for the terminal. */
export function readReport(paths: ProjectPaths, sourceTokens: number | null): Promise<ResultsSummary> {
  return new Report(paths, async () => sourceTokens).summary();
}
