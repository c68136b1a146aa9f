import { hash } from 'node:crypto';
import type { CorpusOverlap } from './overlap.ts';
import { rowsFor } from './selection.ts';
import type { CachedText } from './tokenCache.ts';
import { type Tokenising, textKey } from './tokenising.ts';

/** Longer texts are cut into pieces of this many tokens, so that a share comes out exact. */
export const REPLAY_PIECE = 2048;

/** A row of replay: a text, or a piece of one. Only the last piece ends with the end-of-text token. */
export interface ReplayRow {
  /** Number of the text in its source, from 0. */
  text: number;
  at: number;
  length: number;
  ends: boolean;
  /** Hash of the text, for the data set's hash. */
  key: string;
}

export interface Replay {
  rows: ReplayRow[];
  cumulative: Float64Array;
  dropped: number;
  /** Tokens found, which may be fewer than asked for. */
  tokens: number;
}

/**
 * Reads replay texts until there are `tokens` of them, in the order of the source: what repeats the corpus, and what
 * came before, is dropped and counted. A larger budget reads on, so that smaller ones are prefixes.
 */
export async function readReplay(
  texts: AsyncIterable<string>,
  tokens: number,
  options: { overlap: CorpusOverlap; tokenising: Tokenising; signal: AbortSignal },
): Promise<Replay> {
  const { overlap, tokenising, signal } = options;
  const found: { entry?: CachedText; text: number; key: string }[] = [];
  const seen = new Set<string>();
  const words = new Uint32Array(4);
  let dropped = 0;
  let number = -1;
  let characters = 0;
  let counted = 0;
  // Characters say roughly how far to read; only tokens say when it is enough.
  let enough = tokens * 2;
  const count = () => {
    counted = found.reduce((sum, { entry }) => sum + (entry ? entry.length + 1 : 0), 0);
  };
  for await (const text of texts) {
    signal.throwIfAborted();
    number += 1;
    const key = hash('sha256', text, 'hex').slice(0, 32);
    if (seen.has(key) || overlap.repeats(text)) {
      dropped += 1;
      continue;
    }
    seen.add(key);
    const rendered = { prompt: '', completion: text };
    textKey(rendered, words);
    const place: { entry?: CachedText; text: number; key: string } = { text: number, key };
    found.push(place);
    await tokenising.take(rendered, words, (entry) => {
      place.entry = entry;
    });
    characters += text.length;
    if (characters < enough) continue;
    await tokenising.finish();
    count();
    if (counted >= tokens + REPLAY_PIECE) break;
    enough = characters + Math.max(10_000, ((tokens - counted) * characters) / Math.max(1, counted));
  }
  await tokenising.finish();
  const rows = found.flatMap(({ entry, text, key }) => (entry ? pieces(entry, text, key) : []));
  const cumulative = new Float64Array(rows.length + 1);
  for (const [at, row] of rows.entries()) cumulative[at + 1] = (cumulative[at] ?? 0) + replayRowTokens(row);
  return { rows, cumulative, dropped, tokens: cumulative[rows.length] ?? 0 };
}

/** The rows that come closest to so many tokens. */
export function takeReplay({ rows, cumulative }: Replay, tokens: number): { rows: ReplayRow[]; tokens: number } {
  const count = rowsFor({ cumulative }, tokens);
  return { rows: rows.slice(0, count), tokens: cumulative[count] ?? 0 };
}

export const replayRowTokens = ({ length, ends }: Pick<ReplayRow, 'length' | 'ends'>): number =>
  length + (ends ? 1 : 0);

function pieces(entry: CachedText, text: number, key: string): ReplayRow[] {
  const rows: ReplayRow[] = [];
  for (let from = 0; from < entry.length; from += REPLAY_PIECE) {
    const length = Math.min(REPLAY_PIECE, entry.length - from);
    rows.push({ text, at: entry.at + from, length, ends: from + length === entry.length, key });
  }
  return rows;
}
