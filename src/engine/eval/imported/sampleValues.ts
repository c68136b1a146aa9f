import type { ImportedFigure } from '../../../contract/imported.ts';

/** One question of a log's samples: its value, and what its record says of it. */
export interface SampledQuestion {
  readonly value: number;
  readonly about: Readonly<Record<string, unknown>>;
}

/** Fields that name the document of a question, in the order in which they are looked for. */
const DOCUMENT_FIELDS = [
  ...['document', 'document_id', 'article_id', 'passage_id', 'doc_name', 'set_unique_id', 'patient_id', 'title'],
  ...['article', 'passage', 'context'],
];

/** Rounding of a mean that was written with all its digits. */
const SAME = 1e-6;

type FromSamples = Pick<ImportedFigure, 'values' | 'clusters' | 'cluster_field' | 'notes'>;

/**
 * What the samples of a figure give its interval: a value per question and, where every question names one, its document.
 * Samples whose mean is not the figure are of something else (weighted, filtered, another reducer) and are not used.
 */
export function fromSamples(sampled: readonly SampledQuestion[], accuracy: number): FromSamples {
  const none: FromSamples = { values: null, clusters: null, cluster_field: null, notes: [] };
  if (sampled.length === 0) return none;
  const values = sampled.map(({ value }) => value);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (Math.abs(mean - accuracy) > SAME) {
    const said = `Its samples average ${mean.toFixed(4)}, the log says ${accuracy.toFixed(4)}: the samples are not used.`;
    return { ...none, notes: [said] };
  }
  const field = DOCUMENT_FIELDS.find((name) => namesDocuments(sampled, name));
  if (field === undefined) return { ...none, values };
  const numbers = new Map<unknown, number>();
  const clusters = sampled.map(({ about }) => {
    const number = numbers.get(about[field]) ?? numbers.size;
    numbers.set(about[field], number);
    return number;
  });
  return { values, clusters, cluster_field: field, notes: [] };
}

/** Every question has it, and some share it: a field that differs for each question is no document. */
function namesDocuments(sampled: readonly SampledQuestion[], field: string): boolean {
  const names = new Set<unknown>();
  for (const { about } of sampled) {
    const name = Object.hasOwn(about, field) ? about[field] : undefined;
    if ((typeof name !== 'string' && typeof name !== 'number') || name === '') return false;
    names.add(name);
  }
  return names.size > 1 && names.size < sampled.length;
}
