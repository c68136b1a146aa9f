import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';

const BLOCK = 512;

/** Writes files as a gzipped POSIX tar (ustar). Paths are relative, with `/`, at most 100 bytes; sizes below 8 GiB. */
export async function writeTar(target: string, files: readonly { path: string; file: string }[]): Promise<void> {
  async function* blocks(): AsyncGenerator<Buffer> {
    for (const { path, file } of files) {
      const { size } = await stat(file);
      yield header(path, size);
      let sent = 0;
      if (size > 0) {
        // A file that grows meanwhile is cut where it stood.
        for await (const chunk of createReadStream(file, { end: size - 1 })) {
          const bytes: Buffer = chunk;
          sent += bytes.length;
          yield bytes;
        }
      }
      if (sent !== size) throw new Error(`${file} became shorter while it was copied`);
      yield Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
    }
    yield Buffer.alloc(2 * BLOCK);
  }
  await pipeline(Readable.from(blocks()), createGzip({ level: 6 }), createWriteStream(target));
}

/**
 * Unpacks a gzipped tar into a folder. Only plain files with paths that stay inside are taken; anything else (links,
 * absolute paths, `..`) is refused, because an archive may come from a stranger.
 */
export async function readTar(source: string, folder: string): Promise<void> {
  const unpacker = new Unpacker(folder);
  try {
    await pipeline(createReadStream(source), createGunzip(), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) await unpacker.take(chunk);
    });
    unpacker.finish(source);
  } finally {
    await unpacker.close();
  }
}

class Unpacker {
  readonly #folder: string;
  #buffer: Buffer = Buffer.alloc(0);
  #file: { handle: FileHandle; left: number; padding: number } | undefined;
  #ended = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async take(chunk: Buffer): Promise<void> {
    this.#buffer = this.#buffer.length > 0 ? Buffer.concat([this.#buffer, chunk]) : chunk;
    while (!this.#ended && (await this.#step()));
  }

  /** Throws where the archive stopped in the middle. */
  finish(source: string): void {
    if (this.#file || !this.#ended) throw new Error(`${source} is cut off: the archive does not end.`);
  }

  async close(): Promise<void> {
    await this.#file?.handle.close();
  }

  /** One header or one piece of a file; false when more bytes are needed. */
  async #step(): Promise<boolean> {
    if (this.#file) return this.#fill(this.#file);
    if (this.#buffer.length < BLOCK) return false;
    const entry = readHeader(this.#buffer.subarray(0, BLOCK));
    this.#buffer = this.#buffer.subarray(BLOCK);
    if (!entry) {
      this.#ended = true;
      return false;
    }
    const target = join(this.#folder, entry.path);
    await mkdir(dirname(target), { recursive: true });
    const padding = (BLOCK - (entry.size % BLOCK)) % BLOCK;
    this.#file = { handle: await open(target, 'wx'), left: entry.size, padding };
    return true;
  }

  async #fill(file: { handle: FileHandle; left: number; padding: number }): Promise<boolean> {
    const part = this.#buffer.subarray(0, file.left);
    if (part.length > 0) await file.handle.writeFile(part);
    file.left -= part.length;
    this.#buffer = this.#buffer.subarray(part.length);
    if (file.left > 0 || this.#buffer.length < file.padding) return false;
    this.#buffer = this.#buffer.subarray(file.padding);
    this.#file = undefined;
    await file.handle.close();
    return true;
  }
}

function header(path: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  if (Buffer.byteLength(path) > 100) throw new Error(`path too long for the archive: ${path}`);
  block.write(path, 0);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function readHeader(block: Buffer): { path: string; size: number } | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const text = (from: number, to: number) => block.toString('utf8', from, to).replace(/\0.*$/s, '');
  if (Number.parseInt(text(148, 156), 8) !== checksum(block)) throw new Error('not a tar archive, or a damaged one');
  const path = text(0, 100);
  const type = text(156, 157) || '0';
  const size = Number.parseInt(text(124, 136).trim(), 8);
  const inside = /^(plan|(evaluation\/)?(completions|requests))\/[A-Za-z0-9._-]+$/.test(path) && !path.includes('..');
  if (type !== '0' || !inside || !Number.isSafeInteger(size))
    throw new Error(`the archive holds "${path}", which no export of a log has`);
  return { path, size };
}

/** Sum of the header's bytes with the checksum field read as spaces. */
function checksum(block: Buffer): number {
  let sum = 0;
  for (let at = 0; at < BLOCK; at++) sum += at >= 148 && at < 156 ? 32 : (block[at] ?? 0);
  return sum;
}
