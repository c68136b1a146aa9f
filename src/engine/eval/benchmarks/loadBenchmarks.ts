import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { BenchmarkSource, EvaluatedQuestion } from '../../../contract/evaluation.ts';
import type { ConfigProblem } from '../../../contract/project.ts';
import { walkFolder } from '../../corpus/walk.ts';
import type { Project } from '../../project/index.ts';
import { GENERAL_PANEL, generalQuestions } from '../general/generalPanel.ts';
import { financeBench } from './financeBench.ts';
import { longHealth } from './longHealth.ts';
import { ownFormat } from './ownFormat.ts';
import { type PlaceableCorpus, placeQuestions } from './placeQuestions.ts';
import { quality } from './quality.ts';
import { problemAt } from './sourceProblems.ts';
import { splitQuestions } from './split.ts';
import { squad } from './squad.ts';
import type { Adapter, ReadQuestion } from './types.ts';

const adapters: Readonly<Record<BenchmarkSource['format'], Adapter>> = {
  quality,
  longhealth: longHealth,
  financebench: financeBench,
  squad,
  own: ownFormat,
};

const LARGEST_BYTES = 256 * 2 ** 20;

/** A benchmark of a project as it stands on disk. */
export interface LoadedBenchmark {
  id: string;
  format: BenchmarkSource['format'] | 'general';
  split: EvaluatedQuestion['split'];
  /** As people know the file: relative to the project, or absolute; `built in` for the general panel. */
  file: string;
  /** A machine wrote it and nobody reviewed it: no number is reported on it. */
  draft: boolean;
  /** Questions of the split, in the file's order. Empty where there are problems. */
  questions: readonly ReadQuestion[];
  problems: ConfigProblem[];
}

/**
 * Every benchmark of a project: those that `evaluation.benchmarks` names, one for each file under `benchmarks/`, and the
 * bundled general panel. A file with a problem has no questions here: nothing is half-loaded.
 */
export async function loadBenchmarks(project: Project, signal?: AbortSignal): Promise<LoadedBenchmark[]> {
  const { root, config } = project;
  const loaded: LoadedBenchmark[] = [];
  const named = new Map<string, string>([[GENERAL_PANEL, 'built in']]);
  const add = async (source: BenchmarkSource, absolute: string) => {
    const taken = named.get(source.id);
    named.set(source.id, taken ?? source.path);
    const read = await readSource(source, absolute);
    const twice =
      taken === undefined
        ? []
        : [problemAt(source.path, 1, `Benchmark id "${source.id}" is taken by ${taken}. Rename one.`)];
    const problems = [...read.problems, ...twice];
    loaded.push({
      id: source.id,
      format: source.format,
      split: source.split,
      file: source.path,
      draft: read.draft ?? false,
      questions: problems.length > 0 ? [] : splitQuestions(read.questions, source.split),
      problems,
    });
  };
  const sources = config.evaluation.benchmarks;
  for (const source of sources) await add(source, isAbsolute(source.path) ? source.path : join(root, source.path));
  const known = new Set(sources.map(({ path }) => (isAbsolute(path) ? path : join(root, path))));
  const found = await walkFolder(root, { include: config.benchmarks, exclude: [], ownFiles: true }, signal);
  for (const { path, absolute } of found.files) {
    if (known.has(absolute)) continue;
    await add({ id: idOfFile(path), format: 'own', path, split: 'all' }, absolute);
  }
  loaded.push({
    id: GENERAL_PANEL,
    format: 'general',
    split: 'all',
    file: 'built in',
    draft: false,
    questions: generalQuestions,
    problems: [],
  });
  return loaded;
}

/** Questions of a loaded benchmark with their places in the corpus, where there is one. */
export function evaluatedQuestions(
  benchmark: LoadedBenchmark,
  corpus: PlaceableCorpus | undefined,
): Promise<EvaluatedQuestion[]> {
  return placeQuestions(benchmark.id, benchmark.split, benchmark.questions, corpus);
}

async function readSource(source: BenchmarkSource, absolute: string): Promise<ReturnType<Adapter>> {
  const failed = (message: string) => ({ questions: [], problems: [problemAt(source.path, 1, message)] });
  try {
    const found = await stat(absolute);
    if (!found.isFile()) return failed('Not a file. Name the file of the questions in evaluation.benchmarks.');
    if (found.size > LARGEST_BYTES) return failed(`Larger than ${LARGEST_BYTES / 2 ** 20} MB. Split it.`);
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(absolute));
    const read = adapters[source.format](text, source.path);
    if (read.questions.length === 0 && read.problems.length === 0) return failed('No question found.');
    return read;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return failed('There is no such file. Correct `path` in evaluation.benchmarks of smt.yaml.');
    return failed(`Cannot be read as UTF-8 text (${error instanceof Error ? error.message : String(error)}).`);
  }
}

/** `benchmarks/osmerrow.yaml` → `osmerrow`, as ids of benchmarks are written. */
function idOfFile(path: string): string {
  const stem = path.replace(/^.*\//, '').replace(/\.[^.]+$/, '');
  const id = stem
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 40);
  return id || 'own';
}
