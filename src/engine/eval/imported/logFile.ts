import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { z } from 'zod';
import type { ImportedFile, ImportProblem } from '../../../contract/imported.ts';

/** A log is parsed whole: more would not fit beside everything else. */
export const MOST_LOG_BYTES = 128 * 1024 * 1024;
/** Samples are read line by line. */
const MOST_SAMPLES_BYTES = 1024 * 1024 * 1024;
const MOST_LINE_BYTES = 16 * 1024 * 1024;

/** What a log says, before it has an id. */
export type ReadLog = Pick<ImportedFile, 'source' | 'tool' | 'created' | 'figures' | 'left_out'>;

/** Why a log is not taken in. Thrown inside this room only; `importLogs` gives it as a value. */
export class LogProblem extends Error {
  constructor(readonly problem: ImportProblem) {
    super(problem.message);
  }
}

/** The bytes of a log. @throws LogProblem where it cannot be read, is too large or is no JSON text */
export async function logBytes(path: string, file: string): Promise<Buffer> {
  await sized(path, file, MOST_LOG_BYTES);
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new LogProblem({ file, message: `cannot be read: ${said(error)}` });
  });
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) {
    throw new LogProblem({
      file,
      message: 'is an archive, not JSON (Inspect’s .eval logs are)',
      hint: 'Write it as JSON: inspect log convert --to json --output-dir DIR FILE',
    });
  }
  return bytes;
}

async function sized(path: string, file: string, most: number): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    throw new LogProblem({ file, message: `cannot be read: ${said(error)}` });
  });
  if (!found.isFile()) throw new LogProblem({ file, message: 'is not a file' });
  if (found.size > most) {
    const megabytes = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MB`;
    throw new LogProblem({
      file,
      message: `is ${megabytes(found.size)}, and at most ${megabytes(most)} are read`,
      hint: 'Inspect: “inspect log dump --header-only FILE” writes the figures without the samples.',
    });
  }
}

/** Lines of a samples file that are not blank, each parsed. @throws LogProblem with the line that is malformed */
export async function* sampleLines(path: string, file: string): AsyncGenerator<{ line: number; value: unknown }> {
  await sized(path, file, MOST_SAMPLES_BYTES);
  let line = 0;
  let rest: Buffer = Buffer.alloc(0);
  const parsed = (bytes: Buffer) => {
    line += 1;
    const text = bytes.toString('utf8').trim();
    return text === '' ? undefined : { line, value: parseJson(text, file, line) };
  };
  for await (const chunk of createReadStream(path)) {
    const bytes: Buffer = Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      const found = parsed(bytes.subarray(start, end));
      if (found) yield found;
      start = end + 1;
    }
    rest = bytes.subarray(start);
    if (rest.length > MOST_LINE_BYTES)
      throw new LogProblem({ file, line: line + 1, message: 'is longer than any sample may be (16 MB)' });
  }
  const found = parsed(rest);
  if (found) yield found;
}

/**
 * JSON as Python writes it: `NaN`, `Infinity` and `-Infinity` outside strings are taken as null.
 * @param line of the text in its file, where the text is one line of many
 * @throws LogProblem with the line where it ends to be JSON
 */
export function parseJson(text: string, file: string, line?: number): unknown {
  const strict = text.startsWith('\ufeff') ? text.slice(1) : text;
  try {
    return JSON.parse(strict);
  } catch {
    const tolerant = withoutNotNumbers(strict);
    try {
      return JSON.parse(tolerant);
    } catch (error) {
      const at = Number(/position (\d+)/.exec(said(error))?.[1] ?? tolerant.length);
      const within = tolerant.slice(0, at).split('\n').length;
      throw new LogProblem({ file, line: line ?? within, message: `is not JSON: ${reason(said(error))}` });
    }
  }
}

/** The engine's own words end in a quotation of the text, which may be long. */
const reason = (words: string): string => words.replace(/(, )?(\.\.\.)?".*/s, '').trim() || 'malformed';

function withoutNotNumbers(text: string): string {
  const pieces: string[] = [];
  let from = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (inString) {
      if (character === 0x5c) at += 1;
      else if (character === 0x22) inString = false;
    } else if (character === 0x22) inString = true;
    else if (character === 0x4e || character === 0x49) {
      const word = ['NaN', 'Infinity'].find((one) => text.startsWith(one, at));
      if (!word) continue;
      pieces.push(text.slice(from, text[at - 1] === '-' ? at - 1 : at), 'null');
      at += word.length - 1;
      from = at + 1;
    }
  }
  return pieces.length === 0 ? text : pieces.join('') + text.slice(from);
}

/**
 * A value as its schema wants it.
 * @param at where the value stands: its file, its line, the field it is of
 * @throws LogProblem naming the field
 */
export function checked<T>(
  schema: z.ZodType<T>,
  value: unknown,
  at: { file: string; line?: number; field?: string },
): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = [at.field, ...(issue?.path.map(String) ?? [])].filter(Boolean).join('.');
  throw new LogProblem({ ...at, ...(field ? { field } : {}), message: issue?.message ?? 'is not understood' });
}

const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));
