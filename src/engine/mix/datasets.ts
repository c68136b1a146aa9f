import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DATASET_VERSION, DatasetManifest, DatasetName, type DatasetRow } from '../../contract/dataset.ts';
import { type Encoder, loadEncoder } from './encoder.ts';

export type FoundDataset = { ok: true; manifest: DatasetManifest } | { ok: false; name: string; message: string };

/** The training sets of a project, newest first; one that cannot be read says why. */
export async function listDatasets(datasets: string): Promise<FoundDataset[]> {
  const names = await readdir(datasets).catch((): string[] => []);
  const found = await Promise.all(
    names.filter((name) => DatasetName.safeParse(name).success).map((name) => readDataset(datasets, name)),
  );
  const created = (each: FoundDataset) => (each.ok ? each.manifest.created : 0);
  return found.sort((a, b) => created(b) - created(a));
}

/** One training set's manifest. Older versions are taken, newer ones refused. */
export async function readDataset(datasets: string, name: string): Promise<FoundDataset> {
  const refused = (message: string): FoundDataset => ({ ok: false, name, message });
  if (!DatasetName.safeParse(name).success) return refused(`"${name}" cannot be the name of a training set.`);
  const file = join(datasets, name, 'manifest.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return refused(`There is no training set "${name}". Build it: smt mix ${name}`);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && 'v' in value && Number(value.v) > DATASET_VERSION) {
      return refused(`${name} was made by a newer version of Synthetic Mixed Training. Update, or build it again.`);
    }
    return { ok: true, manifest: DatasetManifest.parse(value) };
  } catch (error) {
    return refused(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}. Build the training set again.`,
    );
  }
}

/** Deletes a training set with everything in its folder. The samples stay. */
export async function removeDataset(datasets: string, name: string): Promise<void> {
  await rm(join(datasets, DatasetName.parse(name)), { recursive: true, force: true });
}

/** A row as it stands in Parquet. */
export interface StoredRow {
  /** Number in its split. */
  index: number;
  ids: readonly number[];
  labels: readonly number[];
  source: string;
  kind: DatasetRow['kind'];
  method: string | undefined;
  document: string | undefined;
}

/** Rows of a split in their order; row groups are read one at a time. */
export async function* storedRows(
  folder: string,
  manifest: DatasetManifest,
  split: DatasetRow['split'],
  { offset = 0, limit = Number.MAX_SAFE_INTEGER, step = 500 } = {},
): AsyncGenerator<StoredRow[]> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } = await import('hyparquet');
  const until = offset + limit;
  let first = 0;
  for (const file of manifest.files.filter((each) => each.split === split)) {
    const [from, to] = [Math.max(offset, first), Math.min(until, first + file.rows)];
    if (from < to) {
      const buffer = await asyncBufferFromFile(join(folder, file.path));
      const metadata = await parquetMetadataAsync(buffer);
      for (const group of groupsOf(metadata.row_groups.map(({ num_rows }) => Number(num_rows)))) {
        const [start, end] = [Math.max(from - first, group.start), Math.min(to - first, group.end)];
        if (start >= end) continue;
        const rows = await parquetReadObjects({ file: buffer, metadata, rowStart: start, rowEnd: end });
        const stored = rows.map((row, at) => storedRow(row, first + start + at));
        for (let at = 0; at < stored.length; at += step) yield stored.slice(at, at + step);
      }
    }
    first += file.rows;
    if (first >= until) return;
  }
}

/** Decodes rows for people: the tokenizer is loaded at first use and kept. */
export class RowReader {
  readonly #datasets: string;
  #encoder: { path: string; loaded: Promise<Encoder> } | undefined;

  constructor(datasets: string) {
    this.#datasets = datasets;
  }

  /**
   * A page of decoded rows with the character ranges whose tokens are not learned.
   * @param tokenizer path of the tokenizer.json with the manifest's SHA-256
   */
  async page(
    manifest: DatasetManifest,
    split: DatasetRow['split'],
    { offset, limit }: { offset: number; limit: number },
    tokenizer: string,
  ): Promise<DatasetRow[]> {
    if (this.#encoder?.path !== tokenizer) this.#encoder = { path: tokenizer, loaded: loadEncoder(tokenizer) };
    const encoder = await this.#encoder.loaded;
    const rows: DatasetRow[] = [];
    const folder = join(this.#datasets, manifest.name);
    for await (const batch of storedRows(folder, manifest, split, { offset, limit })) {
      for (const row of batch) rows.push({ split, ...decoded(row, encoder) });
    }
    return rows;
  }
}

/** The text of a row, and which stretches of it are masked. */
export function decoded(
  { ids, labels, index, source, kind, method, document }: StoredRow,
  encoder: Pick<Encoder, 'decode'>,
): Omit<DatasetRow, 'split'> {
  let text = '';
  const masked: [number, number][] = [];
  for (let from = 0; from < ids.length; ) {
    const hidden = labels[from] === -100;
    let to = from + 1;
    while (to < ids.length && (labels[to] === -100) === hidden) to += 1;
    const start = text.length;
    text += encoder.decode(ids.slice(from, to));
    if (hidden) masked.push([start, text.length]);
    from = to;
  }
  return {
    ...{ index, source, kind, text, masked, tokens: ids.length },
    ...(method === undefined ? {} : { method }),
    ...(document === undefined ? {} : { document }),
  };
}

function groupsOf(rows: readonly number[]): { start: number; end: number }[] {
  let start = 0;
  return rows.map((count) => {
    const group = { start, end: start + count };
    start = group.end;
    return group;
  });
}

function storedRow(row: Record<string, unknown>, index: number): StoredRow {
  const text = (name: string): string | undefined => {
    const value = row[name];
    return typeof value === 'string' ? value : undefined;
  };
  const kind = text('kind');
  return {
    index,
    ids: numbers(row.input_ids),
    labels: numbers(row.labels),
    source: text('source') ?? '',
    kind: kind === 'qa' || kind === 'document' ? kind : 'replay',
    method: text('method'),
    document: text('document'),
  };
}

const numbers = (value: unknown): number[] => (Array.isArray(value) ? value.map(Number) : []);
