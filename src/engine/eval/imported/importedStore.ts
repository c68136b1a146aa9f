import { hash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { IMPORTED_VERSION, ImportedFile, type ImportOutcome } from '../../../contract/imported.ts';
import { writeAtomically } from '../../jobs/index.ts';
import { checked, LogProblem, logBytes, MOST_LOG_BYTES } from './logFile.ts';
import { readLog } from './readLog.ts';

const NAME = /^[0-9a-f]{12}\.json$/;

/**
 * Takes logs of other programs into a project: each file for itself, so that a malformed one costs no other. Samples files
 * of lm-evaluation-harness may be among them; they belong to the results files named. The logs are only read.
 * @param folder `.smt/evaluation/imported`
 */
export async function importLogs(folder: string, paths: readonly string[]): Promise<ImportOutcome> {
  const samples = paths.filter((path) => path.endsWith('.jsonl'));
  const logs = paths.filter((path) => !path.endsWith('.jsonl'));
  const outcome: ImportOutcome = { imported: [], problems: [] };
  if (logs.length === 0) {
    outcome.problems.push({
      file: basename(samples[0] ?? ''),
      message: 'holds samples only',
      hint: 'Import the results_….json that was written with it; samples beside it are found.',
    });
  }
  for (const path of logs) {
    try {
      const bytes = await logBytes(path, basename(path));
      const { figures, ...read } = await readLog(path, bytes, samples);
      const id = hash('sha256', bytes, 'hex').slice(0, 12);
      const file = basename(path).slice(0, 300);
      const kept: ImportedFile = { v: IMPORTED_VERSION, id, file, imported: Date.now() / 1000, ...read, figures };
      await mkdir(folder, { recursive: true });
      await writeAtomically(join(folder, `${id}.json`), `${JSON.stringify(checked(ImportedFile, kept, { file }))}\n`);
      outcome.imported.push({ id, source: read.source, file, left_out: read.left_out, figures: figures.length });
    } catch (error) {
      if (!(error instanceof LogProblem)) throw error;
      outcome.problems.push(error.problem);
    }
  }
  return outcome;
}

/** Takes imports out again, by id or by the name of their file. @returns the ids that are gone */
export async function removeImported(folder: string, wanted: readonly string[]): Promise<string[]> {
  const { files } = await new ImportedLogs(folder).refresh();
  const gone = files.filter(({ id, file }) => wanted.includes(id) || wanted.includes(file));
  for (const { id } of gone) await rm(join(folder, `${id}.json`), { force: true });
  return gone.map(({ id }) => id);
}

export interface Imported {
  /** Changes whenever a file does. */
  readonly stamp: string;
  readonly files: readonly ImportedFile[];
  readonly problems: readonly string[];
}

/** The imports of a project, read once and again when their files changed. */
export class ImportedLogs {
  #kept: Imported = { stamp: '', files: [], problems: [] };

  constructor(private readonly folder: string) {}

  async refresh(): Promise<Imported> {
    const names = (await readdir(this.folder).catch(() => [])).filter((name) => NAME.test(name)).sort();
    const found = await Promise.all(
      names.map(async (name) => ({ name, is: await stat(join(this.folder, name)).catch(() => undefined) })),
    );
    const stamp = found.map(({ name, is }) => `${name} ${is?.size} ${is?.mtimeMs}`).join('\n');
    if (stamp === this.#kept.stamp) return this.#kept;
    const files: ImportedFile[] = [];
    const problems: string[] = [];
    for (const { name, is } of found) {
      const path = join(this.folder, name);
      if (!is?.isFile() || is.size > MOST_LOG_BYTES) {
        problems.push(`${path}: not a file of at most ${MOST_LOG_BYTES} bytes`);
        continue;
      }
      const read = await asImported(path);
      if (typeof read === 'string') problems.push(`${path}: ${read}`);
      else files.push(read);
    }
    this.#kept = { stamp, files: files.toSorted((one, other) => one.imported - other.imported), problems };
    return this.#kept;
  }
}

async function asImported(path: string): Promise<ImportedFile | string> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    const parsed = ImportedFile.safeParse(value);
    if (parsed.success) return parsed.data;
    const version = typeof value === 'object' && value !== null && 'v' in value ? value.v : undefined;
    if (typeof version === 'number' && version > IMPORTED_VERSION)
      return `version ${version} is newer than this program (${IMPORTED_VERSION}); update it`;
    const [issue] = parsed.error.issues;
    return `${issue?.path.map(String).join('.') ?? ''} ${issue?.message ?? 'not understood'}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
