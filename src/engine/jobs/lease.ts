import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { z } from 'zod';
import { processState } from './processState.ts';
import { writeAtomically } from './runDirectory.ts';

/** One generating job a project at a time: who holds the lease. */
export const Lease = z.object({
  v: z.literal(1),
  token: z.string(),
  run: z.string(),
  pid: z.number().int(),
  /** Start of the process, so that a reused pid is not taken for the holder. */
  pid_started: z.string().nullable(),
  host: z.string(),
  /** Unix time in ms, renewed while the job lives: the only sign of life another host can see. */
  renewed: z.number(),
});
export type Lease = z.infer<typeof Lease>;

const RENEW_MS = 10_000;
/** A holder on another host that did not renew for this long is taken for dead. */
const STALE_MS = 90_000;

export type LeaseResult = { kind: 'held'; lease: HeldLease } | { kind: 'busy'; holder: Lease };

export class HeldLease {
  readonly #file: string;
  readonly #lease: Lease;
  readonly #timer: NodeJS.Timeout;

  constructor(file: string, lease: Lease) {
    this.#file = file;
    this.#lease = lease;
    this.#timer = setInterval(() => {
      void this.#renew().catch(() => {});
    }, RENEW_MS);
    this.#timer.unref();
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    const now = await readLease(this.#file);
    if (now?.token === this.#lease.token) await rm(this.#file, { force: true });
  }

  async #renew(): Promise<void> {
    const now = await readLease(this.#file);
    if (now?.token !== this.#lease.token) return;
    await writeAtomically(this.#file, JSON.stringify({ ...this.#lease, renewed: Date.now() }));
  }
}

export async function readLease(file: string): Promise<Lease | undefined> {
  try {
    const parsed = Lease.safeParse(JSON.parse(await readFile(file, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** The living holder of the lease, undefined when it is free or its holder died. */
export async function leaseHolder(file: string): Promise<Lease | undefined> {
  const lease = await readLease(file);
  return lease && isAlive(lease) ? lease : undefined;
}

function isAlive(lease: Lease): boolean {
  if (lease.host !== hostname()) return Date.now() - lease.renewed < STALE_MS;
  return processState(lease.pid, lease.pid_started) === 'alive';
}

/**
 * Takes the lease, or names its holder. A lease file appears by `link`, which fails where one exists, so two jobs
 * that start at the same instant cannot both hold it; a dead holder's file is removed first.
 */
export async function takeLease(file: string, run: string): Promise<LeaseResult> {
  await mkdir(dirname(file), { recursive: true });
  const lease: Lease = {
    v: 1,
    token: randomBytes(8).toString('hex'),
    run,
    pid: process.pid,
    pid_started: processState.startOf(process.pid) ?? null,
    host: hostname(),
    renewed: Date.now(),
  };
  const own = `${file}.${lease.token}`;
  await writeFile(own, JSON.stringify(lease), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const present = await readLease(file);
      if (present && isAlive(present)) return { kind: 'busy', holder: present };
      if (present) removeDead(file, present.token, own);
      try {
        await link(own, file);
        return { kind: 'held', lease: new HeldLease(file, lease) };
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      }
    }
    throw new Error(`the lease ${file} changes hands too fast; try again`);
  } finally {
    await rm(own, { force: true });
  }
}

/**
 * Moves a dead holder's file away. Another job may have done so and taken the lease since it was read: then what was
 * moved is a living lease, and it is put back.
 */
function removeDead(file: string, token: string, own: string): void {
  const aside = `${own}.dead`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const moved = Lease.safeParse(JSON.parse(readFileSync(aside, 'utf8')));
  if (moved.success && moved.data.token !== token) linkSync(aside, file);
  rmSync(aside);
}
