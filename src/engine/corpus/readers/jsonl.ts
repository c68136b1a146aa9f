import { describingMetadata } from './metadata.ts';
import { cleanText, decodeText } from './plainText.ts';
import { type ExtractedDocument, type Reader, type Unreadable, unreadable } from './types.ts';

/** More broken lines than this are summed up in one entry. */
const MOST_REPORTED = 50;

/**
 * One document a row, from its `text` or `article` field; everything else but describing metadata is left out, so the
 * questions of a QuALITY row never become text. Rows with the same `article_id` and text are one document (QuALITY has
 * two rows an article, one per question writer).
 */
export const readJsonl: Reader = async (bytes) => {
  const decoded = decodeText(bytes);
  if (!decoded.ok) return unreadable('encoding', decoded.message);
  const documents = new Map<string, ExtractedDocument>();
  const problems: Unreadable[] = [];
  let rows = 0;
  let line = 0;
  for (const source of lines(decoded.text)) {
    line += 1;
    if (!source.trim()) continue;
    rows += 1;
    const row = parseRow(source);
    if (!row.ok) {
      problems.push({ line, ...row.problem });
      continue;
    }
    const text = cleanText(row.text);
    const id = freeId(documents, rowId(row.record, line), text);
    if (documents.has(id)) continue;
    const metadata = describingMetadata(row.record);
    documents.set(id, { row: id, title: metadata.title ?? metadata.doc_name ?? id, metadata, text });
  }
  if (rows === 0) return unreadable('empty', 'The file holds no rows. Leave it out with `corpus.exclude` in smt.yaml.');
  if (documents.size === 0 && problems.every(({ reason }) => reason === 'unsupported'))
    return unreadable(
      'unsupported',
      'No row has a `text` or `article` field, so there are no documents in it. Rename the field that holds the text, or leave the file out with `corpus.exclude` in smt.yaml.',
    );
  return { documents: [...documents.values()], unreadable: summedUp(problems) };
};

type Row =
  | { ok: true; record: Record<string, unknown>; text: string }
  | { ok: false; problem: Omit<Unreadable, 'line'> };

function parseRow(source: string): Row {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    return {
      ok: false,
      problem: {
        reason: 'malformed',
        message: `Not a JSON object on one line (${error instanceof Error ? error.message : String(error)}). Correct or delete the line.`,
      },
    };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return {
      ok: false,
      problem: { reason: 'malformed', message: 'The row is no JSON object. Write it as {"text": "…"}.' },
    };
  const record: Record<string, unknown> = { ...value };
  const field = [record.text, record.article].find((text) => text !== undefined && text !== null);
  if (field === undefined)
    return {
      ok: false,
      problem: {
        reason: 'unsupported',
        message: 'The row has no `text` or `article` field. Rename the field that holds the text.',
      },
    };
  if (typeof field !== 'string')
    return { ok: false, problem: { reason: 'malformed', message: '`text` (or `article`) must be a string.' } };
  if (!field.trim()) return { ok: false, problem: { reason: 'empty', message: 'The row holds no text.' } };
  return { ok: true, record, text: field };
}

function rowId(record: Readonly<Record<string, unknown>>, line: number): string {
  for (const key of ['article_id', 'id', 'doc_name']) {
    const value = record[key];
    if (typeof value !== 'string' && typeof value !== 'number') continue;
    const id = String(value).replace(/\s+/g, ' ').trim().slice(0, 200);
    if (id) return id;
  }
  return String(line);
}

/** The id itself, or `id-2`, `id-3` … where another text already has it. */
function freeId(documents: ReadonlyMap<string, ExtractedDocument>, id: string, text: string): string {
  let free = id;
  for (let n = 2; ; n += 1) {
    const taken = documents.get(free);
    if (!taken || taken.text === text) return free;
    free = `${id}-${n}`;
  }
}

function summedUp(problems: Unreadable[]): Unreadable[] {
  const [next] = problems.slice(MOST_REPORTED);
  if (!next) return problems;
  return [
    ...problems.slice(0, MOST_REPORTED),
    {
      ...next,
      message: `${next.message} (${problems.length - MOST_REPORTED} more lines from here on cannot be read.)`,
    },
  ];
}

function* lines(text: string): Generator<string> {
  let start = 0;
  while (start < text.length) {
    const end = text.indexOf('\n', start);
    yield text.slice(start, end === -1 ? text.length : end);
    if (end === -1) return;
    start = end + 1;
  }
}
