import type { CellKey } from '../../../contract/evaluation.ts';
import type { Comparison, ComparisonAbout, FourCells } from '../../../contract/results.ts';
import type { ModelNames } from './cellReports.ts';
import { compareCells } from './comparisons.ts';
import type { Book, BookCell } from './evaluationBook.ts';

/** Bundled general-ability panel: a guard rail beside the gain, never a result of its own (recipe §4.7). */
export const GENERAL = 'general';

const groupOf = ({ benchmark, split, scoring }: CellKey): string => `${benchmark}\u0000${split}\u0000${scoring}`;

/**
 * Base and trained, closed-book and with retrieval, per benchmark, split and scoring: one table for each trained model,
 * one for the base alone where nothing is trained, and one for each model of an endpoint. Where a cell was answered by several engines or recipes, the base's
 * cells are those that the trained model's can be compared with, else the newest: then the comparison says why not.
 */
export function fourCells(book: Book, names: ModelNames): { fours: FourCells[]; comparisons: Comparison[] } {
  const comparisons = new Map<string, Comparison>();
  const compare = (first: BookCell | undefined, second: BookCell | undefined, about: ComparisonAbout): string[] => {
    if (!first || !second) return [];
    const made = compareCells(first, second, about, book, names);
    comparisons.set(made.id, made);
    return [made.id];
  };
  const answered = book.cells.filter(({ scores }) => scores.size > 0);
  const groups = new Map<string, BookCell[]>();
  for (const cell of answered) {
    if (cell.key.benchmark === GENERAL) continue;
    const group = groupOf(cell.key);
    groups.set(group, [...(groups.get(group) ?? []), cell]);
  }
  const fours: FourCells[] = [];
  for (const cells of groups.values()) {
    const [{ key }] = [cells[0] ?? { key: undefined }];
    if (!key) continue;
    for (const { base: reference, model } of tablesOf(cells)) {
      const own = model === null ? [] : cells.filter((cell) => cell.key.model === model);
      const base = cells.filter((cell) => cell.key.model === reference);
      const trainedClosed = newest(own, 'closed_book');
      const trainedRag = newest(own, 'rag', trainedClosed);
      const baseClosed = newest(base, 'closed_book', trainedClosed ?? trainedRag);
      const baseRag = newest(base, 'rag', trainedRag ?? trainedClosed ?? baseClosed);
      fours.push({
        benchmark: key.benchmark,
        split: key.split,
        scoring: key.scoring,
        base: reference,
        model,
        base_closed_book: baseClosed?.id ?? null,
        base_rag: baseRag?.id ?? null,
        trained_closed_book: trainedClosed?.id ?? null,
        trained_rag: trainedRag?.id ?? null,
        comparisons: [
          ...compare(baseRag, trainedClosed, 'beats_rag'),
          ...compare(baseClosed, trainedClosed, 'gain'),
          ...compare(baseRag, trainedRag, 'with_rag'),
          ...compare(baseClosed, baseRag, 'rag'),
        ],
        general: model === null ? [] : guardRail(answered, model, trainedClosed ?? trainedRag, compare),
      });
    }
  }
  return { fours, comparisons: [...comparisons.values()] };
}

/** One table for each trained model against `base`; models of endpoints stand alone, as does a base without a trained one. */
function tablesOf(cells: readonly BookCell[]): { base: string; model: string | null }[] {
  const models = [...new Set(cells.map(({ key }) => key.model))].sort();
  const trained = models.filter((model) => model !== 'base' && !isEndpoint(model));
  const alone = models.filter((model) => isEndpoint(model) || (model === 'base' && trained.length === 0));
  return [...trained.map((model) => ({ base: 'base', model })), ...alone.map((base) => ({ base, model: null }))];
}

const isEndpoint = (model: string): boolean => model.startsWith('endpoint:');

function guardRail(
  cells: readonly BookCell[],
  model: string,
  like: BookCell | undefined,
  compare: (first: BookCell | undefined, second: BookCell | undefined, about: ComparisonAbout) => string[],
): string[] {
  const general = cells.filter(({ key }) => key.benchmark === GENERAL && key.scoring === like?.key.scoring);
  const after = newest(
    general.filter(({ key }) => key.model === model),
    'closed_book',
    like,
  );
  return compare(
    newest(
      general.filter(({ key }) => key.model === 'base'),
      'closed_book',
      after,
    ),
    after,
    'general',
  );
}

/** The cell of this setting that shares most with `like`, then the newest. */
function newest(cells: readonly BookCell[], setting: CellKey['setting'], like?: BookCell): BookCell | undefined {
  const fits = ({ key }: BookCell) =>
    like === undefined
      ? 0
      : [
          key.engine === like.key.engine,
          key.dtype === like.key.dtype,
          key.recipe === like.key.recipe,
          key.retrieval === like.key.retrieval,
        ].filter(Boolean).length;
  return cells
    .filter(({ key }) => key.setting === setting)
    .toSorted((first, second) => fits(second) - fits(first) || second.updated - first.updated)[0];
}
