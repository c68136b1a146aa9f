import type { ImportedCell } from '../../../contract/imported.ts';
import { percent, range } from './wording.ts';

/** Stands over every table of imported figures. */
export const IMPORTED =
  'Imported: measured by another program. Its prompt, engine and questions are not known here, so these figures are compared with nothing.';

export const IMPORTED_COLUMNS = ['imported from', 'task', 'metric', 'model', 'n', 'figure', '95 %', 'interval over'];

/** An imported figure as a row of words, in the order of `IMPORTED_COLUMNS`. */
export function importedRow({
  tool,
  file,
  task,
  metric,
  model,
  questions,
  n,
  accuracy,
  ci95,
  ci95_basis,
  not_enough,
}: ImportedCell): string[] {
  const basis = { documents: 'documents', questions: 'questions', stderr: 'its standard error' } as const;
  return [
    `${tool}: ${file}`,
    task,
    metric,
    model,
    questions === null ? 'not said' : `${questions} × ${Number(n.toFixed(1))}`,
    percent(accuracy),
    ci95 ? range(ci95) : `not enough: ${not_enough ?? ''}`,
    ci95_basis === null ? '–' : basis[ci95_basis],
  ];
}
