import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { JobSpec } from '../../../contract/events.ts';
import type { FollowHooks, JobBackend, ProcessState } from '../backend.ts';
import { hasEnded } from '../backend.ts';
import { inside } from '../insideRun.ts';
import { jobStatus } from '../jobList.ts';
import { takeLease } from '../lease.ts';
import { readMirror } from '../mirrorFile.ts';
import { JobProblem } from '../problem.ts';
import { notStarted, queueAgain, readSpec, readStatusFile, writeAtomically, writeStatus } from '../runDirectory.ts';
import { WRAP_SH } from '../wrapper.ts';
import { type Cargo, dataCargo, packageCargo } from './cargo.ts';
import { SshConnection, Unreachable } from './connection.ts';
import { fetchFolder } from './fetchFolder.ts';
import { followRun } from './follow.ts';
import { type Machine, readProbe } from './machine.ts';
import { probeScript, removeScript, type Submit, stopScript } from './scripts.ts';
import { sendCargo } from './sendCargo.ts';
import { submitRun } from './submit.ts';
import { noPython, type SshTarget, workerRunSh } from './workerRunSh.ts';

const LEASE_LOOKS = 20;

export interface SshSettings {
  /** Id of the target in the user's registry. */
  id: string;
  target: SshTarget;
  /** Path of the `ssh` program; the one on PATH when left out. */
  program?: string | undefined;
  /** Folder of the Python worker on this machine. */
  worker: () => string;
}

/**
 * A host reached by SSH: runs lie under the target's root there and are mirrored into the run directory here. Closing
 * everything here changes nothing there.
 */
export class SshBackend implements JobBackend {
  readonly id: string;
  readonly connection: SshConnection;
  readonly target: SshTarget;
  readonly #worker: () => string;

  constructor({ id, target, program, worker }: SshSettings) {
    this.id = id;
    this.target = target;
    this.connection = new SshConnection(target.host, program);
    this.#worker = worker;
  }

  /**
   * What the host is and has, and which of the `folders` below the target's root are there.
   * @throws Unreachable, JobProblem
   */
  async probe(folders: readonly string[] = [], signal?: AbortSignal): Promise<Machine> {
    const script = probeScript(this.target.root, this.target.python, folders);
    return readProbe(await this.connection.exec(script, { timeoutMs: 60_000, ...(signal ? { signal } : {}) }));
  }

  async start(dir: string, keys: Readonly<Record<string, string>>): Promise<void> {
    const spec = await readSpec(dir);
    // Whoever submits holds the mirror: a follower must not take an empty place there for a lost run.
    const lease = await this.#lease(dir, spec.run);
    if (!lease) return;
    const before = await jobStatus(dir, this);
    let launching = false;
    try {
      await queueAgain(dir);
      await this.#say(dir, `Connecting to ${this.target.host}`);
      const submit = await this.#place(dir, spec);
      launching = true;
      await submitRun(this.connection, this.target.root, submit, keys);
    } catch (error) {
      // A line that was cut while it started leaves it open whether the job runs: whoever follows finds out.
      if (before && !(launching && error instanceof Unreachable)) await writeStatus(dir, notStarted(before, error));
      throw error;
    } finally {
      await lease.release();
    }
  }

  /** Sends what the host lacks of package and inputs, each once for all runs, and says what is left to submit. */
  async #place(dir: string, spec: JobSpec): Promise<Submit> {
    const { root, host } = this.target;
    const worker = await packageCargo(this.#worker());
    const inputs: { name: string; cargo: Cargo }[] = [];
    for (const { name, path } of spec.inputs ?? []) inputs.push({ name, cargo: await dataCargo(path) });
    const all = [{ name: 'the worker', cargo: worker }, ...inputs];
    const { python, there } = await this.probe(all.map(({ cargo }) => cargo.folder));
    if (!python) throw noPython(this.id, this.target);
    for (const { name, cargo } of all) {
      if (there.has(cargo.folder)) continue;
      let toldAt = 0;
      let telling = this.#say(dir, `Sending ${name} to ${host}`);
      let share = 0;
      const tell = (words: string) => {
        telling = telling.then(() => this.#say(dir, words));
      };
      const placing = {
        ...{ connection: this.connection, root, python: python.path },
        onBytes: (done: number) => {
          share = cargo.bytes > 0 ? Math.min(99, Math.floor((100 * done) / cargo.bytes)) : 0;
          if (Date.now() - toldAt < 1000) return;
          toldAt = Date.now();
          tell(`Sending ${name} to ${host}: ${share} % of ${(cargo.bytes / 1e6).toFixed(1)} MB`);
        },
        onCut: () => tell(`Sending ${name} to ${host}: the line was cut; going on at ${share} %`),
      };
      await sendCargo(cargo, placing).finally(() => telling);
    }
    await queueAgain(dir, `Starting on ${host}`);
    const submitted = { backend: 'ssh', target: this.id, host, submitted_at: Date.now() / 1000 };
    await writeAtomically(join(dir, 'backend.json'), `${JSON.stringify(submitted)}\n`);
    const text = (name: string) => readFile(join(dir, name), 'utf8');
    return {
      run: spec.run,
      files: {
        'spec.json': await text('spec.json'),
        'status.json': await text('status.json'),
        'run.sh': this.#runSh(worker.path, python.path),
        'wrap.sh': WRAP_SH,
      },
      links: inputs.map(({ name, cargo }) => ({ name, to: cargo.path })),
      python: python.path,
    };
  }

  async state(dir: string): Promise<ProcessState> {
    return (await readMirror(dir))?.process ?? 'unknown';
  }

  async stop(dir: string, force: boolean): Promise<void> {
    const { run } = await readSpec(dir);
    await this.connection.exec(stopScript(this.target.root, run, force));
    await writeFile(join(dir, 'stop'), '', { mode: 0o600 });
  }

  async follow(dir: string, signal: AbortSignal, hooks: FollowHooks = {}): Promise<void> {
    const { run } = await readSpec(dir);
    const over = async () => {
      const status = await jobStatus(dir, this);
      return !status || hasEnded(status);
    };
    const place = { connection: this.connection, root: this.target.root, run, dir };
    await followRun({ ...place, hasEnded: over }, signal, hooks);
  }

  async fetch(
    dir: string,
    folder: string,
    signal?: AbortSignal,
    onBytes?: (done: number, total: number) => void,
  ): Promise<string> {
    inside(dir, folder);
    const { run } = await readSpec(dir);
    const { connection } = this;
    return fetchFolder({ connection, root: this.target.root, run, dir, folder, signal, onBytes });
  }

  async remove(dir: string, folder: string): Promise<void> {
    const path = inside(dir, folder);
    const { run } = await readSpec(dir);
    const status = await jobStatus(dir, this);
    if (folder === '.' && status && !hasEnded(status))
      throw new JobProblem(`Run ${run} is still running. Stop it first.`);
    await this.connection.exec(removeScript(this.target.root, run, folder));
    if (folder !== '.') await rm(path, { recursive: true, force: true });
  }

  /** Waits a moment for a follower that is just leaving; undefined while somebody else submits or follows a live run. */
  async #lease(dir: string, run: string) {
    for (let look = 0; ; look += 1) {
      const taken = await takeLease(join(dir, 'mirror.lease'), run);
      if (taken.kind === 'held') return taken.lease;
      const status = await jobStatus(dir, this);
      if (look === LEASE_LOOKS || (status && !hasEnded(status))) return undefined;
      await delay(200);
    }
  }

  /** Told in the run directory while it is ours: the job itself has not said anything yet. */
  async #say(dir: string, message: string): Promise<void> {
    const status = await readStatusFile(dir);
    if (status)
      await writeStatus(dir, { ...status, state: 'preparing', phase: 'upload', message, updated: Date.now() / 1000 });
  }

  #runSh(folder: string, python: string): string {
    return workerRunSh(this.target, folder, python, ['run', '"$PWD"']);
  }
}
