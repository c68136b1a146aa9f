import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readMirror } from '../mirrorFile.ts';
import { quoted, WRAP_SH } from '../wrapper.ts';
import { dataCargo, packageCargo } from './cargo.ts';
import { followRun } from './follow.ts';
import { stopScript } from './scripts.ts';
import { sendCargo } from './sendCargo.ts';
import type { SshBackend } from './sshBackend.ts';
import { submitRun } from './submit.ts';
import { noPython, workerRunSh } from './workerRunSh.ts';

/** A verb of the worker on a host that is no job of its own: a step of a job here. */
export interface RemoteCommand {
  backend: SshBackend;
  worker: string;
  /** Names its folder under `runs/` there: the same name goes on where an earlier one ended. */
  name: string;
  verb: string;
  /** `--option` to text, passed quoted; `{input}` is the path of the input there. */
  options: Readonly<Record<string, string>>;
  /** File of this machine that is sent first. */
  input: string;
  /** Files it appends to, carried over while it runs: `stdout.log` and these. */
  outputs: readonly string[];
  /** Folder here that the files are mirrored into. */
  dir: string;
  keys: Readonly<Record<string, string>>;
  signal?: AbortSignal | undefined;
  onChange?: () => void;
  onReach?: (message: string) => void;
}

/**
 * Runs it there, started detached, so that a cut line costs nothing; a stop asks it to end and waits for that.
 * @returns exit code; undefined where it is gone without one
 * @throws JobProblem when it cannot be started
 */
export async function runRemoteCommand(command: RemoteCommand): Promise<number | undefined> {
  const { backend, name, dir, signal } = command;
  const { connection, target } = backend;
  const worker = await packageCargo(command.worker);
  const input = await dataCargo(command.input);
  const { python, there } = await backend.probe([worker.folder, input.folder], signal);
  if (!python) throw noPython(backend.id, target);
  for (const cargo of [worker, input]) {
    if (there.has(cargo.folder)) continue;
    await sendCargo(cargo, {
      ...{ connection, root: target.root, python: python.path, signal },
      onCut: (message) => command.onReach?.(message),
    });
  }
  const words = Object.entries(command.options).map(([option, text]) => `${option} ${quoted(text)}`);
  await rm(join(dir, 'exit'), { force: true });
  await rm(join(dir, 'mirror.json'), { force: true });
  const submit = {
    run: name,
    files: { 'run.sh': workerRunSh(target, worker.path, python.path, [command.verb, ...words]), 'wrap.sh': WRAP_SH },
    links: [{ name: 'input', to: input.path }],
    python: python.path,
  };
  await submitRun(connection, target.root, submit, command.keys, signal);
  const stop = () => void connection.exec(stopScript(target.root, name, true)).catch(() => {});
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  // A stop is waited for: what the worker still writes comes over as well. It is over in ten seconds by force.
  const patience = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const giveUp = () => {
    timer = setTimeout(() => patience.abort(), 20_000);
  };
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    await followRun(
      {
        ...{ connection, root: target.root, run: name, dir },
        appended: ['stdout.log', ...command.outputs],
        hasEnded: async () => (await exitIn(dir)) !== undefined || (await readMirror(dir))?.process === 'gone',
      },
      patience.signal,
      {
        onChange: () => command.onChange?.(),
        onReach: (reach) => command.onReach?.(reach.reachable ? 'It answers again.' : reach.message),
      },
    );
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    signal?.removeEventListener('abort', giveUp);
  }
  return exitIn(dir);
}

async function exitIn(dir: string): Promise<number | undefined> {
  const text = await readFile(join(dir, 'exit'), 'utf8').catch(() => '');
  return /^-?\d+\s*$/.test(text) ? Number(text) : undefined;
}
