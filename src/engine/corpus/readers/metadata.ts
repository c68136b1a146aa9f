/**
 * Keys of a record that describe a document. A closed list: a data set row may also hold questions and answers,
 * and those must never reach a prompt by way of the metadata.
 */
const KNOWN = new Set([
  'title',
  'author',
  'authors',
  'creator',
  'date',
  'year',
  'published',
  'publisher',
  'company',
  'source',
  'topic',
  'category',
  'section',
  'language',
  'license',
  'url',
  'doc_name',
  'doc_type',
  'doc_period',
  'gics_sector',
]);
const LONGEST = 300;

/** The describing keys of `record` as short one-line texts; empty and structured values are left out. */
export function describingMetadata(record: Readonly<Record<string, unknown>>): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const [key, value] of Object.entries(record)) {
    const name = key.toLowerCase();
    if (!KNOWN.has(name)) continue;
    const text = oneLine(value);
    if (text) metadata[name] = text;
  }
  return metadata;
}

function oneLine(value: unknown): string {
  if (Array.isArray(value)) return value.map(oneLine).filter(Boolean).join(', ').slice(0, LONGEST);
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  if (typeof value !== 'string' && typeof value !== 'number') return '';
  return String(value).replace(/\s+/g, ' ').trim().slice(0, LONGEST);
}
