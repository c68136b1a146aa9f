import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobStatus } from '../../contract/events.ts';
import type { JobBackend } from './backend.ts';
import { listRunDirectories, readStatusFile } from './runDirectory.ts';

const ENDED = new Set<JobStatus['state']>(['succeeded', 'failed', 'cancelled', 'paused', 'lost']);
/** A job that was just started may not have written its first status yet. */
const STARTING_MS = 15_000;

export function hasEnded(status: JobStatus): boolean {
  return ENDED.has(status.state);
}

/**
 * The true state of a run. Order of truth: its `done` event (kept in status.json) > `exit` file > whether the
 * process lives. `lost`: gone without either. A `stop` file that is not obeyed yet shows as `stopping`.
 */
export async function jobStatus(dir: string, backend: JobBackend): Promise<JobStatus | undefined> {
  const status = await readStatusFile(dir);
  if (!status || hasEnded(status)) return status;
  const exit = await exitCode(dir);
  if (exit !== undefined) {
    return { ...status, state: exit === 0 ? 'succeeded' : exit === 130 ? 'cancelled' : 'failed', exit_code: exit };
  }
  const alive = await backend.state(dir);
  const starting = status.attempt === 0 && Date.now() - status.created * 1000 < STARTING_MS;
  if (alive === 'gone' && !starting) {
    const again = await readStatusFile(dir);
    if (again && hasEnded(again)) return again;
    return {
      ...status,
      state: 'lost',
      message:
        'The process ended without saying why (killed, or the machine restarted). Nothing answered is lost: resume goes on.',
    };
  }
  if (alive === 'unknown' && !starting && (await silentSince(dir)) > 120_000) {
    return { ...status, message: 'No sign of life for two minutes.' };
  }
  return existsSync(join(dir, 'stop')) ? { ...status, state: 'stopping' } : status;
}

/** All runs of a project, newest first. */
export async function listJobs(runsDir: string, backend: JobBackend): Promise<JobStatus[]> {
  const all = await Promise.all((await listRunDirectories(runsDir)).map((dir) => jobStatus(dir, backend)));
  return all.filter((status) => status !== undefined);
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
