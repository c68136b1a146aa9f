import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { type HarnessFigure, HarnessModel, type HarnessRow } from '../../../contract/harness.ts';
import { listRunDirectories } from '../../jobs/index.ts';
import { LogProblem, logBytes, parseJson, readLog } from '../imported/index.ts';
import { HARNESS_FOLDER } from './runHarness.ts';

/** A figure with what tells how it was asked. */
interface Asked extends Pick<HarnessRow, 'task' | 'metric' | 'tool' | 'limit'> {
  model: string;
  /** The harness's hash of the questions and prompts it asked. */
  hash: string | undefined;
  /** The task's own, which its author raises where answers are read in another way. */
  version: string | undefined;
  at: number;
  figure: HarnessFigure;
}

export interface HarnessResults {
  /** Changes whenever a results file does. */
  readonly stamp: string;
  readonly rows: readonly HarnessRow[];
  readonly problems: readonly string[];
}

const HowAsked = z.looseObject({
  task_hashes: z.record(z.string(), z.string()).catch({}),
  versions: z.record(z.string(), z.unknown()).catch({}),
});

/** What lm-evaluation-harness wrote in the evaluations of a project; a results file is read once. */
export class HarnessBook {
  readonly #files = new Map<string, Promise<Asked[] | string>>();
  #kept: HarnessResults = { stamp: '', rows: [], problems: [] };

  constructor(private readonly runsFolder: string) {}

  async refresh(): Promise<HarnessResults> {
    const found = (await Promise.all((await listRunDirectories(this.runsFolder)).map(resultsOf))).flat();
    const stamp = found.map(({ file, changed }) => `${file} ${changed}`).join('\n');
    if (stamp === this.#kept.stamp) return this.#kept;
    const asked: Asked[] = [];
    const problems: string[] = [];
    for (const result of found) {
      const key = `${result.file} ${result.changed}`;
      const reading = this.#files.get(key) ?? readResult(result);
      this.#files.set(key, reading);
      const read = await reading;
      if (typeof read === 'string') problems.push(read);
      else asked.push(...read);
    }
    this.#kept = { stamp, rows: rowsOf(asked), problems };
    return this.#kept;
  }
}

interface ResultFile {
  run: string;
  about: HarnessModel;
  file: string;
  changed: number;
}

/** Results files of a run: those of finished tasks, whose folder has its name. */
async function resultsOf(dir: string): Promise<ResultFile[]> {
  const folder = join(dir, HARNESS_FOLDER);
  const found: ResultFile[] = [];
  for (const id of await readdir(folder).catch(() => [])) {
    const about = await aboutOf(join(folder, id, 'model.json'));
    if (!about) continue;
    for (const task of await readdir(join(folder, id))) {
      if (task.endsWith('.part')) continue;
      const name = (await readdir(join(folder, id, task)).catch(() => [])).find((one) =>
        /^results_.+\.json$/.test(one),
      );
      if (name === undefined) continue;
      const file = join(folder, id, task, name);
      found.push({ run: basename(dir), about, file, changed: (await stat(file)).mtimeMs });
    }
  }
  return found;
}

async function aboutOf(file: string): Promise<HarnessModel | undefined> {
  try {
    return HarnessModel.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

async function readResult({ run, about, file }: ResultFile): Promise<Asked[] | string> {
  try {
    const bytes = await logBytes(file, basename(file));
    const { figures, tool } = await readLog(file, bytes, []);
    // As the harness writes it: a figure may be a bare NaN.
    const how = HowAsked.safeParse(parseJson(bytes.toString('utf8'), basename(file))).data;
    return figures.map(({ task, metric, accuracy, stderr, questions }) => ({
      ...{ task, metric, tool, limit: about.limit, model: about.model, at: about.at },
      ...{ hash: how?.task_hashes[task], version: JSON.stringify(how?.versions[task]) },
      figure: { accuracy, stderr, questions, run },
    }));
  } catch (error) {
    if (!(error instanceof LogProblem)) throw error;
    const { message } = error.problem;
    return `${run}, lm-evaluation-harness, ${basename(file)}: ${message}`;
  }
}

/** The newest figure of each model; a trained one stands beside the base's that was asked in the same way. */
function rowsOf(asked: readonly Asked[]): HarnessRow[] {
  const newest = new Map<string, Asked>();
  const keyOf = ({ task, metric, tool, limit, hash, version }: Asked, model: string) =>
    JSON.stringify([task, metric, tool, limit, hash ?? null, version ?? null, model]);
  for (const one of asked.toSorted((first, second) => first.at - second.at)) newest.set(keyOf(one, one.model), one);
  const rows: HarnessRow[] = [];
  const paired = new Set<Asked>();
  for (const one of newest.values()) {
    if (one.model === 'base') continue;
    // Without a hash nobody knows whether the questions were the same.
    const base = one.hash === undefined ? undefined : newest.get(keyOf(one, 'base'));
    if (base) paired.add(base);
    const { task, metric, tool, limit, model, figure } = one;
    rows.push({ task, metric, tool, limit, model, base: base?.figure ?? null, trained: figure });
  }
  for (const one of newest.values()) {
    if (one.model !== 'base' || paired.has(one)) continue;
    const { task, metric, tool, limit, figure } = one;
    rows.push({ task, metric, tool, limit, model: null, base: figure, trained: null });
  }
  const order = ({ task, metric, model }: HarnessRow) => [model ?? '', task, metric].join('\u0000');
  return rows.toSorted((first, second) => order(first).localeCompare(order(second)));
}
