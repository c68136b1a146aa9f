import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** The running server as its users find it: `state.json`, readable by this user only, because it holds the key. */
export const ServerState = z.object({
  v: z.literal(1),
  pid: z.number().int().positive(),
  port: z.number().int().positive(),
  key: z.string().min(16),
  alias: z.string(),
  slots: z.number().int().positive(),
  context_tokens: z.number().int().positive(),
});
export type ServerState = z.infer<typeof ServerState>;

/** The folder of one shared server: who it is, who uses it, who is starting it. */
export class ServerFolder {
  readonly users: string;
  readonly state: string;
  readonly log: string;
  private readonly lock: string;

  constructor(folder: string) {
    this.users = join(folder, 'users');
    this.state = join(folder, 'state.json');
    this.log = join(folder, 'server.log');
    this.lock = join(folder, 'starting');
    mkdirSync(this.users, { recursive: true, mode: 0o700 });
  }

  /** Undefined: no server, or a state that cannot be trusted. */
  read(): ServerState | undefined {
    try {
      return ServerState.parse(JSON.parse(readFileSync(this.state, 'utf8')));
    } catch {
      return undefined;
    }
  }

  write(state: ServerState): void {
    const draft = `${this.state}.${process.pid}.tmp`;
    writeFileSync(draft, JSON.stringify(state), { mode: 0o600 });
    renameSync(draft, this.state);
  }

  /** Before a new server starts: it would end at once if it found another one's name here. */
  forget(): void {
    rmSync(this.state, { force: true });
  }

  /** Registers this process; the server stays while the file is there and the process lives. */
  register(): { unregister(): void } {
    const file = join(this.users, `${process.pid}-${randomBytes(4).toString('hex')}.user`);
    writeFileSync(file, '');
    return { unregister: () => rmSync(file, { force: true }) };
  }

  /** True: this process alone may start the server now. A lock whose owner is gone is taken over. */
  tryLock(): boolean {
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        writeFileSync(this.lock, String(process.pid), { flag: 'wx' });
        return true;
      } catch {
        if (!this.lockIsStale()) return false;
        rmSync(this.lock, { force: true });
      }
    }
    return false;
  }

  unlock(): void {
    rmSync(this.lock, { force: true });
  }

  private lockIsStale(): boolean {
    try {
      const owner = Number(readFileSync(this.lock, 'utf8'));
      if (owner > 0) return !isAlive(owner);
      return Date.now() - statSync(this.lock).mtimeMs > 5000; // created, its writer died before it wrote
    } catch {
      return true;
    }
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
