import { modelLabel } from '../../../../contract/reportNames.ts';
import type { FourCells, ResultCell, ResultsSummary } from '../../../../contract/results.ts';

const SETTINGS = { closed_book: 'closed-book', rag: '+ RAG', gold: '+ gold passage' } as const;

export const cellLabel = (summary: ResultsSummary, { model, setting }: Pick<ResultCell, 'model' | 'setting'>): string =>
  `${modelLabel(summary, model)} ${SETTINGS[setting]}`;

/** `likelihood sum`, `written answers`. */
export const splitLabel = (split: string): string => (split === 'all' ? '' : `, ${split} split`);

/** The cells of a table, in its order, those that there are. */
export function cellsOf(summary: ResultsSummary, four: FourCells): ResultCell[] {
  const ids = [four.base_closed_book, four.base_rag, four.trained_closed_book, four.trained_rag];
  return ids.flatMap((id) => summary.cells.find((cell) => cell.id === id) ?? []);
}

/** The tables of four cells, within a benchmark the model with most tokens first. */
export function bySize(summary: ResultsSummary): FourCells[] {
  const size = ({ model }: FourCells) =>
    Math.max(
      0,
      ...summary.scaling.flatMap(({ points }) =>
        points.filter((one) => one.model === model).map(({ tokens }) => tokens),
      ),
    );
  const group = ({ benchmark, split, scoring }: FourCells) => [benchmark, split, scoring].join('\u0000');
  return summary.fours.toSorted((one, other) => group(one).localeCompare(group(other)) || size(other) - size(one));
}

/** Of each benchmark, split and scoring the first of these: what the rest of the page goes into. */
export function headlines(summary: ResultsSummary): FourCells[] {
  const first = new Map<string, FourCells>();
  for (const four of bySize(summary)) {
    const key = [four.benchmark, four.split, four.scoring].join('\u0000');
    if (!first.has(key)) first.set(key, four);
  }
  return [...first.values()];
}
