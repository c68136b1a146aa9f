import { existsSync } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobStatus } from '../../contract/events.ts';
import { hasEnded, type JobBackend } from './backend.ts';
import { parseEvent } from './eventReader.ts';
import { readMirror } from './mirrorFile.ts';
import { listRunDirectories, readStatusFile } from './runDirectory.ts';

/** A job that was just started may not have written its first status yet. */
const STARTING_MS = 15_000;
/** The last events of a run stand in this many bytes of `events.jsonl`. */
const END_BYTES = 32 * 1024;

const LOST =
  'The process ended without saying why (killed, or the machine restarted). Nothing finished is lost: resume goes on.';

/**
 * The true state of a run. Order of truth: its `done` event (kept in status.json) > `exit` file > whether the
 * process lives. `lost`: gone without either. A `stop` file that is not obeyed yet shows as `stopping`. A machine that
 * does not answer leaves the state as last seen, with `unreachable_since`.
 */
export async function jobStatus(dir: string, backend: Pick<JobBackend, 'state'>): Promise<JobStatus | undefined> {
  const status = await readStatusFile(dir);
  if (!status || hasEnded(status)) return status;
  const exit = await exitCode(dir);
  const alive = exit === undefined ? await backend.state(dir) : 'gone';
  const starting = status.state === 'queued' && Date.now() - status.updated * 1000 < STARTING_MS;
  if (exit !== undefined || (alive === 'gone' && !starting)) {
    // The process may have written its end between the two looks, or died between `done` and status.json.
    const again = await readStatusFile(dir);
    if (again && hasEnded(again)) return again;
    return { ...status, ...(await endOf(dir, status, exit ?? (await exitCode(dir)))), phase: status.phase };
  }
  const unreachable = (await readMirror(dir))?.unreachable_since;
  const seen = unreachable === undefined ? status : { ...status, unreachable_since: unreachable };
  if (alive === 'unknown' && unreachable === undefined && !starting && (await silentSince(dir)) > 120_000) {
    return { ...seen, message: 'No sign of life for two minutes.' };
  }
  return existsSync(join(dir, 'stop')) ? { ...seen, state: 'stopping' } : seen;
}

/** All runs of a project, newest first. */
export async function listJobs(runsDir: string, backend: Pick<JobBackend, 'state'>): Promise<JobStatus[]> {
  const all = await Promise.all((await listRunDirectories(runsDir)).map((dir) => jobStatus(dir, backend)));
  return all.filter((status) => status !== undefined);
}

type End = Pick<JobStatus, 'state'> & Partial<Pick<JobStatus, 'exit_code' | 'message' | 'ended'>>;

async function endOf(dir: string, status: JobStatus, exit: number | undefined): Promise<End> {
  const done = await doneEvent(dir, status.state === 'queued' ? status.attempt + 1 : status.attempt);
  if (done) return { state: done.status, exit_code: done.exit_code, ended: done.ts };
  if (exit === undefined) return { state: 'lost', message: LOST };
  if (exit === 0) return { state: 'succeeded', exit_code: 0 };
  const asked = existsSync(join(dir, 'stop'));
  if (exit === 130 || (asked && (exit === 143 || exit === 137))) {
    return {
      state: 'cancelled',
      exit_code: exit,
      message: 'Stopped. Nothing finished is lost; resume goes on from here.',
    };
  }
  const last = await lastWords(dir);
  const why =
    exit === 137 || exit === -9
      ? 'The job was killed, often because memory ran out'
      : exit === 143
        ? 'The job was ended by a signal'
        : `The job ended with exit code ${exit}`;
  return {
    state: 'failed',
    exit_code: exit,
    message: status.message ?? `${why}${last ? `. Its last words: ${last}` : '. The log has the details.'}`,
  };
}

/** The `done` event of this attempt, where its process had no chance to write it into status.json. */
async function doneEvent(dir: string, attempt: number) {
  const text = await endOfFile(join(dir, 'events.jsonl'), END_BYTES);
  const end = text.lastIndexOf('\n');
  const events = text.slice(0, end).split('\n').map(parseEvent);
  const last = events.findLast((event) => event !== undefined);
  return last?.type === 'done' && last.attempt >= attempt ? last : undefined;
}

async function lastWords(dir: string): Promise<string | undefined> {
  const lines = (await endOfFile(join(dir, 'stdout.log'), 4096)).split('\n');
  return lines
    .findLast((line) => line.trim() !== '')
    ?.trim()
    .slice(0, 300);
}

async function endOfFile(path: string, bytes: number): Promise<string> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, 'r');
  } catch {
    return '';
  }
  try {
    const { size } = await file.stat();
    const tail = Buffer.alloc(Math.min(size, bytes));
    await file.read(tail, 0, tail.length, size - tail.length);
    return tail.toString('utf8');
  } finally {
    await file.close();
  }
}

async function exitCode(dir: string): Promise<number | undefined> {
  try {
    const code = Number((await readFile(join(dir, 'exit'), 'utf8')).trim());
    return Number.isInteger(code) ? code : undefined;
  } catch {
    return undefined;
  }
}

async function silentSince(dir: string): Promise<number> {
  try {
    return Date.now() - (await stat(join(dir, 'events.jsonl'))).mtimeMs;
  } catch {
    return 0;
  }
}
