import { availableParallelism, freemem, loadavg } from 'node:os';
import type { Gguf, GgufValue } from './gguf.ts';

/** How the server is started for one model on this machine as it is now. */
export interface ServerSettings {
  slots: number;
  /** Context of one slot, in tokens. */
  context_tokens: number;
  threads: number;
  /** Host memory for prompts that lost their slot, in MiB. */
  cache_mib: number;
}

export interface Machine {
  cores: number;
  /** Processes that want a core, as the system's one-minute average (0 on Windows). */
  load: number;
  freeBytes: number;
}

export const thisMachine = (): Machine => ({
  cores: availableParallelism(),
  load: loadavg()[0] ?? 0,
  freeBytes: freemem(),
});

/** Below this many weights a model needs the small prompt profile (design §5, "built-in model"). */
export const SMALL_BELOW_PARAMETERS = 3e9;
const MOST_THREADS = 8;
const MOST_SLOTS = 8;
const FEWEST_SLOTS = 4;
/** The small profile sends a few sentences and examples: well under 1,500 tokens. */
const SMALL_CONTEXT = 2048;
/** A normal prompt holds a window of a document and up to 4,096 tokens of answer. */
const LARGE_CONTEXT = 16_384;
/** Free memory that contexts may take; the weights are mapped from the file. */
const SHARE_OF_FREE_MEMORY = 0.4;

export const isSmall = (model: Gguf): boolean => model.parameters < SMALL_BELOW_PARAMETERS;

/**
 * Threads: no more than the cores that are free (llama.cpp's threads spin, and on busy cores it falls to a third), two
 * at least where there are two. Slots: as many as memory holds, 8 at most; fewer than 4 only when 4 do not fit.
 */
export function serverSettings(
  model: Gguf,
  wanted: { small: boolean; contextTokens?: number },
  machine: Machine,
): ServerSettings {
  const trained = number(model, 'context_length') ?? SMALL_CONTEXT;
  const context_tokens = Math.min(trained, wanted.contextTokens ?? (wanted.small ? SMALL_CONTEXT : LARGE_CONTEXT));
  const affordable = Math.floor(
    (machine.freeBytes * SHARE_OF_FREE_MEMORY) / Math.max(1, cacheBytesPerToken(model) * context_tokens),
  );
  const slots = wanted.small ? clamp(affordable, FEWEST_SLOTS, MOST_SLOTS) : clamp(affordable, 1, FEWEST_SLOTS);
  const free = Math.max(machine.cores - Math.round(machine.load), Math.min(2, machine.cores));
  return { slots, context_tokens, threads: clamp(free, 1, MOST_THREADS), cache_mib: wanted.small ? 0 : 512 };
}

/** Keys and values of one token in half precision, over all layers. */
function cacheBytesPerToken(model: Gguf): number {
  const layers = number(model, 'block_count') ?? 32;
  const heads = number(model, 'attention.head_count') ?? 32;
  const keyHeads = number(model, 'attention.head_count_kv') ?? heads;
  const width = number(model, 'embedding_length') ?? 4096;
  return layers * 2 * keyHeads * (width / heads) * 2;
}

function number(model: Gguf, key: string): number | undefined {
  const value: GgufValue | undefined = model.metadata.get(
    `${String(model.metadata.get('general.architecture'))}.${key}`,
  );
  const one = Array.isArray(value) ? value[0] : value;
  return typeof one === 'number' && one > 0 ? one : undefined;
}

const clamp = (value: number, least: number, most: number): number => Math.max(least, Math.min(most, value));
