import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { JobProblem } from '../problem.ts';

/** Never a question, never an unknown host, never our agent on the other side; a dead line is noticed in 45 s. */
export const SSH_OPTIONS = [
  ...['-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes', '-o', 'ForwardAgent=no', '-o', 'ConnectTimeout=10'],
  ...['-o', 'ServerAliveInterval=15', '-o', 'ServerAliveCountMax=3'],
] as const;

const HOST = /^[A-Za-z0-9._@][A-Za-z0-9._@-]{0,200}$/;
const KEPT_WORDS = 8 * 1024;

/**
 * Reads the script from the first N bytes of standard input and leaves the rest to it: one connection carries a
 * script and its data, and no shell reads ahead into the data (dash does, when it is given its script on stdin).
 */
const WITH_INPUT = `sh -c 'IFS= read -r n; s=$(dd bs=1 count="$n" 2>/dev/null); eval "$s"'`;

/** The host did not answer, or the line was cut: nothing is known of what runs there. */
export class Unreachable extends JobProblem {
  override readonly name = 'Unreachable';
}

export interface ExecOptions {
  /** Given to the script on its standard input. */
  input?: string | Buffer | Readable;
  signal?: AbortSignal;
  timeoutMs?: number;
}

/** A script that goes on talking: `stdout` carries its words behind the marker. */
export interface Conversation {
  stdout: Readable;
  end(): void;
  /** Resolves when the connection is over: exit code of the script, 255 where ssh itself gave up. */
  ended: Promise<{ code: number; words: string }>;
}

/**
 * One host of the user's `~/.ssh/config`, reached by the system's own `ssh`: ports, users, keys, jumps and agents are
 * its business. Scripts go over standard input only; what stands on a command line is constant.
 */
export class SshConnection {
  readonly host: string;
  readonly #program: string;

  constructor(host: string, program = 'ssh') {
    if (!HOST.test(host)) throw new JobProblem(`"${host}" is not a Host of an ssh configuration.`);
    this.host = host;
    this.#program = program;
  }

  /**
   * Runs a script and returns what it printed (banners of login shells cut off).
   * @throws Unreachable when the connection failed; JobProblem when the host refuses us or the script failed
   */
  async exec(script: string, options: ExecOptions = {}): Promise<string> {
    const mark = `@smt-${randomBytes(8).toString('hex')}`;
    const marked = `echo ${mark}\n${script}\n`;
    const bytes = Buffer.from(marked);
    const child = this.#spawn(options.input === undefined ? 'sh -s' : WITH_INPUT, options.signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 120_000);
    const printed: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => printed.push(chunk));
    const words = collect(child.stderr);
    const ended = exitOf(child);
    try {
      await send(child.stdin, options.input === undefined ? [bytes] : [`${bytes.length}\n`, bytes], options.input);
    } catch {
      // A connection that closes early says why on stderr.
    }
    const code = await ended;
    clearTimeout(timer);
    options.signal?.throwIfAborted();
    const text = Buffer.concat(printed).toString('utf8');
    const at = text.indexOf(`${mark}\n`);
    if (code !== 0) throw problemOf(this.host, code, words(), at >= 0);
    if (at < 0) throw new JobProblem(`${this.host}: the login shell did not run the script. ${lastLine(words())}`);
    return text.slice(at + mark.length + 1);
  }

  /** Starts a script that keeps talking until it or the connection ends. */
  converse(script: string, input?: string | Buffer): Conversation {
    const bytes = Buffer.from(script);
    const child = this.#spawn(input === undefined ? 'sh -s' : WITH_INPUT);
    const words = collect(child.stderr);
    child.stdin.on('error', () => {});
    if (input !== undefined) child.stdin.write(`${bytes.length}\n`);
    child.stdin.write(bytes);
    child.stdin.end(input);
    return {
      stdout: child.stdout,
      end: () => void child.kill('SIGTERM'),
      ended: exitOf(child).then((code) => ({ code, words: words() })),
    };
  }

  /** `-N -L`: a port of this machine's loopback that leads to one of the host's. */
  tunnel(here: number, there: number): Conversation {
    const child = spawn(
      this.#program,
      [
        ...SSH_OPTIONS,
        ...['-o', 'ExitOnForwardFailure=yes', '-N', '-L', `127.0.0.1:${here}:127.0.0.1:${there}`, '--', this.host],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true },
    );
    const words = collect(child.stderr);
    return {
      stdout: child.stdout,
      end: () => void child.kill('SIGTERM'),
      ended: exitOf(child).then((code) => ({ code, words: words() })),
    };
  }

  #spawn(command: string, signal?: AbortSignal): ChildProcessByStdio<Writable, Readable, Readable> {
    return spawn(this.#program, [...SSH_OPTIONS, '--', this.host, command], {
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
      ...(signal ? { signal } : {}),
    });
  }
}

async function send(stdin: Writable, head: readonly (string | Buffer)[], input: ExecOptions['input']): Promise<void> {
  stdin.on('error', () => {});
  for (const part of head) stdin.write(part);
  if (input === undefined || typeof input === 'string' || Buffer.isBuffer(input)) stdin.end(input);
  else await pipeline(input, stdin);
}

function collect(stream: Readable): () => string {
  let words = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    words = (words + chunk).slice(-KEPT_WORDS);
  });
  return () => words;
}

function exitOf(child: {
  once(event: 'close', listener: (code: number | null) => void): unknown;
  once(event: 'error', listener: (error: Error) => void): unknown;
}): Promise<number> {
  return new Promise((resolve) => {
    child.once('close', (code) => resolve(code ?? 255));
    child.once('error', () => resolve(255));
  });
}

/** What ssh's own exit code 255 and its words mean for a person. */
export function problemOf(host: string, code: number, words: string, ran: boolean): JobProblem {
  const last = lastLine(words);
  if (code !== 255) return new JobProblem(last || `A script on ${host} ended with exit code ${code}.`);
  if (ran) return new Unreachable(`The connection to ${host} was cut. ${last}`);
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED/i.test(words)) {
    return new JobProblem(
      `The host key of ${host} is not the one in known_hosts: another machine answers, or it was set up anew. Nothing was sent. Ask whoever runs it; then correct known_hosts with ssh-keygen -R.`,
    );
  }
  if (/host key verification failed/i.test(words)) {
    return new JobProblem(
      `${host} is not in your known_hosts. Connect once in a terminal (ssh ${host}), compare the fingerprint with the one its owner gives, and try again.`,
    );
  }
  if (/permission denied|too many authentication failures/i.test(words)) {
    return new JobProblem(
      `${host} refused the login: ${last} Connections are made without questions (BatchMode): a key without a passphrase or a running ssh-agent is needed.`,
    );
  }
  if (/could not resolve hostname/i.test(words)) return new Unreachable(`${host} is not known: ${last}`);
  return new Unreachable(`${host} does not answer. ${last}`);
}

function lastLine(words: string): string {
  return words.trim().split('\n').at(-1)?.trim() ?? '';
}
