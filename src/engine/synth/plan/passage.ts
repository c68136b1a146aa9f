import { words } from '../dedupe/normalise.ts';
import type { MethodDocument } from '../types.ts';

/** Characters shown on each side of a passage, so that its pronouns and names can be understood. */
const SURROUNDINGS = 2_000;

type Range = { start: number; end: number };

/**
 * The document as a request about one passage sees it: a single window, the passage with its surroundings cut at
 * paragraph ends. Where that is no smaller than the window that holds the passage anyway, it is that window, whose
 * prefix the server may have cached.
 */
export function passageDocument(document: MethodDocument, text: string, range: Range, tokens: number): MethodDocument {
  const holding = document.windows.find((window) => window.start <= range.start && range.end <= window.end);
  const start = cutBefore(text, Math.max(0, range.start - SURROUNDINGS), range.start);
  const end = cutAfter(text, range.end, Math.min(text.length, range.end + SURROUNDINGS));
  const window =
    holding !== undefined && (end - start) * 1.25 >= holding.end - holding.start
      ? holding
      : {
          index: holding?.index ?? windowAt(document, range.start),
          start,
          end,
          text: text.slice(start, end),
          tokens: Math.ceil((tokens * (end - start)) / Math.max(1, text.length)),
        };
  return { ...document, windows: [window] };
}

/** The window that shares most words with a question: where a rewrite for it is written from. */
export function windowForQuestion(document: MethodDocument, question: string): number {
  const asked = new Set(words(question).filter((word) => word.length > 3 || /\d/.test(word)));
  let best = document.windows[0]?.index ?? 0;
  let most = -1;
  for (const window of document.windows) {
    const present = new Set(words(window.text));
    let shared = 0;
    for (const word of asked) if (present.has(word)) shared++;
    if (shared > most) {
      best = window.index;
      most = shared;
    }
  }
  return best;
}

export function windowAt(document: MethodDocument, offset: number): number {
  return document.windows.find((window) => offset < window.end)?.index ?? document.windows.at(-1)?.index ?? 0;
}

function cutBefore(text: string, from: number, to: number): number {
  if (from === 0) return 0;
  const paragraph = text.indexOf('\n\n', from);
  if (paragraph >= 0 && paragraph + 2 <= to) return paragraph + 2;
  const space = text.indexOf(' ', from);
  return space >= 0 && space < to ? space + 1 : to;
}

function cutAfter(text: string, from: number, to: number): number {
  if (to === text.length) return to;
  const paragraph = text.lastIndexOf('\n\n', to);
  if (paragraph >= from) return paragraph;
  const space = text.lastIndexOf(' ', to);
  return space > from ? space : to;
}
