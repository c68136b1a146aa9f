import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { JobProblem } from '../jobs/problem.ts';
import type { BatchEnd, WorkerBatch } from './batch.ts';
import { countAnswers, readBatchLine } from './batchOutput.ts';
import { workerCommand } from './workerCommand.ts';

/** A worker that was asked to stop has this long to finish what it writes. */
const GRACE_MS = 10_000;
const KEPT_LINES = 20;

/** The batch as a child process of ours: ends with us, as its caller is a job of its own. */
export async function runLocalBatch(batch: WorkerBatch): Promise<BatchEnd> {
  const answered = () => countAnswers(batch.output);
  if (batch.signal?.aborted) return { kind: 'cancelled', answered: await answered() };
  let command: Awaited<ReturnType<typeof workerCommand>>;
  try {
    command = await workerCommand();
  } catch (error) {
    if (!(error instanceof JobProblem)) throw error;
    return { kind: 'failed', message: error.message, hint: 'Then run it again.', answered: await answered() };
  }
  const child = spawn(
    command.program,
    [...command.args, 'batch', '--model', batch.model, '--input', batch.input, '--output', batch.output],
    // A group of its own: a stop reaches the environment's Python behind the launcher as well.
    {
      env: { ...process.env, ...command.variables },
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
      detached: process.platform !== 'win32',
    },
  );
  const log = createWriteStream(batch.log ?? `${batch.output}.log`, { flags: 'a', mode: 0o600 });
  log.on('error', () => {});
  child.stdin.on('error', () => {});
  child.stdin.end(`${JSON.stringify(batch.keys ?? {})}\n`);
  const last: string[] = [];
  let problem: { message: string; hint: string } | undefined;
  const words = (text: string) => {
    if (text.trim() === '') return;
    last.push(text);
    if (last.length > KEPT_LINES) last.shift();
    batch.onLog?.('info', text);
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    log.write(`${line}\n`);
    const read = readBatchLine(line);
    if (read.kind === 'progress') batch.onProgress?.(read.progress);
    else if (read.kind === 'error') problem = { message: read.message, hint: read.hint };
    else words(read.text);
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    log.write(`${line}\n`);
    words(line);
  });
  const stop = stopper(child.pid);
  batch.signal?.addEventListener('abort', stop.ask, { once: true });
  const code = await new Promise<number>((ended) => {
    child.once('error', (error) => {
      words(error.message);
      ended(-1);
    });
    child.once('close', (exit) => ended(exit ?? -1));
  });
  batch.signal?.removeEventListener('abort', stop.ask);
  stop.ended();
  log.end();
  const done = await answered();
  if (code === 0) return { kind: 'succeeded', answered: done };
  if (batch.signal?.aborted) return { kind: 'cancelled', answered: done };
  return {
    kind: 'failed',
    message: problem?.message ?? `The worker ended with exit code ${code}: ${last.at(-1) ?? 'it said nothing'}`,
    hint: problem?.hint ?? `Its words stand in ${batch.log ?? `${batch.output}.log`}.`,
    answered: done,
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
