import type { SampleFilter } from '../../../src/contract/samplesView.ts';

/** The filter of the list, its parts and what they are called. All functions are pure. */

type ListPart = 'methods' | 'documents' | 'reasons';

/** Without absent and empty parts, so that equal filters compare equal and nothing superfluous travels. */
export function normalFilter(filter: SampleFilter): SampleFilter {
  const normal: SampleFilter = {};
  if (filter.methods?.length) normal.methods = [...filter.methods].sort();
  if (filter.documents?.length) normal.documents = [...filter.documents].sort();
  if (filter.state) normal.state = filter.state;
  if (filter.reasons?.length) normal.reasons = [...filter.reasons].sort();
  if (filter.reviewed !== undefined) normal.reviewed = filter.reviewed;
  if (filter.stale !== undefined) normal.stale = filter.stale;
  const text = filter.text?.trim();
  if (text) normal.text = text;
  if (filter.query) normal.query = filter.query;
  if (filter.request) normal.request = filter.request;
  if (filter.range) normal.range = filter.range;
  return normal;
}

export function sameFilter(a: SampleFilter, b: SampleFilter): boolean {
  return JSON.stringify(normalFilter(a)) === JSON.stringify(normalFilter(b));
}

export function isUnfiltered(filter: SampleFilter): boolean {
  return Object.keys(normalFilter(filter)).length === 0;
}

/** Adds or removes one value of a list part; a passage only makes sense with its one document. */
export function toggled(filter: SampleFilter, part: ListPart, value: string): SampleFilter {
  const before: readonly string[] = filter[part] ?? [];
  const after = before.includes(value) ? before.filter((one) => one !== value) : [...before, value];
  const next = { ...filter, [part]: after };
  return normalFilter(part === 'documents' ? { ...next, range: undefined } : next);
}

/** Sets or clears the state; reasons belong to rejected samples only. */
export function withState(filter: SampleFilter, state: SampleFilter['state']): SampleFilter {
  return normalFilter({ ...filter, state, reasons: state === 'accepted' ? undefined : filter.reasons });
}

export interface FilterPart {
  key: keyof SampleFilter;
  label: string;
  without: SampleFilter;
}

/** What is active, each with the filter that results from removing it. For the chips under the bar. */
export function activeParts(
  filter: SampleFilter,
  names: { method: (id: string) => string; document: (id: string) => string; reason: (id: string) => string },
): FilterPart[] {
  const parts: FilterPart[] = [];
  const add = (key: keyof SampleFilter, label: string, without: SampleFilter) =>
    parts.push({ key, label, without: normalFilter(without) });
  for (const id of filter.methods ?? []) add('methods', names.method(id), toggled(filter, 'methods', id));
  for (const id of filter.documents ?? []) add('documents', names.document(id), toggled(filter, 'documents', id));
  for (const id of filter.reasons ?? []) add('reasons', names.reason(id), toggled(filter, 'reasons', id));
  if (filter.reviewed !== undefined)
    add('reviewed', filter.reviewed ? 'Reviewed' : 'Not reviewed', { ...filter, reviewed: undefined });
  if (filter.stale !== undefined) add('stale', filter.stale ? 'Stale' : 'Not stale', { ...filter, stale: undefined });
  if (filter.range) add('range', 'Selected passage', { ...filter, range: undefined });
  if (filter.query) add('query', 'Rewrites of one question', { ...filter, query: undefined });
  if (filter.request) add('request', 'One request', { ...filter, request: undefined });
  return parts;
}
