import { readFile } from 'node:fs/promises';
import { JobProblem } from '../jobs/problem.ts';

/**
 * The sample store cannot run on this machine. `code` and `hint` travel to the editor as they are.
 * - `cpu`: LanceDB's x86-64 build needs AVX2, FMA and F16C; without them the process dies with SIGILL, which nothing
 *   can catch, so it is looked up before the library is loaded.
 * - `platform`: there is no binary for this system (Intel Mac).
 * - `load`: the binary is there but does not load.
 */
export class StoreUnavailable extends JobProblem {
  override name = 'StoreUnavailable';
  readonly code = 'unavailable';
  readonly reason: 'cpu' | 'platform' | 'load';
  readonly hint: string;

  constructor(reason: 'cpu' | 'platform' | 'load', message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
    this.hint =
      reason === 'load'
        ? 'Reinstall the extension for this platform, or open the folder in a remote window. The log shows the cause.'
        : 'Open the folder in a remote window (SSH, container or WSL) on a machine with a supported processor. Nothing is lost: samples are made again from the completion log.';
  }
}

const NEEDED = ['avx2', 'fma', 'f16c'] as const;

/** Gives what this machine lacks for LanceDB, or undefined. `cpuinfo` is the text of /proc/cpuinfo where there is one. */
export function missingSupport(platform: string, arch: string, cpuinfo?: string): StoreUnavailable | undefined {
  if (platform === 'darwin' && arch === 'x64') {
    return new StoreUnavailable('platform', 'LanceDB has no binary for Macs with an Intel processor.');
  }
  if (arch !== 'x64' && arch !== 'arm64') {
    return new StoreUnavailable('platform', `LanceDB has no binary for ${platform}-${arch}.`);
  }
  const flags = cpuinfo?.match(/^flags\s*:\s*(.*)$/m)?.[1]?.split(/\s+/);
  if (arch !== 'x64' || !flags) return undefined;
  const missing = NEEDED.filter((flag) => !flags.includes(flag));
  if (missing.length === 0) return undefined;
  return new StoreUnavailable(
    'cpu',
    `LanceDB needs a processor with AVX2, FMA and F16C; here ${missing.join(', ')} is missing.`,
  );
}

/** The LanceDB module, loaded at first use. @throws StoreUnavailable */
export async function loadLance(): Promise<typeof import('@lancedb/lancedb')> {
  const cpuinfo =
    process.platform === 'linux' ? await readFile('/proc/cpuinfo', 'utf8').catch(() => undefined) : undefined;
  const missing = missingSupport(process.platform, process.arch, cpuinfo);
  if (missing) throw missing;
  // Lance's own notes ("no existing dataset") are not for a person; errors still reach stderr.
  process.env.LANCEDB_LOG ??= 'error';
  try {
    return await import('@lancedb/lancedb');
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new StoreUnavailable('load', `LanceDB cannot be loaded: ${message}`, { cause });
  }
}
