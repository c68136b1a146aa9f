import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BuiltinProblem, builtinState, setUpBuiltin, userCacheFolder } from '../../../src/engine/llm/builtin/index.ts';
import { findPython } from '../../../src/engine/llm/builtin/python.ts';
import { workerFolder } from '../../../src/engine/llm/builtin/workerFolder.ts';

let cacheDir: string;
beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'smt-cache-'));
});
afterEach(() => {
  delete process.env.SMT_WORKER;
});

async function problemOf(promise: Promise<unknown>): Promise<BuiltinProblem> {
  const outcome = await promise.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  );
  if (outcome instanceof BuiltinProblem) return outcome;
  throw outcome;
}

/** Only this Python on the PATH, so that no uv is found; the index is a closed port of this machine. */
async function offline(): Promise<NodeJS.ProcessEnv> {
  const python = await findPython();
  if (python === undefined) throw new Error('these tests need Python 3.11 or newer');
  return {
    SMT_PYTHON: python.path,
    PATH: join(cacheDir, 'nothing'),
    HOME: cacheDir,
    PIP_CONFIG_FILE: join(cacheDir, 'none'),
    PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
    PIP_RETRIES: '0',
    PIP_NO_CACHE_DIR: '1',
  };
}

describe('without Python', () => {
  const env = { PATH: join(tmpdir(), 'no-such-folder'), HOME: tmpdir() };

  test('the state says so and what to do', async () => {
    const state = await builtinState({ cacheDir, env });
    expect(state).toMatchObject({ installed: false, python: null });
    expect(state.message).toMatch(/No Python 3\.11 or newer.*SMT_PYTHON/s);
  });
  test('the set-up fails with the same words', async () => {
    expect(await problemOf(setUpBuiltin({ cacheDir, env }))).toMatchObject({ kind: 'no_python' });
  });
  test('a wrong SMT_PYTHON is named', async () => {
    const state = await builtinState({ cacheDir, env: { ...env, SMT_PYTHON: '/bin/false' } });
    expect(state.message).toContain('SMT_PYTHON names "/bin/false"');
  });
});

test('the state tells the size of the download before it starts', async () => {
  const state = await builtinState({ cacheDir });
  expect(state.installed).toBe(false);
  expect(state.download_mb).toBeGreaterThan(90);
  expect(state.message).toContain(`${state.download_mb} MB`);
});

test('a model of the user’s own is not downloaded again', async () => {
  const state = await builtinState({ cacheDir, gguf: '/models/mine.gguf' });
  expect(state.download_mb).toBeLessThan(40);
});

test('without network it says that, and how to go on', async () => {
  const problem = await problemOf(setUpBuiltin({ cacheDir, env: await offline() }));
  expect(problem).toMatchObject({ kind: 'no_network' });
  expect(problem.message).toMatch(/cannot be reached/);
});

test('a file with another hash is not installed', async () => {
  const worker = join(cacheDir, 'worker');
  cpSync(join(workerFolder(), 'requirements'), join(worker, 'requirements'), { recursive: true });
  process.env.SMT_WORKER = worker;
  const wheels = join(cacheDir, 'wheels');
  mkdirSync(wheels);
  writeFileSync(join(wheels, 'uv-0.13.9-py3-none-any.whl'), 'not the file that was pinned');
  const env = { ...(await offline()), PIP_NO_INDEX: '1', PIP_FIND_LINKS: wheels };
  expect(await problemOf(setUpBuiltin({ cacheDir, env }))).toMatchObject({ kind: 'hash_mismatch' });
});

test('a cancelled set-up says that what is there is kept', async () => {
  const stop = new AbortController();
  const env = { ...(await offline()), PATH: [join(cacheDir, 'nothing'), dirname(process.execPath)].join(delimiter) };
  const running = setUpBuiltin({
    cacheDir,
    env,
    signal: stop.signal,
    onProgress: ({ step }) => {
      if (step === 'installer') stop.abort();
    },
  });
  expect(await problemOf(running)).toMatchObject({ kind: 'cancelled' });
});

test('the cache follows SMT_CACHE, then XDG_CACHE_HOME, then the platform', () => {
  expect(userCacheFolder({ SMT_CACHE: '/a', XDG_CACHE_HOME: '/b' }, 'linux')).toBe('/a');
  expect(userCacheFolder({ XDG_CACHE_HOME: '/b' }, 'linux')).toBe(join('/b', 'smt'));
  expect(userCacheFolder({}, 'darwin')).toMatch(/Library[\\/]Caches[\\/]smt$/);
  expect(userCacheFolder({ LOCALAPPDATA: 'C:\\Local' }, 'win32')).toContain('C:\\Local');
});
