import { hash } from 'node:crypto';
import type { LeakGate } from '../synth/index.ts';
import type { CorpusOverlap } from './overlap.ts';
import { rowsFor } from './selection.ts';
import type { CachedText } from './tokenCache.ts';
import { type Tokenising, textKey } from './tokenising.ts';

/** Longer texts are cut into pieces of this many tokens, so that a share comes out exact. */
export const REPLAY_PIECE = 2048;

/** A row of replay: a text, or a piece of one. The first piece begins as texts of the student do, the last one ends so. */
export interface ReplayRow {
  /** Number of the text in its source, from 0. */
  text: number;
  at: number;
  length: number;
  begins: boolean;
  ends: boolean;
  /** Tokens with what begins and ends it. */
  tokens: number;
  /** Hash of the text, for the data set's hash. */
  key: string;
}

/** Texts that were left out, as the manifest has them. */
export interface Dropped {
  /** Repeats the corpus, or a text before it. */
  dropped_duplicates: number;
  /** Contains a whole evaluation question. */
  dropped_leaks: number;
  /** Contains a control token of the student. */
  dropped_control_tokens: number;
  /** Evaluation questions that the texts were looked at for. */
  evaluation_questions: number;
}

export interface Replay {
  rows: ReplayRow[];
  cumulative: Float64Array;
  dropped: Dropped;
  /** Tokens found, which may be fewer than asked for. */
  tokens: number;
}

/**
 * Reads replay texts until there are `tokens` of them, in the order of the source. What repeats the corpus or what came
 * before, tells an evaluation question or brings control tokens of its own is dropped and counted: public texts are as
 * untrusted as any. A larger budget reads on, so that smaller ones are prefixes.
 */
export async function readReplay(
  texts: AsyncIterable<string>,
  tokens: number,
  options: {
    overlap: CorpusOverlap;
    gate: LeakGate;
    control: RegExp | undefined;
    /** Tokens that begin a text; another one ends it. */
    begin: number;
    tokenising: Tokenising;
    signal: AbortSignal;
  },
): Promise<Replay> {
  const { overlap, gate, control, begin, tokenising, signal } = options;
  const found: { entry?: CachedText; text: number; key: string }[] = [];
  const seen = new Set<string>();
  const words = new Uint32Array(4);
  const dropped: Dropped = {
    ...{ dropped_duplicates: 0, dropped_leaks: 0, dropped_control_tokens: 0 },
    evaluation_questions: gate.size,
  };
  let number = -1;
  let characters = 0;
  let counted = 0;
  // Characters say roughly how far to read; only tokens say when it is enough.
  let enough = tokens * 2;
  const count = () => {
    counted = found.reduce((sum, { entry }) => sum + (entry ? begin + entry.length + 1 : 0), 0);
  };
  for await (const text of texts) {
    signal.throwIfAborted();
    number += 1;
    const key = hash('sha256', text, 'hex').slice(0, 32);
    if (seen.has(key) || overlap.repeats(text)) {
      dropped.dropped_duplicates += 1;
      continue;
    }
    seen.add(key);
    if (gate.text(text).kind === 'leak') {
      dropped.dropped_leaks += 1;
      continue;
    }
    if (control?.test(text)) {
      dropped.dropped_control_tokens += 1;
      continue;
    }
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
  const rows = found.flatMap(({ entry, text, key }) => (entry ? pieces(entry, begin, text, key) : []));
  const cumulative = new Float64Array(rows.length + 1);
  for (const [at, row] of rows.entries()) cumulative[at + 1] = (cumulative[at] ?? 0) + row.tokens;
  return { rows, cumulative, dropped, tokens: cumulative[rows.length] ?? 0 };
}

/** The rows that come closest to so many tokens. */
export function takeReplay({ rows, cumulative }: Replay, tokens: number): { rows: ReplayRow[]; tokens: number } {
  const count = rowsFor({ cumulative }, tokens);
  return { rows: rows.slice(0, count), tokens: cumulative[count] ?? 0 };
}

function pieces(entry: CachedText, begin: number, text: number, key: string): ReplayRow[] {
  const rows: ReplayRow[] = [];
  for (let from = 0; from < entry.length; from += REPLAY_PIECE) {
    const length = Math.min(REPLAY_PIECE, entry.length - from);
    const [begins, ends] = [from === 0, from + length === entry.length];
    const tokens = length + (begins ? begin : 0) + (ends ? 1 : 0);
    rows.push({ ...{ text, at: entry.at + from, length, begins, ends, tokens }, key });
  }
  return rows;
}
