import { open, stat } from 'node:fs/promises';

/** A line of a JSONL file with its place. */
export interface PlacedLine {
  readonly value: unknown;
  /** 1-based. */
  readonly line: number;
  readonly offset: number;
  readonly length: number;
}

/** What becomes of a file's lines, in their order. */
export interface LineTaker {
  /** The file began anew: what was given before is gone. */
  restart(): void;
  line(line: PlacedLine): void;
  problem(text: string): void;
}

/** So many bytes are read at a time: the lines of a long file are never all in memory. */
const CHUNK = 4 << 20;

/**
 * A JSONL file that another process appends to: `read` gives whole lines that were not given yet. A torn last line waits
 * for its end; a file that shrank or was replaced starts over (`restart`).
 */
export class EvaluationFile {
  #offset = 0;
  #line = 0;
  #identity = '';
  #mtimeMs = 0;

  constructor(readonly path: string) {}

  /** Unix time in seconds of the last change that was seen; 0 before. */
  get changed(): number {
    return this.#mtimeMs / 1000;
  }

  /** True where anything was given. */
  async read(taker: LineTaker): Promise<boolean> {
    const found = await stat(this.path).catch(() => undefined);
    // A file that was replaced may get the number of one that is gone: its birth tells them apart.
    const identity = found ? `${found.ino} ${found.birthtimeMs}` : '';
    const rewritten = found?.size === this.#offset && found.mtimeMs !== this.#mtimeMs;
    const restarted =
      this.#offset > 0 && (!found || found.size < this.#offset || identity !== this.#identity || rewritten);
    if (restarted) {
      this.#offset = this.#line = 0;
      taker.restart();
    }
    if (!found || (found.size === this.#offset && !restarted)) return restarted;
    this.#identity = identity;
    this.#mtimeMs = found.mtimeMs;
    const before = this.#line;
    const file = await open(this.path);
    try {
      let torn: Buffer = Buffer.alloc(0);
      for (let at = this.#offset; at < found.size; ) {
        const bytes = Buffer.allocUnsafe(torn.length + Math.min(CHUNK, found.size - at));
        torn.copy(bytes);
        const { bytesRead } = await file.read(bytes, torn.length, bytes.length - torn.length, at);
        if (bytesRead === 0) break;
        at += bytesRead;
        torn = this.#take(bytes.subarray(0, torn.length + bytesRead), taker);
      }
    } finally {
      await file.close();
    }
    return restarted || this.#line > before;
  }

  /** Gives the whole lines of these bytes, which begin where the next line does; the rest comes back. */
  #take(bytes: Buffer, taker: LineTaker): Buffer {
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      this.#line += 1;
      if (end > start) {
        const value = parsed(bytes.toString('utf8', start, end));
        if (value === undefined) taker.problem(`${this.path}, line ${this.#line}: not JSON (a write was cut off)`);
        else taker.line({ value, line: this.#line, offset: this.#offset + start, length: end - start });
      }
      start = end + 1;
    }
    this.#offset += start;
    return bytes.subarray(start);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One line again, by its place. */
export async function lineAt(
  path: string,
  { offset, length }: Pick<PlacedLine, 'offset' | 'length'>,
): Promise<unknown> {
  return JSON.parse((await readFrom(path, offset, offset + length)).toString('utf8'));
}

async function readFrom(path: string, from: number, to: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const buffer = Buffer.alloc(to - from);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
