import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { contentHash } from '../contentHash.ts';

/** Extracted texts, each once under its content hash: `<dir>/ab/abcd….txt`. Old texts stay, for samples made from them. */
function textFile(dir: string, hash: string): string {
  return join(dir, hash.slice(0, 2), `${hash}.txt`);
}

/** Stores a text and returns its hash. A text that is there already is not written again. */
export async function storeText(dir: string, text: string): Promise<string> {
  const hash = contentHash(text);
  const file = textFile(dir, hash);
  try {
    await access(file);
  } catch {
    await mkdir(join(dir, hash.slice(0, 2)), { recursive: true });
    const temporary = `${file}.${process.pid}-${threadId}.tmp`;
    await writeFile(temporary, text, 'utf8');
    await rename(temporary, file);
  }
  return hash;
}

/** The text with this hash, or undefined when the store has lost it or what lies there is not it. */
export async function storedText(dir: string, hash: string): Promise<string | undefined> {
  try {
    const text = await readFile(textFile(dir, hash), 'utf8');
    return contentHash(text) === hash ? text : undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
