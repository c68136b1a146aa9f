import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { Benchmark } from '../../contract/benchmark.ts';
import type { BenchmarkSource } from '../../contract/evaluation.ts';
import type { ConfigProblem } from '../../contract/project.ts';
import { walkFolder } from '../corpus/walk.ts';
import { columnOf, notJsonLine } from './benchmarks/sourceProblems.ts';
import { parseCsv } from './csv.ts';

export interface BenchmarkQuestionRef {
  /** The file's own id where it gives one, else `file:line`. */
  id: string;
  question: string;
  /** Project-relative POSIX path. */
  file: string;
  /** 1-based. */
  line: number;
}

const LARGEST_BYTES = 256 * 2 ** 20;

/**
 * Every evaluation question of a project, for the leak gate: all that stands under a key (or CSV column) `question` at
 * any depth, so the product's own YAML, QuALITY, FinanceBench, SQuAD and plain lists are read alike. What cannot be
 * read is a problem with its place, never silently skipped: a question that the gate does not know can leak.
 */
export async function readBenchmarkQuestions(options: {
  root: string;
  /** `benchmarks` of smt.yaml. */
  globs: readonly string[];
  /** `evaluation.benchmarks` of smt.yaml: files that may lie anywhere. */
  sources?: readonly BenchmarkSource[];
  signal?: AbortSignal;
}): Promise<{ questions: BenchmarkQuestionRef[]; problems: ConfigProblem[] }> {
  const { root, globs, sources = [], signal } = options;
  const found = await walkFolder(root, { include: globs, exclude: [], ownFiles: true }, signal);
  const questions: BenchmarkQuestionRef[] = [];
  const problems: ConfigProblem[] = found.unreadable.map(({ path, message }) => problem(path, 1, message));
  const files: BenchmarkFile[] = found.files.map((file) => ({ ...file, read: readerOf(file.path) }));
  const inside = new Set(files.map(({ absolute }) => absolute));
  for (const source of sources) {
    const named = await namedFile(root, source);
    if (typeof named === 'string') problems.push(problem(source.path, 1, named));
    else if (!inside.has(named.absolute)) files.push(named);
  }
  for (const { path, absolute, size, read: reader } of files) {
    signal?.throwIfAborted();
    if (size > LARGEST_BYTES) {
      problems.push(
        problem(
          path,
          1,
          `${Math.round(size / 2 ** 20)} MB: larger than the ${LARGEST_BYTES / 2 ** 20} MB a benchmark file may have. Split it.`,
        ),
      );
      continue;
    }
    try {
      const source = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(absolute));
      const read = reader(source, path);
      questions.push(...read.questions);
      problems.push(...read.problems);
      if (read.questions.length === 0 && read.problems.length === 0)
        problems.push(
          problem(path, 1, 'No question found. Questions stand under a key (or in a CSV column) `question`.'),
        );
    } catch (error) {
      problems.push(
        problem(
          path,
          1,
          `The file cannot be read as UTF-8 text (${error instanceof Error ? error.message : String(error)}). Save it as UTF-8.`,
        ),
      );
    }
  }
  return { questions, problems };
}

interface BenchmarkFile {
  path: string;
  absolute: string;
  size: number;
  read: FileReader;
}

/** A benchmark that smt.yaml names; a sentence where there is no such file. */
async function namedFile(root: string, { format, path }: BenchmarkSource): Promise<BenchmarkFile | string> {
  const absolute = isAbsolute(path) ? path : join(root, path);
  const found = await stat(absolute).catch(() => undefined);
  if (!found?.isFile()) return 'There is no such file. Correct `path` in evaluation.benchmarks of smt.yaml.';
  // By the format that is said: QuALITY's own files have no extension that tells it.
  const read =
    format === 'quality' || format === 'financebench'
      ? fromJsonl
      : format === 'longhealth' || format === 'squad'
        ? fromJson
        : readerOf(path);
  return { path, absolute, size: found.size, read };
}

/** The same for a project as smt.yaml describes it: every configured benchmark, wherever its file lies. */
export function projectBenchmarkQuestions(
  {
    root,
    config,
  }: {
    root: string;
    config: { benchmarks: readonly string[]; evaluation: { benchmarks: readonly BenchmarkSource[] } };
  },
  signal?: AbortSignal,
): ReturnType<typeof readBenchmarkQuestions> {
  return readBenchmarkQuestions({
    root,
    globs: config.benchmarks,
    sources: config.evaluation.benchmarks,
    ...(signal ? { signal } : {}),
  });
}

type FileReader = (source: string, file: string) => { questions: BenchmarkQuestionRef[]; problems: ConfigProblem[] };

function readerOf(path: string): FileReader {
  const extension = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase();
  if (extension === 'csv' || extension === 'tsv') return fromCsv;
  if (extension === 'jsonl' || extension === 'ndjson') return fromJsonl;
  if (extension === 'json') return fromJson;
  return fromYaml;
}

const fromYaml: FileReader = (source, file) => {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines });
  const place = (offset: number | undefined) => lines.linePos(offset ?? 0);
  const problems = document.errors.map(({ message, pos }) =>
    problem(file, place(pos[0]).line, message, place(pos[0]).col),
  );
  const questions: BenchmarkQuestionRef[] = [];
  visit(document, {
    Map(_, map) {
      const question = map.get('question');
      if (typeof question !== 'string' || !question.trim()) return;
      const { line } = place(map.range?.[0]);
      questions.push({ id: idOf(map.get('id')) ?? `${file}:${line}`, question, file, line });
    },
  });
  // A file in the product's own format is also checked as such; other YAML only has to have questions.
  if (isMap(document.contents) && document.has('v') && document.errors.length === 0) {
    const checked = Benchmark.safeParse(document.toJS({ maxAliasCount: 100 }));
    for (const issue of checked.error?.issues ?? []) {
      const node: unknown = document.getIn(issue.path, true) ?? document.getIn(issue.path.slice(0, -1), true);
      const { line, col } = place(isScalar(node) || isMap(node) ? node.range?.[0] : undefined);
      problems.push({ file, line, column: col, key: issue.path.join('.'), message: issue.message });
    }
  }
  return { questions, problems };
};

const fromJsonl: FileReader = (source, file) => {
  const questions: BenchmarkQuestionRef[] = [];
  const problems: ConfigProblem[] = [];
  for (const [index, text] of source.split('\n').entries()) {
    if (!text.trim()) continue;
    try {
      collect(JSON.parse(text), file, index + 1, questions);
    } catch (error) {
      problems.push(problem(file, index + 1, notJsonLine(error), columnOf(error)));
    }
  }
  return { questions, problems };
};

const fromJson: FileReader = (source, file) => {
  const questions: BenchmarkQuestionRef[] = [];
  try {
    collect(JSON.parse(source), file, 1, questions);
    return { questions, problems: [] };
  } catch (error) {
    return {
      questions,
      problems: [problem(file, 1, `Not JSON (${error instanceof Error ? error.message : String(error)}).`)],
    };
  }
};

const fromCsv: FileReader = (source, file) => {
  const [header, ...records] = parseCsv(source.replace(/^\ufeff/, ''));
  const columns = header?.fields.map((name) => name.trim().toLowerCase()) ?? [];
  const column = columns.indexOf('question');
  if (column < 0)
    return {
      questions: [],
      problems: [
        problem(file, 1, 'The first line has no column `question`. Name the columns there: id,question,answer'),
      ],
    };
  const idColumn = columns.indexOf('id');
  const questions = records.flatMap(({ line, fields }): BenchmarkQuestionRef[] => {
    const question = fields[column]?.trim();
    return question ? [{ id: idOf(fields[idColumn]) ?? `${file}:${line}`, question, file, line }] : [];
  });
  return { questions, problems: [] };
};

/** Every string under a key `question`, at any depth. */
function collect(value: unknown, file: string, line: number, into: BenchmarkQuestionRef[]): void {
  if (Array.isArray(value)) for (const element of value) collect(element, file, line, into);
  else if (typeof value === 'object' && value !== null) {
    const record: Record<string, unknown> = { ...value };
    if (typeof record.question === 'string' && record.question.trim()) {
      const id = idOf(record.id) ?? idOf(record.question_unique_id) ?? idOf(record.financebench_id);
      into.push({ id: id ?? `${file}:${line}`, question: record.question, file, line });
    }
    for (const child of Object.values(record)) collect(child, file, line, into);
  }
}

function idOf(value: unknown): string | undefined {
  return typeof value === 'number' || (typeof value === 'string' && value.trim()) ? String(value).trim() : undefined;
}

function problem(file: string, line: number, message: string, column = 1): ConfigProblem {
  return { file, line, column, key: '', message };
}
