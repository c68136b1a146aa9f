import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

export interface TokenizerFile {
  path: string;
  /** For people: whose tokenizer it is. */
  label: string;
}

export interface TokenizerSearch {
  /** `student` of smt.yaml. */
  student: { model: string; tokenizer?: string | undefined };
  root: string;
  /** The product's user-level cache. */
  cacheDir: string;
  env?: Readonly<Record<string, string | undefined>>;
}

/**
 * The student's `tokenizer.json`, if it is at hand: the configured path, a model that is a folder, the product's cache
 * (`tokenizers/<org>/<name>/`), the Hugging Face hub cache (`HF_HUB_CACHE`, `HF_HOME`).
 */
export async function findTokenizer(search: TokenizerSearch): Promise<TokenizerFile | { missing: string }> {
  const { student, root, cacheDir } = search;
  if (student.tokenizer !== undefined) {
    const configured = isAbsolute(student.tokenizer) ? student.tokenizer : resolve(root, student.tokenizer);
    for (const path of [configured, join(configured, 'tokenizer.json')])
      if (await isFile(path)) return { path, label: student.tokenizer };
    return { missing: `student.tokenizer "${student.tokenizer}" is no file` };
  }
  const local = join(resolve(root, student.model), 'tokenizer.json');
  if (/^[./~]|^[a-z]:/i.test(student.model) && (await isFile(local))) return { path: local, label: student.model };
  const name = /^([\w.-]+\/)?[\w.-]+$/.test(student.model) && !student.model.includes('..') ? student.model : undefined;
  if (name === undefined) return { missing: `no tokenizer.json for ${student.model} at hand` };
  for (const path of [
    join(cacheDir, 'tokenizers', name, 'tokenizer.json'),
    ...(await hubFiles(name, search.env ?? process.env)),
  ])
    if (await isFile(path)) return { path, label: name };
  return { missing: `no tokenizer.json for ${name} at hand` };
}

/** Snapshots of the model in the hub's cache, the one that `refs/main` names first. */
async function hubFiles(model: string, env: Readonly<Record<string, string | undefined>>): Promise<string[]> {
  const home = env.HF_HOME || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface');
  const folder = join(
    env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE || join(home, 'hub'),
    `models--${model.replaceAll('/', '--')}`,
  );
  const main = await readFile(join(folder, 'refs', 'main'), 'utf8').catch(() => '');
  const snapshots = await readdir(join(folder, 'snapshots')).catch((): string[] => []);
  return [main.trim(), ...snapshots.sort()]
    .filter((snapshot) => snapshot && snapshots.includes(snapshot))
    .map((snapshot) => join(folder, 'snapshots', snapshot, 'tokenizer.json'));
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
