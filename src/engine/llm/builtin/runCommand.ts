import { spawn } from 'node:child_process';

export interface CommandResult {
  /** Exit code; -1 when the program could not be started or was cancelled. */
  code: number;
  /** Both streams, in the order they came, at most the last 64 KiB. */
  output: string;
}

const KEPT_OUTPUT = 64 * 1024;

/** Runs a program without a shell and waits for it. Never throws: a program that is not there has code -1. */
export function runCommand(
  program: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    let output = '';
    const keep = (chunk: string) => {
      output = (output + chunk).slice(-KEPT_OUTPUT);
    };
    const child = spawn(program, args, {
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
      ...(options.signal ? { signal: options.signal } : {}),
      ...(options.timeoutMs ? { timeout: options.timeoutMs } : {}),
    });
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.once('error', (error) => {
      keep(error.message);
      if (child.exitCode === null && child.pid === undefined) resolve({ code: -1, output });
    });
    child.once('close', (code) => resolve({ code: code ?? -1, output }));
  });
}
