import type { z } from 'zod';
import type { ConfigProblem } from '../../../contract/project.ts';

export function problemAt(file: string, line: number, message: string, key = ''): ConfigProblem {
  return { file, line, column: 1, key, message };
}

/** Rows of a JSONL text with their 1-based line; a line that is not one JSON value is a problem with its place. */
export function jsonRows(
  source: string,
  file: string,
): { rows: { line: number; value: unknown }[]; problems: ConfigProblem[] } {
  const rows: { line: number; value: unknown }[] = [];
  const problems: ConfigProblem[] = [];
  for (const [index, text] of source
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries()) {
    if (!text.trim()) continue;
    try {
      rows.push({ line: index + 1, value: JSON.parse(text) });
    } catch (error) {
      problems.push({ ...problemAt(file, index + 1, notJsonLine(error)), column: columnOf(error) });
    }
  }
  if (rows.length === 0 && problems.length === 0) problems.push(problemAt(file, 1, 'The file holds no rows.'));
  return { rows, problems };
}

/** What a line that is no JSON says to a person: the parser counts lines and positions within that line. */
export function notJsonLine(error: unknown): string {
  const reason = reasonOf(error).replace(/(?: in JSON)? at position \d+(?: \(line \d+ column \d+\))?/, '');
  return `Not a JSON value on one line (${reason}). Correct or delete the line.`;
}

/** 1-based column that a parser's error on one line names; 1 where it names none. */
export function columnOf(error: unknown): number {
  const position = /at position (\d+)/.exec(reasonOf(error))?.[1];
  return position === undefined ? 1 : Number(position) + 1;
}

/** A whole JSON text; where it does not parse, the line that the parser names. */
export function jsonFile(
  source: string,
  file: string,
): { ok: true; value: unknown } | { ok: false; problems: ConfigProblem[] } {
  try {
    return { ok: true, value: JSON.parse(source.replace(/^\ufeff/, '')) };
  } catch (error) {
    const reason = reasonOf(error);
    const line = /\(line (\d+) /.exec(reason)?.[1];
    const position = /position (\d+)/.exec(reason)?.[1];
    const at = line ? Number(line) : position ? lineOf(source, Number(position)) : 1;
    return { ok: false, problems: [problemAt(file, at, `Not JSON: ${reason}`)] };
  }
}

/** 1-based line of an offset. */
export function lineOf(source: string, offset: number): number {
  let line = 1;
  for (let at = source.indexOf('\n'); at >= 0 && at < offset; at = source.indexOf('\n', at + 1)) line += 1;
  return line;
}

/** Finds texts of a parsed JSON file in its source again, in order, to give problems their line. */
export class LineFinder {
  readonly #source: string;
  #at = 0;
  #line = 1;

  constructor(source: string) {
    this.#source = source;
  }

  /** Line of the next place where this string stands; the last known line where it is written in another way. */
  next(text: string): number {
    const found = this.#source.indexOf(JSON.stringify(text).slice(1, -1), this.#at);
    if (found < 0) return this.#line;
    for (let at = this.#source.indexOf('\n', this.#at); at >= 0 && at < found; at = this.#source.indexOf('\n', at + 1))
      this.#line += 1;
    this.#at = found;
    return this.#line;
  }
}

/** What a zod schema says against a value, one problem for each issue, at the line of its row. */
export function schemaProblems(file: string, line: number, error: z.ZodError): ConfigProblem[] {
  return error.issues
    .slice(0, 5)
    .map(({ path, message }) => problemAt(file, line, worded(message), path.map(String).join('.')));
}

/** zod's words for what is not there, too small or too big are those of a programmer. */
function worded(message: string): string {
  const bound = /^Too (?:big|small): expected (\w+) to (?:be|have) (.+?)(?: items| characters)?$/.exec(message);
  if (bound) return boundWorded(bound[1] ?? '', bound[2] ?? '');
  const found = /^Invalid input(?:: expected (\w+), received (\w+))?$/.exec(message);
  if (!found) return message;
  const [, expected, received] = found;
  if (expected === undefined) return 'missing, or not of a kind that is read here';
  return received === 'undefined' ? `missing (${expected})` : `is ${received}, must be ${expected}`;
}

/** `number`, `<=4` → "must be at most 4"; `array`, `exactly 4` → "must have exactly 4 entries". */
function boundWorded(kind: string, limit: string): string {
  if (kind !== 'number' && limit === '>=1') return 'is empty';
  const words = limit
    .replace(/^<=/, 'at most ')
    .replace(/^>=/, 'at least ')
    .replace(/^</, 'less than ')
    .replace(/^>/, 'more than ');
  return kind === 'number' ? `must be ${words}` : `must have ${words} ${kind === 'string' ? 'characters' : 'entries'}`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
