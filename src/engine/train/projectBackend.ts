import {
  type FollowHooks,
  type JobBackend,
  JobProblem,
  LocalBackend,
  type ProcessState,
  readSpec,
  readStatusFile,
} from '../jobs/index.ts';
import { readMirror } from '../jobs/mirrorFile.ts';
import { SshBackend } from '../jobs/ssh/index.ts';
import { workerFolder } from '../llm/builtin/workerFolder.ts';
import { findTarget } from './targetRegistry.ts';
import { workerCommand } from './workerCommand.ts';

/**
 * The backend of a project: sends every run to the machine its spec names. What a target id means is always looked up
 * in the user's own registry, never taken from the run directory, which lies in the workspace.
 */
export class ProjectBackend implements JobBackend {
  readonly id = 'project';
  readonly #command: readonly string[];
  readonly #local: LocalBackend;

  /** @param command what runs a job of ours, e.g. `[node, dist/cli.js]` */
  constructor(command: readonly string[]) {
    this.#command = command;
    this.#local = new LocalBackend(command, () => workerCommand());
  }

  /** The backend of a target. @throws JobProblem for a target the user's file does not have */
  async ofTarget(id: string): Promise<LocalBackend | SshBackend> {
    const { target, registry } = await findTarget(id);
    if (target.kind === 'ssh') return new SshBackend({ id, target, program: registry.ssh, worker: workerFolder });
    if (target.gpus === undefined) return this.#local;
    const devices = [...Array(target.gpus).keys()].join(',');
    return new LocalBackend(this.#command, async () => {
      const worker = await workerCommand();
      return { ...worker, variables: { ...worker.variables, CUDA_VISIBLE_DEVICES: devices } };
    });
  }

  async start(dir: string, keys: Readonly<Record<string, string>>): Promise<void> {
    await (await this.#of(dir)).start(dir, keys);
  }

  /** Asks no other machine and no registry: lists of many runs are drawn from it. */
  async state(dir: string): Promise<ProcessState> {
    if (isHere((await readStatusFile(dir))?.target)) return this.#local.state(dir);
    const mirror = await readMirror(dir);
    if (mirror) return mirror.process;
    return (await this.#local.state(dir)) === 'alive' ? 'alive' : 'unknown';
  }

  async stop(dir: string, force: boolean): Promise<void> {
    await (await this.#of(dir)).stop(dir, force);
  }

  async follow(dir: string, signal: AbortSignal, hooks?: FollowHooks): Promise<void> {
    await (await this.#of(dir)).follow(dir, signal, hooks);
  }

  async fetch(
    dir: string,
    folder: string,
    signal?: AbortSignal,
    onBytes?: (done: number, total: number) => void,
  ): Promise<string> {
    return (await this.#of(dir)).fetch(dir, folder, signal, onBytes);
  }

  async remove(dir: string, folder: string): Promise<void> {
    await (await this.#of(dir)).remove(dir, folder);
  }

  async #of(dir: string): Promise<JobBackend> {
    const spec = await readSpec(dir).catch(() => {
      throw new JobProblem(`${dir} holds no spec.json that can be read.`);
    });
    return isHere(spec.target) ? this.#local : this.ofTarget(spec.target ?? 'local');
  }
}

/** Whether a run's files are those of its machine: there is nothing to mirror. */
export const isHere = (target: string | undefined): boolean => target === undefined || target === 'local';
