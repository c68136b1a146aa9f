import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';

const QUICK_MS = 500;
const SLOW_MS = 5_000;
/** After this long without a change only the file system's own events are listened to. */
const ASLEEP_MS = 120_000;

/**
 * Says when any of some paths changed. File system events where they work, and polling beside them (network disks and
 * containers lose events): quick after a change, slower when nothing happens, none at all after two quiet minutes
 * until an event or `wake` comes.
 */
export class PathWatch {
  readonly #paths: () => Promise<readonly string[]>;
  readonly #changed: () => void;
  readonly #watchers = new Map<string, FSWatcher>();
  #stamp = '';
  #timer: NodeJS.Timeout | undefined;
  #due = Number.POSITIVE_INFINITY;
  #lastChange = Date.now();
  #closed = false;
  readonly #first: Promise<void>;

  /** @param paths files and folders to look at; asked for at every look, so that new ones join in */
  constructor(paths: () => Promise<readonly string[]>, changed: () => void) {
    this.#paths = paths;
    this.#changed = changed;
    this.#first = this.#look(true);
  }

  /** Resolves when the first look was taken: what changes from then on is told. */
  looked(): Promise<void> {
    return this.#first;
  }

  /** Somebody is interested: look quickly again for a while. */
  wake(): void {
    if (this.#closed) return;
    this.#lastChange = Date.now();
    this.#schedule(QUICK_MS);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  /** Looks after `ms`, unless it looks sooner anyway: a stream of events must not put the look off for ever. */
  #schedule(ms: number): void {
    const due = Date.now() + ms;
    if (this.#closed || due >= this.#due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => {
      this.#due = Number.POSITIVE_INFINITY;
      void this.#look(false);
    }, ms);
    this.#timer.unref();
  }

  async #look(first: boolean): Promise<void> {
    const paths = await this.#paths();
    const stamp = (await Promise.all(paths.map(stampOf))).join('\n');
    if (this.#closed) return;
    this.#listen(paths);
    if (stamp !== this.#stamp) {
      this.#stamp = stamp;
      this.#lastChange = Date.now();
      if (!first) this.#changed();
    }
    const quiet = Date.now() - this.#lastChange;
    if (quiet < ASLEEP_MS) this.#schedule(Math.min(SLOW_MS, Math.max(QUICK_MS, quiet / 4)));
  }

  #listen(paths: readonly string[]): void {
    for (const path of paths) {
      if (this.#watchers.has(path)) continue;
      try {
        const watcher = watch(path, { persistent: false }, () => this.#schedule(50));
        watcher.on('error', () => {
          watcher.close();
          this.#watchers.delete(path);
        });
        this.#watchers.set(path, watcher);
      } catch {
        // Not there yet, or no events on this disk: polling sees it.
      }
    }
    for (const [path, watcher] of this.#watchers) {
      if (paths.includes(path)) continue;
      watcher.close();
      this.#watchers.delete(path);
    }
  }
}

async function stampOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found ? `${found.mtimeMs} ${found.size}` : '-';
}
