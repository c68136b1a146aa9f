import { open, rename, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { JobStatus } from '../../../contract/events.ts';
import { writeMirror } from '../mirrorFile.ts';
import { writeAtomically } from '../runDirectory.ts';
import type { Frame } from './frames.ts';

/** What a run only ever appends to. */
const APPENDED: readonly string[] = ['events.jsonl', 'stdout.log'];

/** Writes `mirror.json` again after this long without a change, so that others see that somebody looks. */
const SEEN_EVERY_MS = 5_000;

/** What one frame changed here. */
export type Carried =
  | { kind: 'changed' }
  | { kind: 'round'; process: 'alive' | 'gone'; more: boolean }
  | { kind: 'missing' }
  | { kind: 'nothing' };

/**
 * The mirror of one remote run. `events.jsonl` and `stdout.log` here are byte for byte a beginning of the host's:
 * their own length is the offset to go on from, so there is no second place that could disagree. One writer at a time
 * (the caller holds the run's lease).
 */
export class MirrorWriter {
  readonly #dir: string;
  readonly #appended: readonly string[];
  #process: 'alive' | 'gone' | 'unknown' = 'unknown';
  #written = 0;

  /** @param appended files that are carried over by offset; their names in the run, flat */
  constructor(dir: string, appended: readonly string[] = APPENDED) {
    this.#dir = dir;
    this.#appended = appended;
  }

  async offsets(): Promise<Record<string, number>> {
    const offsets: Record<string, number> = {};
    for (const name of this.#appended) {
      offsets[name] = await stat(join(this.#dir, name)).then(
        ({ size }) => size,
        () => 0,
      );
    }
    return offsets;
  }

  /** @throws Error when a frame does not fit what is here: the conversation is then begun again */
  async take({ words, body }: Frame): Promise<Carried> {
    switch (words[0]) {
      case 'bytes':
        return this.#bytes(words.slice(3).join(' '), Number(words[2]), body);
      case 'shrunk':
        return this.#startAgain(words[1] ?? '');
      case 'tick': {
        const life = words[1] === 'alive' ? 'alive' : 'gone';
        await this.seen(life);
        return { kind: 'round', process: life, more: words[2] === '1' };
      }
      case 'missing':
        await this.seen('gone');
        return { kind: 'missing' };
      default:
        return { kind: 'nothing' };
    }
  }

  /** Notes that the host answered, and whether the run's process lives. */
  async seen(life: 'alive' | 'gone'): Promise<void> {
    const now = Date.now();
    if (life === this.#process && now - this.#written < SEEN_EVERY_MS) return;
    this.#process = life;
    this.#written = now;
    await writeMirror(this.#dir, { v: 1, process: life, seen: now / 1000 });
  }

  /** The host does not answer since `since` (Unix seconds): whether the job lives is not known. */
  async unreachable(since: number, message: string): Promise<void> {
    this.#process = 'unknown';
    this.#written = 0;
    await writeMirror(this.#dir, { v: 1, process: 'unknown', seen: since, unreachable_since: since, message });
  }

  async #bytes(name: string, offset: number, body: Buffer): Promise<Carried> {
    if (this.#appended.includes(name)) {
      await appendAt(join(this.#dir, name), offset, body);
      return { kind: 'changed' };
    }
    if (name === 'status.json') {
      // What a host says is parsed before it replaces what we know.
      if (!JobStatus.safeParse(asJson(body)).success) return { kind: 'nothing' };
      await writeAtomically(join(this.#dir, name), body.toString('utf8'));
      return { kind: 'changed' };
    }
    if (name === 'exit' && /^-?\d{1,4}\s*$/.test(body.toString('utf8'))) {
      await writeAtomically(join(this.#dir, name), body.toString('utf8'));
      return { kind: 'changed' };
    }
    return { kind: 'nothing' };
  }

  /** The host's file is shorter than ours: it is another one. Ours is put aside, never thrown away. */
  async #startAgain(name: string): Promise<Carried> {
    if (!this.#appended.includes(name)) return { kind: 'nothing' };
    await rename(join(this.#dir, name), join(this.#dir, `${name}.before`));
    throw new Error(`${name} on the host was replaced; it is read again from its beginning`);
  }
}

/** Appends where the file ends; what was cut short by a full disk here is cut off again first. */
async function appendAt(path: string, offset: number, body: Buffer): Promise<void> {
  const file = await open(path, 'a', 0o600);
  try {
    const { size } = await file.stat();
    if (size !== offset) throw new Error(`${path} has ${size} bytes where ${offset} were expected`);
    try {
      await file.appendFile(body);
    } catch (error) {
      await truncate(path, offset).catch(() => {});
      throw error;
    }
  } finally {
    await file.close();
  }
}

function asJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
