import type { RunSnapshot } from '../contract/trainingRpc.ts';
import { isHere, RunProjection } from '../engine/train/index.ts';
import { runFolder, unknownRun } from './failures.ts';
import type { OpenedProject } from './openedProject.ts';
import type { Session } from './session.ts';
import { Tunnels } from './tunnels.ts';

/** Curves of so many runs are kept in memory; more are read again. */
const KEPT_RUNS = 20;

type Wanted = Parameters<RunProjection['snapshot']>[1];

/** What is drawn of runs, kept between questions, with the served model of a remote one brought to this machine. */
export class RunSnapshots {
  readonly #projections = new Map<string, RunProjection>();
  readonly #tunnels: Tunnels;

  constructor(session: Session) {
    this.#tunnels = new Tunnels((message) => session.log('info', message));
    session.onClose(() => this.#tunnels.close());
  }

  /** @throws failure where there is no such run */
  async of(opened: OpenedProject, run: string, wanted: Wanted): Promise<RunSnapshot> {
    await opened.refuseLinks();
    const dir = runFolder(opened, run);
    const projection = this.#projections.get(dir) ?? new RunProjection(dir, opened.paths);
    this.#projections.delete(dir);
    this.#projections.set(dir, projection);
    const oldest = this.#projections.keys().next().value;
    if (this.#projections.size > KEPT_RUNS && oldest !== undefined) this.#projections.delete(oldest);
    const snapshot = await projection.snapshot(opened.backend, wanted);
    if (!snapshot) throw unknownRun(run);
    const { target } = snapshot.status;
    if (!snapshot.endpoint || isHere(target) || target === undefined) return snapshot;
    const base_url = await this.#tunnels.to(opened.backend, target, run, snapshot.endpoint.base_url);
    return { ...snapshot, endpoint: base_url === undefined ? null : { ...snapshot.endpoint, base_url } };
  }
}
