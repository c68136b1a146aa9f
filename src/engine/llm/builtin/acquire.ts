import { createHash, randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { EndpointRegistry } from '../../../contract/endpoints.ts';
import type { ResolvedEndpoint } from '../types.ts';
import { userCacheFolder } from './cacheFolder.ts';
import { readGguf } from './gguf.ts';
import { type Launch, launchServer } from './launch.ts';
import { BuiltinProblem } from './problem.ts';
import { isSmall, serverSettings, thisMachine } from './serverSettings.ts';
import { isAlive, ServerFolder, type ServerState } from './serverState.ts';
import { type SetUpProgress, setUpBuiltin } from './setUp.ts';

export interface AcquireOptions {
  registry: EndpointRegistry;
  /** Default: the user-level cache. */
  cacheDir?: string;
  onProgress?: (progress: SetUpProgress) => void;
  /** The server crashed and could not be brought back: requests will fail until the next acquire. */
  onLost?: (problem: BuiltinProblem) => void;
  signal?: AbortSignal;
}

export interface BuiltinEndpoint {
  endpoint: ResolvedEndpoint;
  /** Below 3B parameters: the small prompt profile. */
  small: boolean;
  /** Context of one request, in tokens. */
  contextTokens: number;
  /** Says that this user is done; the server stops with its last one. */
  release(): Promise<void>;
}

const WATCH_EVERY_MS = 1000;
const MOST_RESTARTS = 5;

/**
 * The built-in model as an endpoint like any other: set up if it is not yet (the caller has asked for consent), started
 * if no other process has, restarted on the same port with the same key when it crashes.
 * @throws BuiltinProblem with what to do.
 */
export async function acquireBuiltin(options: AcquireOptions): Promise<BuiltinEndpoint> {
  const cache = options.cacheDir ?? userCacheFolder();
  const own = options.registry.builtin;
  const { python, gguf } = await setUpBuiltin({
    cacheDir: cache,
    ...(own?.gguf ? { gguf: own.gguf } : {}),
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
  });
  const model = readGguf(gguf);
  const small = own?.small ?? isSmall(model);
  const wanted = { small, ...(own?.context_tokens ? { contextTokens: own.context_tokens } : {}) };
  const folder = new ServerFolder(join(cache, 'builtin', 'servers', identity(python, gguf, wanted)));
  const launch = async (): Promise<Launch> => ({
    ...{ python, gguf, alias: basename(gguf).replace(/\.gguf$/i, '') },
    settings: serverSettings(model, wanted, await thisMachine()),
    key: randomBytes(24).toString('base64url'),
    port: 0,
  });

  const registration = folder.register();
  let state: ServerState;
  try {
    state = await runningServer(folder, launch, options.signal);
  } catch (problem) {
    registration.unregister();
    throw problem;
  }
  const first = state;
  const stopWatching = watch(
    folder,
    first,
    async () => ({ ...(await launch()), key: first.key, port: first.port }),
    options.onLost,
  );
  const origin = `http://127.0.0.1:${first.port}`;
  return {
    endpoint: {
      ...{ id: 'builtin', baseUrl: `${origin}/v1`, origin, model: first.alias, key: first.key, local: true },
      price: { input: 0, output: 0 },
      timeoutMs: 600_000,
      // Two more than slots, so that none waits for the next request to travel.
      maxConcurrency: first.slots + 2,
    },
    small,
    contextTokens: first.context_tokens,
    release: async () => {
      stopWatching();
      registration.unregister();
    },
  };
}

/** One server for the same model file, environment and wishes. */
function identity(python: string, gguf: string, wanted: object): string {
  const { size, mtimeMs } = statSync(gguf);
  return createHash('sha256')
    .update(JSON.stringify([python, gguf, size, mtimeMs, wanted]))
    .digest('hex')
    .slice(0, 16);
}

/** The server that answers with its own key, started by whoever gets the lock first. */
async function runningServer(
  folder: ServerFolder,
  launch: () => Promise<Launch>,
  signal?: AbortSignal,
): Promise<ServerState> {
  for (;;) {
    signal?.throwIfAborted();
    const state = folder.read();
    if (state && isAlive(state.pid) && (await answers(state))) return state;
    if (!folder.tryLock()) {
      await delay(100);
      continue;
    }
    try {
      const now = folder.read();
      if (now && now.pid !== state?.pid && isAlive(now.pid) && (await answers(now))) return now;
      return await launchServer(folder, await launch(), signal);
    } finally {
      folder.unlock();
    }
  }
}

/**
 * Asks with the key, so that another program that got the port of a dead server is not taken for ours. A server that
 * takes its time is starved, not gone.
 */
async function answers({ port, key }: ServerState): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/v1/models`, {
      headers: { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(10_000),
    });
    await response.body?.cancel();
    return response.ok;
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError';
  }
}

/** Brings the server back when its process is gone; same port and key, so that no user notices more than a pause. */
function watch(
  folder: ServerFolder,
  first: ServerState,
  relaunch: () => Promise<Launch>,
  onLost: AcquireOptions['onLost'],
): () => void {
  let state = first;
  let restarts = 0;
  let busy = false;
  const look = async () => {
    // Asked, not only looked up: a dead process nobody waited for still has its id.
    if (isAlive(state.pid) && (await answers(state))) return;
    if (++restarts > MOST_RESTARTS) {
      throw new BuiltinProblem('server', `The built-in model's server crashed ${restarts} times.`, folder.log);
    }
    state = await runningServer(folder, relaunch);
  };
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    look()
      .catch((error: unknown) => {
        clearInterval(timer);
        onLost?.(error instanceof BuiltinProblem ? error : new BuiltinProblem('server', String(error), folder.log));
      })
      .finally(() => {
        busy = false;
      });
  }, WATCH_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
