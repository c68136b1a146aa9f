import { open, stat } from 'node:fs/promises';

/** A line of a JSONL file with its place. */
export interface PlacedLine {
  readonly value: unknown;
  /** 1-based. */
  readonly line: number;
  readonly offset: number;
  readonly length: number;
}

/**
 * A JSONL file that another process appends to: `read` gives whole lines that were not given yet. A torn last line waits
 * for its end; a file that shrank or was replaced starts over (`restarted`).
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

  async read(): Promise<{ restarted: boolean; lines: PlacedLine[]; problems: string[] }> {
    const found = await stat(this.path).catch(() => undefined);
    // A file that was replaced may get the number of one that is gone: its birth tells them apart.
    const identity = found ? `${found.ino} ${found.birthtimeMs}` : '';
    const rewritten = found?.size === this.#offset && found.mtimeMs !== this.#mtimeMs;
    const restarted =
      this.#offset > 0 && (!found || found.size < this.#offset || identity !== this.#identity || rewritten);
    if (restarted) this.#offset = this.#line = 0;
    if (!found || (found.size === this.#offset && !restarted)) return { restarted, lines: [], problems: [] };
    this.#identity = identity;
    this.#mtimeMs = found.mtimeMs;
    const bytes = await readFrom(this.path, this.#offset, found.size);
    const lines: PlacedLine[] = [];
    const problems: string[] = [];
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      this.#line += 1;
      if (end > start) {
        try {
          const value: unknown = JSON.parse(bytes.toString('utf8', start, end));
          lines.push({ value, line: this.#line, offset: this.#offset + start, length: end - start });
        } catch {
          problems.push(`${this.path}, line ${this.#line}: not JSON (a write was cut off)`);
        }
      }
      start = end + 1;
    }
    this.#offset += start;
    return { restarted, lines, problems };
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
