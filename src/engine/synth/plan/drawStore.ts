import { type FileHandle, mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Draw, Question } from '../types.ts';

const DRAWS_VERSION = 1;
const QuestionLine = z.object({
  id: z.string(),
  text: z.string(),
  window: z.number().int(),
  source: z.object({ start: z.number().int(), end: z.number().int() }).optional(),
});
/**
 * One line of `.smt/plan/draws-*.jsonl`: draws `from`, `from + 1` … of one key. Texts stand once a line, draws are
 * indices `[strategy | -1, question | -1, window, replica]`. `v` and `key` come first: opening reads no further.
 */
const DrawLine = z.object({
  v: z.literal(DRAWS_VERSION),
  key: z.string(),
  document: z.string(),
  method: z.string(),
  from: z.number().int().nonnegative(),
  strategies: z.array(z.string()),
  questions: z.array(QuestionLine),
  draws: z.array(z.tuple([z.number().int(), z.number().int(), z.number().int(), z.number().int()])),
});
type DrawLine = z.infer<typeof DrawLine>;

interface LineAt {
  handle: FileHandle;
  offset: number;
  length: number;
}

const HEAD = /^\{"v":(\d+),"key":"([^"]+)"/;
const CHUNK = 1 << 20;

/**
 * What was drawn stays drawn (design §4): pairings are appended once per document and method and extended at the end.
 * Opening indexes line starts only, so that a million draws cost no memory; a document's draws are read when it opens.
 */
export class DrawStore {
  readonly #folder: string;
  readonly #writable: boolean;
  readonly #lines = new Map<string, LineAt[]>();
  readonly #handles: FileHandle[] = [];
  #tail: { handle: FileHandle; size: number } | undefined;
  #appending: Promise<void> = Promise.resolve();

  private constructor(folder: string, writable: boolean) {
    this.#folder = folder;
    this.#writable = writable;
  }

  /** `writable` only for the job that holds the project's lease: it cuts a torn last line. */
  static async open(folder: string, writable: boolean): Promise<DrawStore> {
    const store = new DrawStore(folder, writable);
    if (writable) await mkdir(folder, { recursive: true });
    let names: string[] = [];
    try {
      names = (await readdir(folder)).filter((name) => /^draws-\d+\.jsonl$/.test(name)).sort();
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
    for (const [index, name] of names.entries()) await store.#index(join(folder, name), index === names.length - 1);
    return store;
  }

  async read(key: string): Promise<Draw[]> {
    const draws: Draw[] = [];
    for (const { handle, offset, length } of this.#lines.get(key) ?? []) {
      const buffer = Buffer.alloc(length);
      await handle.read(buffer, 0, length, offset);
      const line = DrawLine.parse(JSON.parse(buffer.toString('utf8')));
      // A line that overlaps was written by an older run that lost the race for the lease: the first one counts.
      for (const [index, draw] of decode(line).entries()) if (line.from + index === draws.length) draws.push(draw);
    }
    return draws;
  }

  /** Appends and syncs before anybody may act on the draws. */
  extend(key: string, document: string, method: string, from: number, draws: readonly Draw[]): Promise<void> {
    if (!this.#writable) throw new Error('Draws were opened for reading only.');
    const line = `${JSON.stringify(encode(key, document, method, from, draws))}\n`;
    const bytes = Buffer.from(line, 'utf8');
    const appended = this.#appending.then(async () => {
      if (this.#tail === undefined) {
        const handle = await open(join(this.#folder, 'draws-00000.jsonl'), 'a+');
        this.#handles.push(handle);
        this.#tail = { handle, size: (await handle.stat()).size };
      }
      const { handle, size } = this.#tail;
      await handle.appendFile(bytes);
      await handle.datasync();
      this.#tail.size = size + bytes.length;
      this.#note(key, { handle, offset: size, length: bytes.length - 1 });
    });
    this.#appending = appended.catch(() => undefined);
    return appended;
  }

  async close(): Promise<void> {
    await this.#appending;
    for (const handle of this.#handles) await handle.close();
  }

  async #index(path: string, last: boolean): Promise<void> {
    const handle = await open(path, this.#writable && last ? 'a+' : 'r');
    this.#handles.push(handle);
    const chunk = Buffer.alloc(CHUNK);
    let head = '';
    let start = 0;
    let position = 0;
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, CHUNK, position);
      if (bytesRead === 0) break;
      let from = 0;
      for (;;) {
        const newline = chunk.subarray(0, bytesRead).indexOf(10, from);
        const end = newline < 0 ? bytesRead : newline;
        if (head.length < 128) head += chunk.toString('latin1', from, Math.min(end, from + 128));
        if (newline < 0) break;
        this.#header(path, head, { handle, offset: start, length: position + newline - start });
        head = '';
        start = position + newline + 1;
        from = newline + 1;
      }
      position += bytesRead;
    }
    if (this.#writable && last) {
      if (start < position) await handle.truncate(start);
      this.#tail = { handle, size: start };
    }
  }

  #header(path: string, head: string, line: LineAt): void {
    const found = HEAD.exec(head);
    if (found === null) return;
    if (Number(found[1]) > DRAWS_VERSION) {
      throw new Error(`${path} was written by a newer version of this product. Update it to go on.`);
    }
    this.#note(found[2] ?? '', line);
  }

  #note(key: string, line: LineAt): void {
    const lines = this.#lines.get(key);
    if (lines === undefined) this.#lines.set(key, [line]);
    else lines.push(line);
  }
}

function encode(key: string, document: string, method: string, from: number, draws: readonly Draw[]): DrawLine {
  const strategies: string[] = [];
  const questions: Question[] = [];
  const strategyAt = new Map<string, number>();
  const questionAt = new Map<string, number>();
  const rows = draws.map(({ strategy, query, window, replica }): [number, number, number, number] => [
    strategy === '' ? -1 : place(strategyAt, strategy, () => strategies.push(strategy) - 1),
    query === undefined ? -1 : place(questionAt, query.id, () => questions.push(query) - 1),
    window,
    replica,
  ]);
  return { v: DRAWS_VERSION, key, document, method, from, strategies, questions, draws: rows };
}

function place(known: Map<string, number>, key: string, add: () => number): number {
  const index = known.get(key) ?? add();
  known.set(key, index);
  return index;
}

function decode(line: DrawLine): Draw[] {
  const questions = line.questions.map(
    ({ id, text, window, source }): Question => ({ id, text, window, ...(source === undefined ? {} : { source }) }),
  );
  return line.draws.map(([strategy, question, window, replica]) => {
    const query = questions[question];
    return { strategy: line.strategies[strategy] ?? '', ...(query === undefined ? {} : { query }), window, replica };
  });
}
