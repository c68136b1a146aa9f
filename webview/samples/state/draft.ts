import type { Sample } from '../../../src/contract/sample.ts';
import type { EditedFields } from './uiState.ts';

export type FieldName = keyof EditedFields;

const fields: readonly { name: FieldName; label: string; kind: Sample['kind'] }[] = [
  { name: 'question', label: 'Question', kind: 'qa' },
  { name: 'explanation', label: 'Explanation', kind: 'qa' },
  { name: 'answer', label: 'Answer', kind: 'qa' },
  { name: 'text', label: 'Text', kind: 'document' },
];

/** The parts of a sample that a person can change. A malformed one may have any of them. */
export function fieldsOf(sample: Sample): { name: FieldName; label: string; value: string }[] {
  return fields
    .filter(({ name, kind }) => kind === sample.kind || sample[name] !== undefined)
    .map(({ name, label }) => ({ name, label, value: sample[name] ?? '' }));
}

/** Of what was typed, only what differs from the sample. */
export function changedFields(sample: Sample, typed: EditedFields): EditedFields {
  const changed: EditedFields = {};
  for (const { name, value } of fieldsOf(sample)) {
    const now = typed[name];
    if (now !== undefined && now !== value) changed[name] = now;
  }
  return changed;
}
