import { parseArgs } from 'node:util';
import { GenerateParams } from '../contract/events.ts';
import { UsageError } from './terminal.ts';

const options = {
  project: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
  endpoint: { type: 'string' },
  name: { type: 'string' },
  model: { type: 'string', multiple: true },
  student: { type: 'string' },
  tokenizer: { type: 'string' },
  method: { type: 'string', multiple: true },
  document: { type: 'string', multiple: true },
  limit: { type: 'string' },
  offset: { type: 'string' },
  budget: { type: 'string', multiple: true },
  preview: { type: 'boolean' },
  'retry-failed': { type: 'boolean' },
  rederive: { type: 'boolean' },
  'send-to': { type: 'string', multiple: true },
  detach: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  state: { type: 'string' },
  reason: { type: 'string', multiple: true },
  text: { type: 'string' },
  tokens: { type: 'string' },
  budgets: { type: 'string', multiple: true },
  seed: { type: 'string' },
  format: { type: 'string' },
  out: { type: 'string' },
  html: { type: 'string' },
  'lm-eval': { type: 'string' },
  answers: { type: 'string' },
  'chunk-size': { type: 'string' },
  'chunk-unit': { type: 'string' },
  embedder: { type: 'string' },
  mode: { type: 'string' },
  rebuild: { type: 'boolean' },
  quality: { type: 'boolean' },
  tune: { type: 'boolean' },
  benchmark: { type: 'string', multiple: true },
  setting: { type: 'string', multiple: true },
  scoring: { type: 'string' },
  samples: { type: 'string' },
  temperature: { type: 'string' },
  'max-tokens': { type: 'string' },
  prompt: { type: 'string' },
  'top-k': { type: 'string' },
  worker: { type: 'boolean' },
  draft: { type: 'string' },
  labels: { type: 'string', multiple: true },
  target: { type: 'string' },
  dataset: { type: 'string' },
  epochs: { type: 'string' },
  force: { type: 'boolean' },
  follow: { type: 'boolean' },
} as const;

export type Arguments = ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>;

/** Parses a command line; an unknown option or a missing value is wrong use (exit 2). */
export function parseArguments(argv: readonly string[]): Arguments {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** `--limit`, `--method`, `--document`, `--budget` … as the parameters of a generating job. */
export function generateParams(values: Arguments['values']): GenerateParams {
  return GenerateParams.parse({
    methods: list(values.method),
    documents: list(values.document),
    ...(values.limit === undefined ? {} : { limit: wholeNumber('--limit', values.limit, 1) }),
    preview: values.preview ?? false,
    budget: budget(values.budget ?? []),
    retry_failed: values['retry-failed'] ?? false,
    ...(values.rederive ? { rederive: true } : {}),
  });
}

/** Repeated options and comma-separated lists mean the same. */
export function list(values: readonly string[] | undefined): string[] {
  return (values ?? []).flatMap((value) => value.split(',')).filter((value) => value !== '');
}

export function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
    throw new UsageError(`${option} "${text}": a whole number of at least ${least} is needed`);
  }
  return value;
}

const SCALE: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, g: 1e9 };

/** `--budget 200000`, `--budget 2M` (tokens), `--budget $5` or `5usd` (money); may be given once for each. */
export function budget(texts: readonly string[]): { tokens?: number; cost?: number } {
  const found: { tokens?: number; cost?: number } = {};
  for (const text of texts) {
    const money = /^(?:\$(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?)usd)$/i.exec(text);
    const tokens = /^(\d+(?:\.\d+)?)([kmg]?)(?:tokens?)?$/i.exec(text);
    const amount = Number(money?.[1] ?? money?.[2] ?? tokens?.[1]);
    if ((!money && !tokens) || !(amount > 0)) {
      throw new UsageError(`--budget "${text}": tokens (200000, 500k, 2M) or money ($5, 5usd) greater than 0`);
    }
    if (money) found.cost = amount;
    else found.tokens = Math.round(amount * (SCALE[(tokens?.[2] ?? '').toLowerCase()] ?? 1));
  }
  return found;
}
