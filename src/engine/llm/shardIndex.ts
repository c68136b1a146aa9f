import { type FileHandle, open } from 'node:fs/promises';

const INDEX_MAGIC = 0x31584d53; // "SMX1"
const INDEX_HEADER = 16;
/** Records read at a time: an index of a million in one buffer would be most of the memory of a resume. */
export const INDEX_STEP = 16_384;

/** First bytes of an index file. */
export function indexHeader(words: number): Buffer {
  const header = Buffer.alloc(INDEX_HEADER);
  header.writeUInt32LE(INDEX_MAGIC, 0);
  header.writeUInt32LE(words, 4);
  return header;
}

/** Records of an index file behind what was read of it before. */
export interface ShardIndex {
  readonly count: number;
  /** Byte behind the last whole record. */
  readonly end: number;
  /** Records as words, valid until the next call. */
  read(from: number, count: number): Promise<Uint32Array>;
  close(): Promise<void>;
}

/**
 * Opens an index file at the byte up to which it was read before (0: never). Undefined where there is none, or one with
 * records of another length.
 */
export async function openIndex(file: string, words: number, readBefore: number): Promise<ShardIndex | undefined> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!handle) return undefined;
  let start = readBefore;
  if (start === 0) {
    if (!(await hasHeader(handle, words))) {
      await handle.close();
      return undefined;
    }
    start = INDEX_HEADER;
  }
  const { size } = await handle.stat();
  const bytes = words * 4;
  const count = Math.max(0, Math.floor((size - start) / bytes));
  const buffer = new Uint32Array(Math.min(count, INDEX_STEP) * words);
  return {
    count,
    end: start + count * bytes,
    async read(from, wanted) {
      const records = buffer.subarray(0, wanted * words);
      const into = Buffer.from(records.buffer, 0, wanted * bytes);
      for (let done = 0; done < into.length; ) {
        const { bytesRead } = await handle.read(into, done, into.length - done, start + from * bytes + done);
        if (bytesRead === 0) throw new Error(`${file} ends before record ${from + wanted}`);
        done += bytesRead;
      }
      return records;
    },
    close: () => handle.close(),
  };
}

async function hasHeader(handle: FileHandle, words: number): Promise<boolean> {
  const expected = indexHeader(words);
  const header = Buffer.alloc(INDEX_HEADER);
  const { bytesRead } = await handle.read(header, 0, INDEX_HEADER, 0);
  return bytesRead === INDEX_HEADER && header.subarray(0, 8).equals(expected.subarray(0, 8));
}
