import { type Span, splitSentences } from './sentences.ts';
import type { DocumentWindow, TokenCounter } from './types.ts';

export interface WindowOptions {
  /** Most tokens of one window. */
  maxTokens: number;
  /** Tokens that neighbours share at most; more than half a window counts as half. */
  overlapTokens: number;
  counter: TokenCounter;
  signal?: AbortSignal | undefined;
}

/** The smallest thing a window is made of: a sentence. */
interface Piece extends Span {
  /** What begins here: a window ends before a heading rather than before a paragraph, and there rather than before a sentence. */
  begins: 'heading' | 'paragraph' | 'sentence';
  tokens: number;
}

/**
 * Splits a text into overlapping windows of at most `maxTokens`, at headings, then paragraphs, then sentences; a text
 * that fits is one window. Every character that is not white space lies in a window. Linear in the text's length.
 */
export async function splitWindows(text: string, options: WindowOptions): Promise<DocumentWindow[]> {
  const { maxTokens, overlapTokens, counter, signal } = options;
  const [whole = 0] = await counter.countAll([text], signal);
  if (whole <= maxTokens) return [{ index: 0, start: 0, end: text.length, tokens: whole }];
  const pieces = await countedPieces(text, options);
  for (let budget = maxTokens; ; ) {
    const spans = fill(text, pieces, budget, Math.min(overlapTokens, Math.floor(budget / 2)));
    const tokens = await counter.countAll(
      spans.map(({ start, end }) => text.slice(start, end)),
      signal,
    );
    // Sentences counted apart nearly always sum to more than the whole, so a second round is rare.
    const over = tokens.reduce((most, count) => Math.max(most, count), 0) - maxTokens;
    if (over <= 0 || budget <= 8) return spans.map((span, index) => ({ index, ...span, tokens: tokens[index] ?? 0 }));
    budget = Math.max(8, budget - over);
  }
}

/** Sentences with their tokens; what is longer than half a window (a list without full stops, a data dump) is cut further. */
async function countedPieces(text: string, { maxTokens, counter, signal }: WindowOptions): Promise<Piece[]> {
  let spans = splitSentences(text);
  for (let round = 0; ; round += 1) {
    // With the white space before it, as tokenizers join a word with the space in front: the sum is closest so.
    const counts = await counter.countAll(
      spans.map(({ end }, index) => text.slice(spans[index - 1]?.end ?? 0, end)),
      signal,
    );
    const tooLong = (index: number) => (counts[index] ?? 0) > maxTokens / 2;
    if (round === 8 || !spans.some((span, index) => tooLong(index) && span.end - span.start > 1)) {
      return spans.map(({ start, end }, index) => ({
        start,
        end,
        begins: beginning(text, start),
        tokens: counts[index] ?? 0,
      }));
    }
    spans = spans.flatMap((span, index) => {
      if (!tooLong(index)) return [span];
      const characters = Math.floor(((span.end - span.start) * maxTokens) / 4 / (counts[index] ?? 1));
      return cut(text, span, Math.max(1, characters));
    });
  }
}

/** Pieces of at most `characters` characters, cut after white space where there is some, never inside a surrogate pair. */
function cut(text: string, { start, end }: Span, characters: number): Span[] {
  const pieces: Span[] = [];
  for (let from = start; from < end; ) {
    let to = Math.min(end, from + characters);
    if (to < end) {
      const space = /\s\S*$/.exec(text.slice(Math.max(from + 1, to - 200), to));
      if (space) to -= space[0].length - 1;
      else if (/[\ud800-\udbff]/.test(text.charAt(to - 1))) to += 1;
    }
    pieces.push({ start: from, end: to });
    from = to;
  }
  return pieces;
}

function beginning(text: string, start: number): Piece['begins'] {
  if (/^#{1,6}[ \t]/.test(text.slice(start, start + 8))) return 'heading';
  return start === 0 || /\n[ \t]*\n\s*$/.test(text.slice(Math.max(0, start - 40), start)) ? 'paragraph' : 'sentence';
}

/** Greedy: as much as fits, then back to the best place to stop in the second half; the next window begins up to `overlap` tokens earlier. */
function fill(text: string, pieces: readonly Piece[], budget: number, overlap: number): Span[] {
  const spans: Span[] = [];
  let from = 0;
  let done = 0;
  while (done < pieces.length) {
    let to = from;
    let tokens = 0;
    let stop: { at: number; rank: number } | undefined;
    for (let piece = pieces[to]; piece && (to === from || tokens + piece.tokens <= budget); piece = pieces[to]) {
      const rank = piece.begins === 'heading' ? 2 : piece.begins === 'paragraph' ? 1 : 0;
      if (to > done && tokens >= budget / 2 && rank >= (stop?.rank ?? 0)) stop = { at: to, rank };
      tokens += piece.tokens;
      to += 1;
    }
    if (to <= done) {
      from = done; // The overlap left no room for the next piece.
      continue;
    }
    // Exactly full may also be a good place: what comes next begins a heading or a paragraph.
    const next = pieces[to];
    if (next && stop && stop.rank > 0 && !(next.begins !== 'sentence' && rankOf(next) >= stop.rank)) to = stop.at;
    const last = pieces[to - 1];
    const first = pieces[from];
    if (first && last) spans.push({ start: first.start, end: trimmedEnd(text, last.end) });
    done = to;
    from = overlapStart(pieces, from, to, overlap);
  }
  return spans;
}

function rankOf(piece: Piece): number {
  return piece.begins === 'heading' ? 2 : piece.begins === 'paragraph' ? 1 : 0;
}

/** The earliest piece after `from` from which at most `overlap` tokens lie before `to`; a paragraph's beginning if there is one. */
function overlapStart(pieces: readonly Piece[], from: number, to: number, overlap: number): number {
  let start = to;
  let paragraph: number | undefined;
  let tokens = 0;
  for (let at = to - 1; at > from; at -= 1) {
    const piece = pieces[at];
    if (!piece || tokens + piece.tokens > overlap) break;
    tokens += piece.tokens;
    start = at;
    if (piece.begins !== 'sentence') paragraph = at;
  }
  return paragraph ?? start;
}

function trimmedEnd(text: string, end: number): number {
  let to = end;
  while (to > 0 && /\s/.test(text.charAt(to - 1))) to -= 1;
  return to;
}
