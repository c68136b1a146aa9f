import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { JobProblem } from '../jobs/problem.ts';
import type { BatchProgress } from './batch.ts';
import { readBatchLine } from './batchOutput.ts';
import { workerCommand } from './workerCommand.ts';

/** A worker that was asked to stop has this long to finish what it writes. */
const GRACE_MS = 10_000;
const KEPT_LINES = 20;
/** The worker's exit code for what a person has to mend first. */
const BAD_INPUT = 2;

export interface LocalWorker {
  /** Verb and options of `smt_job`. */
  args: readonly string[];
  /** Where its words go. */
  log: string;
  /** By origin, over standard input. */
  keys?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  onProgress?: (progress: BatchProgress) => void;
  onLog?: (level: 'info' | 'warn', message: string) => void;
}

export type LocalWorkerEnd =
  | { kind: 'succeeded' }
  | { kind: 'cancelled' }
  /** `input`: nothing that trying again would change. */
  | { kind: 'failed'; message: string; hint: string; input: boolean };

/** The worker as a child process of ours: ends with us, as its caller is a job of its own. Never throws. */
export async function runLocalWorker(worker: LocalWorker): Promise<LocalWorkerEnd> {
  if (worker.signal?.aborted) return { kind: 'cancelled' };
  let command: Awaited<ReturnType<typeof workerCommand>>;
  try {
    command = await workerCommand();
  } catch (error) {
    if (!(error instanceof JobProblem)) throw error;
    return { kind: 'failed', message: error.message, hint: 'Then run it again.', input: false };
  }
  const child = spawn(
    command.program,
    [...command.args, ...worker.args],
    // A group of its own: a stop reaches the environment's Python behind the launcher as well.
    {
      env: { ...process.env, ...command.variables },
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
      detached: process.platform !== 'win32',
    },
  );
  const log = createWriteStream(worker.log, { flags: 'a', mode: 0o600 });
  log.on('error', () => {});
  child.stdin.on('error', () => {});
  child.stdin.end(`${JSON.stringify(worker.keys ?? {})}\n`);
  const last: string[] = [];
  let problem: { message: string; hint: string } | undefined;
  const words = (text: string) => {
    if (text.trim() === '') return;
    last.push(text);
    if (last.length > KEPT_LINES) last.shift();
    worker.onLog?.('info', text);
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    log.write(`${line}\n`);
    const read = readBatchLine(line);
    if (read.kind === 'progress') worker.onProgress?.(read.progress);
    else if (read.kind === 'error') problem = { message: read.message, hint: read.hint };
    else words(read.text);
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    log.write(`${line}\n`);
    words(line);
  });
  const stop = stopper(child.pid);
  worker.signal?.addEventListener('abort', stop.ask, { once: true });
  const code = await new Promise<number>((ended) => {
    child.once('error', (error) => {
      words(error.message);
      ended(-1);
    });
    child.once('close', (exit) => ended(exit ?? -1));
  });
  worker.signal?.removeEventListener('abort', stop.ask);
  stop.ended();
  log.end();
  if (code === 0) return { kind: 'succeeded' };
  if (worker.signal?.aborted) return { kind: 'cancelled' };
  return {
    kind: 'failed',
    message: problem?.message ?? `The worker ended with exit code ${code}: ${last.at(-1) ?? 'it said nothing'}`,
    hint: problem?.hint ?? `Its words stand in ${worker.log}.`,
    input: code === BAD_INPUT,
  };
}

/** TERM to the whole group, KILL when it does not end. */
function stopper(pid: number | undefined): { ask: () => void; ended: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const signal = (name: 'SIGTERM' | 'SIGKILL') => {
    if (pid === undefined) return;
    try {
      process.kill(process.platform === 'win32' ? pid : -pid, name);
    } catch {
      // It has ended: nothing is left to stop.
    }
  };
  return {
    ask: () => {
      signal('SIGTERM');
      timer = setTimeout(() => signal('SIGKILL'), GRACE_MS);
    },
    ended: () => clearTimeout(timer),
  };
}
