import { isMap, isSeq, LineCounter, parseDocument } from 'yaml';
import { Benchmark, BenchmarkQuestion } from '../../../contract/benchmark.ts';
import type { ConfigProblem } from '../../../contract/project.ts';
import { parseYaml } from '../../project/yamlProblems.ts';
import { parseCsv } from '../csv.ts';
import { jsonRows, problemAt, schemaProblems } from './sourceProblems.ts';
import type { Adapter, ReadQuestion } from './types.ts';

/** The user's own questions: YAML of this product, JSONL with a question a line, or CSV with named columns. */
export const ownFormat: Adapter = (source, file) => {
  const extension = /\.(\w+)$/.exec(file)?.[1]?.toLowerCase();
  if (extension === 'csv' || extension === 'tsv') return fromCsv(source, file);
  if (extension === 'jsonl' || extension === 'ndjson') return fromJsonl(source, file);
  return fromYaml(source, file);
};

const fromYaml: Adapter = (source, file) => {
  const parsed = parseYaml(file, source, Benchmark);
  if (!parsed.ok) return { questions: [], problems: parsed.problems };
  const { name, draft, questions } = parsed.value;
  const lines = linesOfQuestions(source);
  return {
    name,
    ...(draft === undefined ? {} : { draft }),
    questions: questions.map((question, index) => asRead(question, lines[index] ?? 1)),
    problems: [],
  };
};

function linesOfQuestions(source: string): number[] {
  const counter = new LineCounter();
  const list = parseDocument(source, { lineCounter: counter }).get('questions');
  if (!isSeq(list)) return [];
  return list.items.map((entry) => (isMap(entry) ? counter.linePos(entry.range?.[0] ?? 0).line : 1));
}

const fromJsonl: Adapter = (source, file) => {
  const { rows, problems } = jsonRows(source, file);
  return { ...checked(rows, file, problems) };
};

/**
 * Columns `id,question,answer` and, where wanted, `choices` and `accept` (separated by `|`), `document`, `derived`.
 * Without `id` the line is the id.
 */
const fromCsv: Adapter = (source, file) => {
  const [header, ...records] = parseCsv(source.replace(/^\ufeff/, ''));
  const columns = header?.fields.map((name) => name.trim().toLowerCase()) ?? [];
  const missing = ['question', 'answer'].filter((name) => !columns.includes(name));
  if (missing.length > 0) {
    const message = `The first line has no column ${missing.map((name) => `\`${name}\``).join(' and ')}. Name the columns there: id,question,answer`;
    return { questions: [], problems: [problemAt(file, 1, message)] };
  }
  const rows = records.map(({ line, fields }) => {
    const cell = (name: string) => fields[columns.indexOf(name)]?.trim() || undefined;
    const list = (name: string) =>
      cell(name)
        ?.split('|')
        .map((part) => part.trim())
        .filter((part) => part !== '');
    const value: Record<string, unknown> = {
      id: cell('id') ?? String(line),
      question: cell('question') ?? '',
      answer: cell('answer') ?? '',
      choices: list('choices'),
      accept: list('accept'),
      document: cell('document'),
      derived: cell('derived') === undefined ? undefined : /^(true|yes|1)$/i.test(cell('derived') ?? ''),
    };
    return { line, value };
  });
  return checked(rows, file, []);
};

function checked(rows: readonly { line: number; value: unknown }[], file: string, problems: ConfigProblem[]) {
  const questions: ReadQuestion[] = [];
  const seen = new Set<string>();
  for (const { line, value } of rows) {
    const parsed = BenchmarkQuestion.safeParse(value);
    if (!parsed.success) problems.push(...schemaProblems(file, line, parsed.error));
    else if (seen.has(parsed.data.id))
      problems.push(problemAt(file, line, `Question id "${parsed.data.id}" stands twice.`, 'id'));
    else {
      seen.add(parsed.data.id);
      questions.push(asRead(parsed.data, line));
    }
  }
  return { questions, problems };
}

function asRead(question: BenchmarkQuestion, line: number): ReadQuestion {
  const { id, choices, answer, accept, document, derived } = question;
  return {
    id,
    line,
    question: question.question,
    ...(choices ? { choices, gold_choice: choices.indexOf(answer) } : {}),
    gold: answer,
    ...(accept ? { accept } : {}),
    ...(document === undefined
      ? {}
      : { document: { id: document }, group: document, ...(derived ? {} : { evidence: [{ text: answer }] }) }),
    title: document ?? id,
  };
}
