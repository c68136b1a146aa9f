import { hasDigit, words } from '../dedupe/normalise.ts';
import type { Region } from './regions.ts';

interface Paragraph extends Region {
  words: ReadonlySet<string>;
}
type Window = { start: number; text: string };

/** Shorter words carry no evidence; a cheap stand-in for a stop list that works in most languages. */
const MIN_WORD = 4;
const paragraphs = new WeakMap<Window, Paragraph[]>();

/**
 * The paragraph inside `region` that shares most words with a question and its answer: what the editor shows beside
 * a sample. A guess for people, used for nothing else; the region itself when no paragraph stands out.
 */
export function evidence(window: Window, region: Region, text: string): Region {
  const found = paragraphsOf(window).filter(({ start, end }) => end > region.start && start < region.end);
  const telling = words(text).filter((word) => word.length >= MIN_WORD || hasDigit(word));
  const [only] = found;
  if (only !== undefined && found.length === 1) {
    // Nothing to choose between: one word in common is enough.
    const { start, end } = telling.some((word) => only.words.has(word)) ? only : region;
    return { start, end };
  }
  const asked = new Set(telling);
  let best: Paragraph | undefined;
  let bestScore = 0;
  for (const paragraph of found) {
    let shared = 0;
    for (const word of asked) if (paragraph.words.has(word)) shared += hasDigit(word) ? 2 : 1;
    // Long paragraphs contain more words by chance.
    const score = shared / Math.sqrt(8 + paragraph.words.size);
    if (score > bestScore) {
      best = paragraph;
      bestScore = score;
    }
  }
  return best === undefined ? { start: region.start, end: region.end } : { start: best.start, end: best.end };
}

function paragraphsOf(window: Window): Paragraph[] {
  const known = paragraphs.get(window);
  if (known !== undefined) return known;
  const found: Paragraph[] = [];
  for (const match of window.text.matchAll(/\S(?:[^\n]|\n(?!\s*\n))*/g)) {
    const start = window.start + match.index;
    const text = match[0].trimEnd();
    found.push({ start, end: start + text.length, words: new Set(words(text)) });
  }
  paragraphs.set(window, found);
  return found;
}
