import { hash } from 'node:crypto';
import type { LeakGate } from '../synth/index.ts';
import type { CorpusOverlap } from './overlap.ts';
import { REPLAY_PIECE, ReplayRows } from './replayRows.ts';
import { type Tokenising, textKey } from './tokenising.ts';

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
  rows: ReplayRows;
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
  const rows = new ReplayRows(begin);
  const words = new Uint32Array(4);
  const dropped: Dropped = {
    ...{ dropped_duplicates: 0, dropped_leaks: 0, dropped_control_tokens: 0 },
    evaluation_questions: gate.size,
  };
  let number = -1;
  let characters = 0;
  // Characters say roughly how far to read; only tokens say when it is enough.
  let enough = tokens * 2;
  for await (const text of texts) {
    signal.throwIfAborted();
    number += 1;
    const key = hash('sha256', text, 'hex').slice(0, 32);
    if (rows.seen(key) || overlap.repeats(text)) {
      dropped.dropped_duplicates += 1;
      continue;
    }
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
    const place = rows.take(number);
    await tokenising.take(rendered, words, (entry) => rows.tokenised(place, entry));
    characters += text.length;
    if (characters < enough) continue;
    await tokenising.finish();
    if (rows.tokens >= tokens + REPLAY_PIECE) break;
    enough = characters + Math.max(10_000, ((tokens - rows.tokens) * characters) / Math.max(1, rows.tokens));
  }
  await tokenising.finish();
  rows.cut();
  return { rows, dropped, tokens: rows.closest(Number.POSITIVE_INFINITY).tokens };
}
