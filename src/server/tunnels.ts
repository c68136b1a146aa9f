import { createConnection, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { SshBackend } from '../engine/jobs/ssh/index.ts';
import type { ProjectBackend } from '../engine/train/index.ts';

const OPENS_WITHIN_MS = 15_000;

interface Tunnel {
  base_url: string;
  end: () => void;
}

/** Ways from a loopback port of this machine to a server on a target's loopback; one a serving run, while it is looked at. */
export class Tunnels {
  readonly #open = new Map<string, Promise<Tunnel | undefined>>();
  readonly #log: (message: string) => void;

  constructor(log: (message: string) => void) {
    this.#log = log;
  }

  /**
   * @param there base URL on the target's loopback, as its serve job named it
   * @returns the base URL here; undefined while the target cannot be reached
   */
  async to(backend: ProjectBackend, target: string, run: string, there: string): Promise<string | undefined> {
    const key = `${target} ${run} ${there}`;
    let opening = this.#open.get(key);
    if (!opening) {
      opening = this.#dig(backend, target, there, () => this.#open.delete(key)).catch((error: unknown) => {
        this.#log(`tunnel to ${target}: ${error instanceof Error ? error.message : String(error)}`);
        return undefined;
      });
      this.#open.set(key, opening);
    }
    const tunnel = await opening;
    if (!tunnel) this.#open.delete(key);
    return tunnel?.base_url;
  }

  close(): void {
    for (const opening of this.#open.values()) void opening.then((tunnel) => tunnel?.end());
    this.#open.clear();
  }

  async #dig(backend: ProjectBackend, target: string, there: string, onEnd: () => void): Promise<Tunnel | undefined> {
    const url = new URL(there);
    // What a host says must not make us connect anywhere but to its own loopback.
    if (!['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname) || url.port === '') return undefined;
    const ssh = await backend.ofTarget(target);
    if (!(ssh instanceof SshBackend)) return undefined;
    const port = await freePort();
    const line = ssh.connection.tunnel(port, Number(url.port));
    let over: string | undefined;
    void line.ended.then(({ words }) => {
      over = words.trim() || 'it ended';
      onEnd();
    });
    for (const until = Date.now() + OPENS_WITHIN_MS; Date.now() < until && over === undefined; await delay(100)) {
      if (await accepts(port)) return { base_url: `http://127.0.0.1:${port}${url.pathname}`, end: line.end };
    }
    line.end();
    this.#log(`tunnel to ${target}: ${over ?? 'it did not open'}`);
    return undefined;
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (typeof address !== 'object' || address === null) throw new Error('no free port');
  return address.port;
}
