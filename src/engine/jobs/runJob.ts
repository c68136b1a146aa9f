import type { JobKind, JobStatus, PauseCause } from '../../contract/events.ts';
import { EventWriter } from './eventWriter.ts';
import { JobProblem } from './problem.ts';

/** How a job of ours ended: a value, so that the terminal, the run directory and a test read the same thing. */
export type JobEnd =
  | { kind: 'succeeded'; message?: string }
  | { kind: 'paused'; cause: PauseCause; message: string; reasons: { reason: string; count: number }[] }
  | { kind: 'cancelled' }
  /** The project, a prompt or an input file has to be mended first. */
  | { kind: 'bad_input'; message: string }
  | { kind: 'failed'; message: string; hint?: string };

export interface JobHooks {
  signal?: AbortSignal;
  /** A complete snapshot, at most ten a second. */
  onStatus?: (status: JobStatus) => void;
  onMessage?: (level: 'info' | 'warn', text: string) => void;
}

/** What a job's work is given. `signal` fires on the caller's signal and on the run directory's `stop` file. */
export interface JobContext {
  events: EventWriter;
  signal: AbortSignal;
  hooks: JobHooks;
}

export const badInput = (message: string): JobEnd => ({ kind: 'bad_input', message });

const STOP_POLL_MS = 300;

/**
 * The frame around every job that runs in our own process: opens the run's events as a new attempt, watches for a
 * stop, and writes the end. Throws nothing: every end is a value, and the run directory tells the same.
 *
 * @param dir run directory with its `spec.json` and `status.json`
 */
export async function runJob(
  dir: string,
  kind: JobKind,
  hooks: JobHooks,
  work: (context: JobContext) => Promise<JobEnd>,
): Promise<JobEnd> {
  const events = await EventWriter.start(dir, kind, { node: process.version });
  const stop = new AbortController();
  hooks.signal?.addEventListener('abort', () => stop.abort(), { once: true });
  if (hooks.signal?.aborted) stop.abort();
  const poll = setInterval(() => {
    if (events.stopRequested) stop.abort();
  }, STOP_POLL_MS);
  let end: JobEnd;
  try {
    end = await work({ events, signal: stop.signal, hooks });
  } catch (error) {
    end = stop.signal.aborted ? { kind: 'cancelled' } : failure(error);
  }
  clearInterval(poll);
  await report(events, end);
  return end;
}

async function report(events: EventWriter, end: JobEnd): Promise<void> {
  switch (end.kind) {
    case 'succeeded':
      return events.end('succeeded', 0, end.message);
    case 'cancelled':
      return events.end('cancelled', 130, 'Stopped. Nothing finished is lost; resume goes on from here.');
    case 'paused':
      events.paused({ cause: end.cause, reasons: end.reasons, message: end.message });
      return events.end('paused', 3, end.message);
    case 'bad_input':
      events.error({ code: 'bad_input', message: end.message, hint: 'Mend it and start again.', retryable: true });
      return events.end('failed', 2, end.message);
    case 'failed':
      events.error({
        code: 'failed',
        message: end.message,
        hint: end.hint ?? 'The log has the details. Resume goes on from here.',
        retryable: true,
      });
      return events.end('failed', 1, end.message);
  }
}

function failure(error: unknown): JobEnd {
  if (!(error instanceof Error)) return { kind: 'failed', message: String(error) };
  if (error instanceof JobProblem) return { kind: 'failed', message: error.message };
  if ('code' in error && error.code === 'ENOSPC')
    return { kind: 'failed', message: 'The disk is full. Free some space and resume: nothing finished is lost.' };
  return { kind: 'failed', message: error.stack ?? error.message };
}
