import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as zlib from 'node:zlib';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

/** The source of replay cannot be used: a sentence for a person. */
export class ReplayProblem extends Error {
  override readonly name = 'ReplayProblem';
}

const FORMAT = /\.(jsonl|ndjson|parquet)$/i;
/** Rows of a Parquet file read at once. */
const ROWS = 1000;

/**
 * The texts of a JSONL or Parquet file, or of all such files in a folder, in the order of file names and rows, read as
 * far as they are asked for. The field is `text`.
 * @throws ReplayProblem with file and line
 */
export async function* replayTexts(source: string): AsyncGenerator<string> {
  for (const file of await replayFiles(source)) {
    if (/\.parquet$/i.test(file)) yield* parquetTexts(file);
    else yield* jsonlTexts(file);
  }
}

async function replayFiles(source: string): Promise<string[]> {
  const found = await stat(source).catch(() => undefined);
  if (!found) throw new ReplayProblem(`mixture.replay.source: ${source} is not there.`);
  if (found.isFile()) {
    if (FORMAT.test(source)) return [source];
    throw new ReplayProblem(`mixture.replay.source: ${source} is neither .jsonl nor .parquet.`);
  }
  const names = await readdir(source, { recursive: true });
  const files = names.filter((name) => FORMAT.test(name)).sort();
  if (files.length === 0) throw new ReplayProblem(`mixture.replay.source: no .jsonl or .parquet file in ${source}.`);
  return files.map((name) => join(source, name));
}

async function* jsonlTexts(file: string): AsyncGenerator<string> {
  const stream = createReadStream(file, 'utf8');
  let number = 0;
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      number += 1;
      if (line.trim() === '') continue;
      const text = textOf(parsed(line));
      if (text === undefined) throw noText(`${file}, line ${number}`);
      if (text.trim() !== '') yield text;
    }
  } finally {
    stream.destroy();
  }
}

async function* parquetTexts(file: string): AsyncGenerator<string> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } = await import('hyparquet');
  const buffer = await asyncBufferFromFile(file);
  const metadata = await parquetMetadataAsync(buffer).catch((error: unknown) => {
    throw new ReplayProblem(`${file} is no Parquet file: ${error instanceof Error ? error.message : String(error)}`);
  });
  if (!metadata.schema.some(({ name }) => name === 'text')) throw noText(file);
  const total = Number(metadata.num_rows);
  for (let rowStart = 0; rowStart < total; rowStart += ROWS) {
    const rows = await parquetReadObjects({
      file: buffer,
      metadata,
      columns: ['text'],
      rowStart,
      rowEnd: Math.min(total, rowStart + ROWS),
      compressors,
    });
    for (const [at, row] of rows.entries()) {
      const text = textOf(row);
      if (text === undefined) throw noText(`${file}, row ${rowStart + at + 1}`);
      if (text.trim() !== '') yield text;
    }
  }
}

const noText = (where: string) => new ReplayProblem(`${where}: no field "text" of words. Replay is read from it.`);

function textOf(row: unknown): string | undefined {
  return typeof row === 'object' && row !== null && 'text' in row && typeof row.text === 'string'
    ? row.text
    : undefined;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Snappy is hyparquet's own; what else public data sets use comes with Node, Zstandard from 22.15 on. */
const compressors = {
  GZIP: (bytes: Uint8Array) => new Uint8Array(gunzipSync(bytes)),
  BROTLI: (bytes: Uint8Array) => new Uint8Array(brotliDecompressSync(bytes)),
  ...('zstdDecompressSync' in zlib
    ? { ZSTD: (bytes: Uint8Array) => new Uint8Array(zlib.zstdDecompressSync(bytes)) }
    : {}),
};
