import { type FileHandle, open } from 'node:fs/promises';

const MOST_OPEN = 256;

/** Files kept open for reading, the least recently used closed first. */
export class FileHandles {
  readonly #open = new Map<string, Promise<FileHandle>>();

  /** Fills `into` from a byte offset. Throws where the file is shorter. */
  async read(file: string, into: Buffer, offset: number): Promise<void> {
    const handle = await this.#handle(file);
    let done = 0;
    while (done < into.length) {
      const { bytesRead } = await handle.read(into, done, into.length - done, offset + done);
      if (bytesRead === 0) throw new Error(`${file} ends before byte ${offset + into.length}`);
      done += bytesRead;
    }
  }

  async close(): Promise<void> {
    const handles = [...this.#open.values()];
    this.#open.clear();
    for (const handle of handles) await (await handle).close();
  }

  async #handle(file: string): Promise<FileHandle> {
    let handle = this.#open.get(file);
    if (handle) {
      this.#open.delete(file);
    } else {
      handle = open(file, 'r');
      handle.catch(() => this.#open.delete(file));
    }
    this.#open.set(file, handle);
    if (this.#open.size > MOST_OPEN) {
      const [oldest] = this.#open;
      if (oldest) {
        this.#open.delete(oldest[0]);
        // A read that is under way holds the handle; closing waits for it.
        void oldest[1].then((old) => old.close());
      }
    }
    return handle;
  }
}
