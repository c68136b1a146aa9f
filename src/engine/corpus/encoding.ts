import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { countByPieces, splitsAtSpaces } from './pieceCounts.ts';

/** What counts tokens: the student's own tokenizer file, or OpenAI's o200k vocabulary as an estimate. Clonable to workers. */
export type EncodingSource = { kind: 'tokenizer'; path: string } | { kind: 'o200k' };

export interface Encoding {
  /** Identity of the vocabulary: counts by the same id are the same. */
  id: string;
  count(text: string): number;
}

/**
 * Loads an encoding into this thread. Special tokens in a text count as what they are, none are added.
 *
 * @throws Error when the tokenizer file cannot be read or is of a kind that @huggingface/tokenizers does not know.
 */
export async function loadEncoding(source: EncodingSource): Promise<Encoding> {
  if (source.kind === 'o200k') {
    const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base');
    const asText = { disallowedSpecial: new Set<string>() };
    const count = countByPieces((part) => countTokens(part, asText));
    return { id: 'o200k', count: (text) => countInParts(text, count) };
  }
  const { Tokenizer } = await import('@huggingface/tokenizers');
  const bytes = await readFile(source.path);
  const config = await readFile(join(dirname(source.path), 'tokenizer_config.json'), 'utf8').catch(() => '{}');
  const described = jsonObject(bytes.toString('utf8'));
  const tokenizer = new Tokenizer(described, jsonObject(config));
  const whole = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids.length;
  const encode = splitsAtSpaces(described) ? countByPieces(whole) : whole;
  encode('ready'); // A tokenizer that cannot encode shall fail here, not in the middle of a corpus.
  return {
    id: createHash('sha256').update(bytes).digest('hex').slice(0, 16),
    count: (text) => (text ? countInParts(text, encode) : 0),
  };
}

function jsonObject(source: string): object {
  const value: unknown = JSON.parse(source);
  if (typeof value !== 'object' || value === null) throw new Error('not a JSON object');
  return value;
}

/**
 * BPE costs more than linear time in the length of a "word". A run of thousands of characters without a space (a
 * base64 blob, a hostile file), or of nothing but spaces, is counted in parts, at the price of a token or two.
 */
const LONG_RUN = /(\S{2001,}|\s{2001,})/;
const LONGEST_RUN = 2000;

function countInParts(text: string, count: (part: string) => number): number {
  if (text.length <= LONGEST_RUN || !LONG_RUN.test(text)) return count(text);
  let tokens = 0;
  for (const part of text.split(LONG_RUN)) {
    const step = LONG_RUN.test(part) ? LONGEST_RUN : part.length;
    for (let from = 0; from < part.length; from += step) tokens += count(part.slice(from, from + step));
  }
  return tokens;
}
