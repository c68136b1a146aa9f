import { z } from 'zod';
import { JobProblem } from '../jobs/index.ts';
import { type Machine, probeScript, readProbe, SshBackend } from '../jobs/ssh/index.ts';
import { userCacheFolder } from '../llm/builtin/cacheFolder.ts';
import { runCommand } from '../llm/builtin/runCommand.ts';
import type { ProjectBackend } from './projectBackend.ts';
import { workerCommand } from './workerCommand.ts';

/** What making the Python environment would still take, in bytes. */
export interface SetUp {
  download: number;
  disk: number;
}

export type Probed = { kind: 'answered'; machine: Machine; setUp: SetUp } | { kind: 'failed'; message: string };

/** Environment of the `train` role where nothing is there yet (worker/smt_job/requirements.py). */
const FRESH = { gpu: { download: 2.7e9, disk: 5.6e9 }, cpu: { download: 2.05e9, disk: 4.3e9 } };

const WorkerProbe = z.object({
  environments: z.object({ train: z.object({ download_bytes: z.number(), disk_bytes: z.number() }) }),
});

/** Asks a target what it is and has. Nothing is placed there; one connection, a few seconds. */
export async function probeTarget(backend: ProjectBackend, id: string, signal?: AbortSignal): Promise<Probed> {
  try {
    const target = await backend.ofTarget(id);
    if (target instanceof SshBackend) {
      const machine = await target.probe([], signal);
      if (!machine.python) {
        return {
          kind: 'failed',
          message: `${target.target.host} has no Python 3.11 or newer on its PATH. Install one there, or name it as "python" of the target "${id}".`,
        };
      }
      // An environment that is there is most likely this one: its lock changes with our version only.
      const fresh = machine.gpus.length > 0 ? FRESH.gpu : FRESH.cpu;
      return { kind: 'answered', machine, setUp: machine.environments.length > 0 ? { download: 0, disk: 0 } : fresh };
    }
    return { kind: 'answered', machine: await probeHere(), setUp: await setUpHere() };
  } catch (error) {
    if (error instanceof JobProblem) return { kind: 'failed', message: error.message };
    throw error;
  }
}

/** This machine, asked with the same script as any host; without a shell (Windows) only what Node tells. */
async function probeHere(): Promise<Machine> {
  const { code, output } = await runCommand('sh', ['-c', probeScript(userCacheFolder(), undefined)], {
    timeoutMs: 20_000,
  });
  if (code === 0) return readProbe(output);
  const { cpus, homedir, hostname, totalmem, type } = await import('node:os');
  return {
    hostname: hostname(),
    home: homedir(),
    system: type(),
    cores: cpus().length,
    memory: totalmem(),
    disk: null,
    gpus: [],
    python: null,
    tools: new Set(),
    environments: [],
    there: new Set(),
  };
}

async function setUpHere(): Promise<SetUp> {
  const { program, args, variables } = await workerCommand();
  const { code, output } = await runCommand(program, [...args, 'probe'], {
    env: { ...process.env, ...variables },
    timeoutMs: 60_000,
  });
  const line = output.split('\n').findLast((each) => each.startsWith('{'));
  const parsed = code === 0 && line ? WorkerProbe.safeParse(asJson(line)) : undefined;
  if (!parsed?.success) return FRESH.cpu;
  const { download_bytes, disk_bytes } = parsed.data.environments.train;
  return { download: download_bytes, disk: disk_bytes };
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
