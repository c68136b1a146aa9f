import { availableParallelism, cpus, freemem } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Gguf, GgufValue } from './gguf.ts';

/** How the server is started for one model on this machine as it is now. */
export interface ServerSettings {
  slots: number;
  /** Context of one slot, in tokens. */
  context_tokens: number;
  threads: number;
  /** Host memory for prompts that lost their slot, in MiB. */
  cache_mib: number;
  /** The model gives vectors instead of text (a sentence encoder). */
  embedding?: true;
}

export interface Machine {
  cores: number;
  /** Share of the processors that had nothing to do just now, 0–1. */
  idle: number;
  freeBytes: number;
}

const LOOK_FOR_MS = 400;

/** Looked at for a moment: the system's load average still remembers the build that ended a minute ago. */
export async function thisMachine(): Promise<Machine> {
  const before = ticks();
  await delay(LOOK_FOR_MS);
  const after = ticks();
  const passed = after.all - before.all;
  return {
    cores: availableParallelism(),
    idle: passed > 0 ? (after.idle - before.idle) / passed : 1,
    freeBytes: freemem(),
  };
}

function ticks(): { idle: number; all: number } {
  const sum = { idle: 0, all: 0 };
  for (const { times } of cpus()) {
    sum.idle += times.idle;
    sum.all += times.idle + times.user + times.nice + times.sys + times.irq;
  }
  return sum;
}

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
 * Threads: the cores that are free less one for everything else, at least one. llama.cpp's threads spin for each other:
 * two of them on two cores with one other busy process fell from 3.5 to 0.1 requests a second; one alone just shares.
 * Slots for a small model: two a core, 4 to 8, as far as memory holds; more only read the few-shot prompts more often.
 * Prompts that lost their slot are kept, as methods take turns: 32 requests of two kinds took 27 s of one core with 4
 * slots and the cache, 61 s with 8 slots and none.
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
  const slots = wanted.small
    ? clamp(Math.min(affordable, 2 * machine.cores), FEWEST_SLOTS, MOST_SLOTS)
    : clamp(affordable, 1, FEWEST_SLOTS);
  const free = Math.round(machine.cores * machine.idle);
  const threads = (most: number) => clamp(most, 1, MOST_THREADS);
  // An encoder's threads meet once a layer and not once a token: none is kept back for others.
  if (isEmbedder(model)) return { slots, context_tokens, threads: threads(free), cache_mib: 0, embedding: true };
  return { slots, context_tokens, threads: threads(free - 1), cache_mib: wanted.small ? 256 : 512 };
}

/** How positions are pooled into one vector is written only into sentence encoders. */
function isEmbedder({ metadata }: Gguf): boolean {
  return metadata.has(`${String(metadata.get('general.architecture'))}.pooling_type`);
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
