import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { FollowHooks, JobBackend, ProcessState } from './backend.ts';
import { hasEnded } from './backend.ts';
import { inside } from './insideRun.ts';
import { jobStatus } from './jobList.ts';
import { DOES_NOT_LEAVE, JobProblem } from './problem.ts';
import { END_GROUP_SH } from './processGroup.ts';
import { processState } from './processState.ts';
import { notStarted, queueAgain, readSpec, readStatusFile, writeStatus } from './runDirectory.ts';
import { runSh, WRAP_SH } from './wrapper.ts';

/** How the Python side is started here: `python3 -m smt_job`, and what it needs in its environment. */
export interface WorkerProgram {
  program: string;
  args: readonly string[];
  /** Set on top of our own environment. Never a key. */
  variables: Readonly<Record<string, string>>;
}

const LOOK_EVERY_MS = 300;
/** A job that has said its end has this long to leave: PyTorch takes seconds to be unloaded. */
const LEAVES_WITHIN_MS = 60_000;

/** This machine: a detached process group, which outlives the editor and the terminal. */
export class LocalBackend implements JobBackend {
  readonly id = 'local';
  readonly #command: readonly string[];
  readonly #worker: (() => Promise<WorkerProgram>) | undefined;

  /**
   * @param command what runs a job of ours, e.g. `[node, dist/cli.js]`; `job run DIR` is appended
   * @param worker what trains and serves; without it such jobs are refused
   */
  constructor(command: readonly string[], worker?: () => Promise<WorkerProgram>) {
    this.#command = command;
    this.#worker = worker;
  }

  async start(dir: string, keys: Readonly<Record<string, string>>): Promise<void> {
    if (await this.#stillWorks(dir)) return;
    const before = await jobStatus(dir, this);
    const { program, args, variables } = await this.#commandOf(dir);
    await queueAgain(dir);
    const output = openSync(join(dir, 'stdout.log'), 'a', 0o600);
    try {
      const child = spawn(program, args, {
        cwd: dir,
        detached: true,
        windowsHide: true,
        stdio: ['pipe', output, output],
        // glibc gives LanceDB's threads an arena each, which keep what was freed: twice the memory at a million rows.
        env: { MALLOC_ARENA_MAX: '2', ...process.env, ELECTRON_RUN_AS_NODE: '1', ...variables },
      });
      await started(child);
      await recordProcess(dir, child.pid ?? 0);
      const { stdin } = child;
      if (!stdin) throw new Error('the job has no standard input');
      // A job that dies at once closes the pipe; its status file tells why, not an EPIPE here.
      stdin.on('error', () => {});
      stdin.end(`${JSON.stringify(keys)}\n`);
      child.unref();
    } catch (error) {
      if (before) await writeStatus(dir, notStarted(before, error));
      throw error;
    } finally {
      closeSync(output);
    }
  }

  state(dir: string): Promise<ProcessState> {
    return stateHere(dir);
  }

  async stop(dir: string, force: boolean): Promise<void> {
    await writeFile(join(dir, 'stop'), '', { mode: 0o600 });
    if (!force) return;
    const recorded = await recordedProcess(dir);
    if (!recorded || processState(recorded.pid, recorded.started) !== 'alive') return;
    if (process.platform === 'win32') {
      process.kill(recorded.pid, 'SIGTERM');
      return;
    }
    const script = spawn('sh', ['-c', END_GROUP_SH, 'sh', dir, String(recorded.pid)], {
      detached: true,
      stdio: 'ignore',
    });
    await started(script);
    script.unref();
  }

  async follow(dir: string, signal: AbortSignal, hooks: FollowHooks = {}): Promise<void> {
    let seen = '';
    while (!signal.aborted) {
      const status = await jobStatus(dir, this);
      const now = JSON.stringify(status);
      if (now !== seen) hooks.onChange?.();
      seen = now;
      hooks.onRound?.();
      if (!status || hasEnded(status)) return;
      await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
    }
  }

  async fetch(dir: string, folder: string): Promise<string> {
    const path = inside(dir, folder);
    if (!existsSync(path)) throw new JobProblem(`There is no ${folder} in this run.`);
    return path;
  }

  async remove(dir: string, folder: string): Promise<void> {
    await rm(inside(dir, folder), { recursive: true, force: true });
  }

  /** Whether its process is at work. One whose attempt has ended is waited for: asked to go on now, it would not. */
  async #stillWorks(dir: string): Promise<boolean> {
    const patience = Date.now() + LEAVES_WITHIN_MS;
    while ((await this.state(dir)) === 'alive') {
      const status = await readStatusFile(dir);
      if (!status || !hasEnded(status)) return true;
      if (Date.now() > patience) throw new JobProblem(DOES_NOT_LEAVE);
      await delay(50);
    }
    return false;
  }

  async #commandOf(dir: string): Promise<WorkerProgram> {
    const spec = await readSpec(dir);
    if (spec.kind !== 'train' && spec.kind !== 'serve') {
      const [program, ...args] = this.#command;
      if (!program) throw new Error('no program to run jobs with');
      return { program, args: [...args, 'job', 'run', dir], variables: {} };
    }
    if (!this.#worker) throw new JobProblem(`A job of kind "${spec.kind}" needs the Python worker.`);
    const { program, args, variables } = await this.#worker();
    // Without a shell the job's exit code is nobody's: its own `done` event has to do.
    if (process.platform === 'win32') return { program, args: [...args, 'run', dir], variables };
    await writeFile(join(dir, 'run.sh'), runSh([program, ...args, 'run', dir], variables), { mode: 0o600 });
    await writeFile(join(dir, 'wrap.sh'), WRAP_SH, { mode: 0o600 });
    return { program: 'sh', args: ['./wrap.sh'], variables: {} };
  }
}

function started(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
}

/** `pid`: process id and its start time, so that a reused id is never signalled. */
export async function recordProcess(dir: string, pid: number): Promise<void> {
  await writeFile(join(dir, 'pid'), `${pid} ${processState.startOf(pid) ?? '-'}\n`, { mode: 0o600 });
}

/** Whether the process of a run lives, for one that was started on this machine. */
export async function stateHere(dir: string): Promise<ProcessState> {
  const status = await readStatusFile(dir);
  if (status && status.host !== hostname()) return 'unknown';
  const recorded = await recordedProcess(dir);
  return recorded ? processState(recorded.pid, recorded.started) : 'unknown';
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
