import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { BuiltinProblem } from './problem.ts';
import type { ServerSettings } from './serverSettings.ts';
import type { ServerFolder, ServerState } from './serverState.ts';
import { workerFolder } from './workerFolder.ts';

const START_TIMEOUT_MS = 180_000;

const Answer = z.union([
  z.object({ ready: z.literal(true), pid: z.number(), port: z.number() }),
  z.object({ ready: z.literal(false), error: z.string() }),
]);

export interface Launch {
  python: string;
  gguf: string;
  alias: string;
  settings: ServerSettings;
  key: string;
  /** 0: any free port. After a crash the old one, so that the endpoint stays the same. */
  port: number;
}

/**
 * Starts the server as a process of its own, waits until it listens, and writes its state. It outlives this process
 * while others use it. @throws BuiltinProblem `server` with the reason and the log.
 */
export async function launchServer(folder: ServerFolder, launch: Launch, signal?: AbortSignal): Promise<ServerState> {
  folder.forget();
  const script = join(workerFolder(), 'smt_builtin', 'serve.py');
  const child = spawn(launch.python, ['-I', '-B', script], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
    windowsHide: true,
    cwd: folder.users,
  });
  const { settings, key, alias } = launch;
  child.stdin.on('error', () => undefined); // It is told by the missing answer.
  child.stdin.end(
    `${JSON.stringify({ gguf: launch.gguf, alias, key, port: launch.port, ...settings, users: folder.users, state: folder.state, log: folder.log })}\n`,
  );
  const answer = await firstLine(child, signal).catch((problem: unknown) => {
    child.kill('SIGKILL');
    throw problem;
  });
  const parsed = Answer.safeParse(answer);
  if (!parsed.success || !parsed.data.ready) {
    child.kill('SIGKILL');
    const why = parsed.success && !parsed.data.ready ? parsed.data.error : 'it ended before it was ready';
    throw new BuiltinProblem(
      'server',
      `The built-in model's server did not start: ${why}. ${lastLines(folder.log)}`.trim(),
      folder.log,
    );
  }
  child.stdout.destroy();
  child.unref();
  const { slots, context_tokens } = settings;
  const state: ServerState = { v: 1, pid: parsed.data.pid, port: parsed.data.port, key, alias, slots, context_tokens };
  folder.write(state);
  return state;
}

function firstLine(child: ReturnType<typeof spawn>, signal?: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const stop = (problem: BuiltinProblem) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancelled);
      reject(problem);
    };
    const cancelled = () => stop(new BuiltinProblem('cancelled', 'Starting the built-in model was cancelled.'));
    const timer = setTimeout(
      () =>
        stop(
          new BuiltinProblem('server', `The built-in model's server was not ready in ${START_TIMEOUT_MS / 1000} s.`),
        ),
      START_TIMEOUT_MS,
    );
    const done = (line: string | undefined) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancelled);
      try {
        resolve(line === undefined ? undefined : JSON.parse(line));
      } catch {
        resolve(undefined);
      }
    };
    if (signal?.aborted) return cancelled();
    signal?.addEventListener('abort', cancelled);
    child.once('error', (error) => stop(new BuiltinProblem('server', `Python could not be started: ${error.message}`)));
    if (!child.stdout) return done(undefined);
    const lines = createInterface({ input: child.stdout });
    lines.once('line', done);
    lines.once('close', () => done(undefined));
  });
}

const lastLines = (log: string): string =>
  existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').slice(-3).join(' | ').slice(-600) : '';
