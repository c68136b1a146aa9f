import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { JobBackend } from './backend.ts';
import { processState } from './processState.ts';
import { readStatusFile } from './runDirectory.ts';

/** This machine: a detached child process of its own session, which outlives the editor and the terminal. */
export class LocalBackend implements JobBackend {
  readonly id = 'local';
  readonly #command: readonly string[];

  /** @param command what runs a job, e.g. `[node, dist/cli.js]`; `job run DIR` is appended */
  constructor(command: readonly string[]) {
    this.#command = command;
  }

  async start(dir: string, keys: Readonly<Record<string, string>>): Promise<void> {
    const [program, ...args] = this.#command;
    if (!program) throw new Error('no program to run jobs with');
    const output = openSync(join(dir, 'stdout.log'), 'a', 0o600);
    try {
      const child = spawn(program, [...args, 'job', 'run', dir], {
        cwd: dir,
        detached: true,
        windowsHide: true,
        stdio: ['pipe', output, output],
        env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      });
      await new Promise<void>((started, failed) => {
        child.once('spawn', started);
        child.once('error', failed);
      });
      await recordProcess(dir, child.pid ?? 0);
      const { stdin } = child;
      if (!stdin) throw new Error('the job has no standard input');
      // A job that dies at once closes the pipe; its status file tells why, not an EPIPE here.
      stdin.on('error', () => {});
      stdin.end(`${JSON.stringify(keys)}\n`);
      child.unref();
    } finally {
      closeSync(output);
    }
  }

  async state(dir: string): Promise<'alive' | 'gone' | 'unknown'> {
    const status = await readStatusFile(dir);
    if (status && status.host !== hostname()) return 'unknown';
    const recorded = await recordedProcess(dir);
    return recorded ? processState(recorded.pid, recorded.started) : 'unknown';
  }

  async stop(dir: string, force: boolean): Promise<void> {
    await writeFile(join(dir, 'stop'), '', { mode: 0o600 });
    if (!force) return;
    const recorded = await recordedProcess(dir);
    if (recorded && processState(recorded.pid, recorded.started) === 'alive') process.kill(recorded.pid, 'SIGTERM');
  }
}

/** `pid`: process id and its start time, so that a reused id is never signalled. */
export async function recordProcess(dir: string, pid: number): Promise<void> {
  await writeFile(join(dir, 'pid'), `${pid} ${processState.startOf(pid) ?? '-'}\n`, { mode: 0o600 });
}

async function recordedProcess(dir: string): Promise<{ pid: number; started: string | null } | undefined> {
  try {
    const [pid, started] = (await readFile(join(dir, 'pid'), 'utf8')).trim().split(' ');
    const number = Number(pid);
    return Number.isInteger(number) && number > 0
      ? { pid: number, started: !started || started === '-' ? null : started }
      : undefined;
  } catch {
    return undefined;
  }
}
