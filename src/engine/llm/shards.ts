import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A JSONL file of an append-only store and how far its complete lines are indexed. */
export interface Shard {
  /** File name without folder, e.g. `completions-00001.jsonl`. */
  readonly name: string;
  /** Bytes whose lines are in the table. */
  covered: number;
  /** Bytes of the index file that are read or written. */
  indexed: number;
}

/** The store's shards in order of their names. */
export async function listShards(folder: string, prefix: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => name.startsWith(prefix) && name.endsWith('.jsonl')).sort();
}

export async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return found?.size ?? 0;
}

export function shardName(prefix: string, number: number): string {
  return `${prefix}${String(number).padStart(5, '0')}.jsonl`;
}

/** Number of a shard that this store wrote itself; others (imports) have other names. */
export function shardNumber(prefix: string, name: string): number {
  const digits = name.startsWith(prefix) ? name.slice(prefix.length, -'.jsonl'.length) : '';
  return /^\d{5,}$/.test(digits) ? Number(digits) : 0;
}

export interface StoredLine {
  offset: number;
  /** With its newline. */
  bytes: number;
  text: string;
}

const CHUNK = 1 << 20;

/** Complete lines of a file from an offset on, in batches; a last line without newline is not given. */
export async function* readLines(file: string, from: number): AsyncGenerator<StoredLine[]> {
  const handle = await open(file, 'r');
  try {
    let position = from;
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK);
      const { bytesRead } = await handle.read(chunk, 0, CHUNK, position + rest.length);
      if (bytesRead === 0) return;
      const data = rest.length > 0 ? Buffer.concat([rest, chunk.subarray(0, bytesRead)]) : chunk.subarray(0, bytesRead);
      const lines: StoredLine[] = [];
      let start = 0;
      for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, start)) {
        lines.push({ offset: position + start, bytes: end + 1 - start, text: data.toString('utf8', start, end) });
        start = end + 1;
      }
      rest = data.subarray(start);
      position += start;
      if (lines.length > 0) yield lines;
    }
  } finally {
    await handle.close();
  }
}

/**
 * Makes the last line of a shard whole after a crash: a line that only lacks its newline gets it, a torn one is cut
 * off. Only the one writer may do this. Gives the number of bytes that were cut.
 */
export async function repairTail(file: string): Promise<number> {
  const handle = await open(file, 'r+');
  try {
    const { size } = await handle.stat();
    if (size === 0) return 0;
    const tail = await tailAfterNewline(handle, size);
    if (tail.length === 0) return 0;
    if (isWhole(tail)) {
      await handle.write('\n', size);
      return 0;
    }
    await handle.truncate(size - tail.length);
    await handle.datasync();
    return tail.length;
  } finally {
    await handle.close();
  }
}

async function tailAfterNewline(handle: FileHandle, size: number): Promise<Buffer> {
  let tail: Buffer = Buffer.alloc(0);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - CHUNK);
    const chunk = Buffer.alloc(end - start);
    await handle.read(chunk, 0, chunk.length, start);
    const newline = chunk.lastIndexOf(10);
    tail = Buffer.concat([chunk.subarray(newline + 1), tail]);
    if (newline >= 0) break;
    end = start;
  }
  return tail;
}

function isWhole(line: Buffer): boolean {
  try {
    JSON.parse(line.toString());
    return true;
  } catch {
    return false;
  }
}

export function indexFile(folder: string, shard: string): string {
  return join(folder, 'index', `${shard.slice(0, -'.jsonl'.length)}.idx`);
}
