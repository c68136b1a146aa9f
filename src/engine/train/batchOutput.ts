import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { BatchProgress } from './batch.ts';

/** Lines of our own on the worker's stdout; every other line is log text. */
const MARK = '@smt ';

export type BatchLine =
  | { kind: 'progress'; progress: BatchProgress }
  | { kind: 'error'; message: string; hint: string }
  | { kind: 'text'; text: string };

/** One line of the worker's stdout: an event of `smt-events/1` behind the mark, or words. */
export function readBatchLine(line: string): BatchLine {
  if (!line.startsWith(MARK)) return { kind: 'text', text: line };
  const event = asRecord(line.slice(MARK.length));
  if (!event) return { kind: 'text', text: line };
  const text = (key: string) => (typeof event[key] === 'string' ? event[key] : undefined);
  const number = (key: string) => (typeof event[key] === 'number' ? event[key] : undefined);
  switch (event.type) {
    case 'error':
      return {
        kind: 'error',
        message: text('message') ?? 'The worker failed.',
        hint: text('hint') ?? 'The log has the details.',
      };
    case 'phase':
      return {
        kind: 'progress',
        progress: { phase: text('name') ?? 'setup', done: 0, total: null, unit: 'request' },
      };
    case 'log':
      return { kind: 'text', text: text('msg') ?? line };
    default: {
      const done = number('done');
      if (done === undefined) return { kind: 'text', text: line };
      const message = text('message');
      return {
        kind: 'progress',
        progress: {
          phase: text('phase') ?? 'generate',
          done,
          total: number('total') ?? null,
          unit: text('unit') ?? 'request',
          ...(message === undefined ? {} : { message }),
        },
      };
    }
  }
}

/** Complete lines of a batch file; 0 where it is not there. */
export async function countAnswers(file: string): Promise<number> {
  let lines = 0;
  try {
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line.startsWith('{') && line.endsWith('}')) lines += 1;
    }
  } catch {
    return lines;
  }
  return lines;
}

function asRecord(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : undefined;
  } catch {
    return undefined;
  }
}
