import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CompletionLog } from './completionLog.ts';
import { LineStore } from './lineStore.ts';
import { RequestStore, requestFormats } from './requestStore.ts';
import { listShards, readLines } from './shards.ts';
import { readTar, writeTar } from './tar.ts';

/** The folders of a project that hold paid work (design §4): everything else can be made again from them. */
export interface LogFolders {
  completions: string;
  requests: string;
  /** Draws and additions: which questions were paired with which strategies. */
  plan?: string;
  /** Answers to evaluation questions: a log of its own, `evaluation/` in the export. */
  evaluation?: { completions: string; requests: string };
}

export interface Moved {
  completions: number;
  requests: number;
}

const PARTS = ['completions', 'requests', 'plan'] as const;
const EVALUATION = 'evaluation';

/**
 * Writes completions, requests and drawn plans to one file (`.tar.gz` or `.tgz`) or, with any other name, to a new
 * folder. Index files stay behind; they are rebuilt. Nothing may be writing the log meanwhile.
 */
export async function exportLog(folders: LogFolders, target: string): Promise<Moved> {
  const files: { path: string; file: string }[] = [];
  for (const [path, folder] of partsOf(folders)) {
    for (const name of await filesOf(folder)) files.push({ path: `${path}/${name}`, file: join(folder, name) });
  }
  const temporary = `${target}.partial`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(dirname(target), { recursive: true });
  if (isArchive(target)) {
    await writeTar(temporary, files);
  } else {
    for (const { path, file } of files) {
      await mkdir(dirname(join(temporary, path)), { recursive: true });
      await cp(file, join(temporary, path));
    }
  }
  await rename(temporary, target);
  const moved = await sizeOf(folders);
  return folders.evaluation ? sum(moved, await sizeOf(folders.evaluation)) : moved;
}

function partsOf(folders: LogFolders): [path: string, folder: string][] {
  const own = PARTS.flatMap((part): [string, string][] => (folders[part] ? [[part, folders[part]]] : []));
  const { evaluation } = folders;
  if (!evaluation) return own;
  const answers = (['completions', 'requests'] as const).map((part): [string, string] => [
    `${EVALUATION}/${part}`,
    evaluation[part],
  ]);
  return [...own, ...answers];
}

async function sizeOf(folders: Pick<LogFolders, 'completions' | 'requests'>): Promise<Moved> {
  const log = await CompletionLog.open(folders.completions);
  const store = await RequestStore.open(folders.requests);
  const moved = { completions: log.size, requests: store.size };
  await log.close();
  await store.close();
  return moved;
}

const sum = (a: Moved, b: Moved): Moved => ({
  completions: a.completions + b.completions,
  requests: a.requests + b.requests,
});

/**
 * Takes in what an export holds and the project does not: new shards named after their content, so that taking in the
 * same file twice adds nothing. Existing lines and files are never changed; a drawn plan that is there already stays.
 */
export async function importLog(folders: LogFolders, source: string): Promise<Moved> {
  if (!isArchive(source)) return takeInAll(folders, source);
  const unpacked = await mkdtemp(join(tmpdir(), 'smt-import-'));
  try {
    await readTar(source, unpacked);
    return await takeInAll(folders, unpacked);
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
}

async function takeInAll(folders: LogFolders, source: string): Promise<Moved> {
  const moved = await takeIn(folders, source);
  const answers = join(source, EVALUATION);
  const there = await stat(join(answers, 'completions')).catch(() => undefined);
  if (!folders.evaluation || !there?.isDirectory()) return moved;
  return sum(moved, await takeIn(folders.evaluation, answers));
}

async function takeIn(folders: LogFolders, source: string): Promise<Moved> {
  const found = await Promise.all(PARTS.map((part) => stat(join(source, part)).catch(() => undefined)));
  if (!found[0]?.isDirectory())
    throw new Error(`${source} holds no folder "completions": it is not an export of a log.`);
  await mkdir(folders.completions, { recursive: true });
  await mkdir(folders.requests, { recursive: true });
  const log = await CompletionLog.open(folders.completions);
  const requests = await LineStore.open(folders.requests, requestFormats.requests);
  const texts = await LineStore.open(folders.requests, requestFormats.texts);
  try {
    // Texts before the requests that name them, requests before their completions.
    const from = join(source, 'requests');
    await merge(from, 'texts-', folders.requests, idOf('hash'), (id) => !texts.has(id));
    const newRequests = await merge(from, 'requests-', folders.requests, idOf('id'), (id) => !requests.has(id));
    const wanted = (id: string) => log.state(id) !== 'answered';
    const completions = await merge(
      join(source, 'completions'),
      '',
      folders.completions,
      idOf('custom_id'),
      wanted,
      'completions-',
    );
    if (folders.plan)
      await cp(join(source, 'plan'), folders.plan, { recursive: true, force: false }).catch(ignoreMissing);
    return { completions, requests: newRequests };
  } finally {
    await log.close();
    await requests.close();
    await texts.close();
  }
}

/** Copies the wanted lines of all shards into one new shard; gives how many ids came. */
async function merge(
  from: string,
  prefix: string,
  to: string,
  idOfLine: (line: string) => string | undefined,
  wanted: (id: string) => boolean,
  own = prefix,
): Promise<number> {
  const temporary = join(to, `.import-${process.pid}.partial`);
  const out = await open(temporary, 'w');
  const digest = createHash('sha256');
  const seen = new Set<string>();
  try {
    for (const shard of await listShards(from, prefix)) {
      for await (const lines of readLines(join(from, shard), 0)) {
        let chunk = '';
        for (const { text } of lines) {
          const id = idOfLine(text);
          if (!id || !wanted(id)) continue;
          seen.add(id);
          chunk += `${text}\n`;
        }
        if (chunk === '') continue;
        digest.update(chunk);
        await out.appendFile(chunk);
      }
    }
    await out.datasync();
  } finally {
    await out.close();
  }
  if (seen.size === 0) await rm(temporary, { force: true });
  else await rename(temporary, join(to, `${own}import-${digest.digest('hex').slice(0, 16)}.jsonl`));
  return seen.size;
}

/** The id of a stored line; a line that is not JSON or has none is left out. */
function idOf(key: 'id' | 'hash' | 'custom_id'): (line: string) => string | undefined {
  return (line) => {
    try {
      const parsed: unknown = JSON.parse(line);
      if (!parsed || typeof parsed !== 'object') return undefined;
      const id = new Map(Object.entries(parsed)).get(key);
      return typeof id === 'string' && /^[0-9a-f]{32}$/.test(id) ? id : undefined;
    } catch {
      return undefined;
    }
  };
}

function isArchive(file: string): boolean {
  return /\.(tar\.gz|tgz)$/i.test(file);
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map((entry) => entry.name);
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
