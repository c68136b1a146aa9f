import { splitSentences } from '../../corpus/index.ts';
import type { MethodDocument } from '../types.ts';
import { placesIn, type Span, spansOf } from './spans.ts';
import { contentWords, isCapitalised, wordsOf } from './words.ts';

/** One sentence of a document that says something by itself: white space made single, offsets into the document's text. */
export interface Fact {
  text: string;
  start: number;
  end: number;
  /** What can be asked for in it. */
  spans: readonly Span[];
}

type Window = MethodDocument['windows'][number];

const FEWEST_WORDS = 6;
const MOST_WORDS = 40;
const FEWEST_CONTENT_WORDS = 4;
/** A sentence that begins so is about something said before it. */
const POINTS_BACK =
  /^["“‘'(]*(?:it|its|he|him|his|she|her|hers|they|them|their|theirs|this|that|these|those|such|there|here|so|but|and|or|then|thus|however|therefore|also|both|neither|if|what|who|how|why|where|when|yes|no|i|we|you|my|our|your|let|please|see|note)\b/i;

const cache = new WeakMap<Window, Fact[]>();

/** The usable sentences of a window, in order. */
export function factsOf(window: Window): Fact[] {
  let facts = cache.get(window);
  if (facts === undefined) {
    const places = placesIn(window.text);
    facts = splitSentences(window.text).flatMap((span) => {
      const text = window.text
        .slice(span.start, span.end)
        .replace(/\s+/g, ' ')
        .replace(/^(?:[-*+•]|\d{1,3}[.)]) /, '');
      if (!isFact(text)) return [];
      return [{ text, start: window.start + span.start, end: window.start + span.end, spans: spansOf(text, places) }];
    });
    cache.set(window, facts);
  }
  return facts;
}

function isFact(text: string): boolean {
  if (!/[.!…]["'”’)]*$/.test(text) || !/^["“‘'(]?[\p{Lu}\d$£€]/u.test(text)) return false;
  // Headings, table rows, code and tables of contents are no sentences.
  if (/[|{}<>\\=_]|https?:|\.{4}|…\s*\d+$/.test(text)) return false;
  // Speech: who says "I" is not in the sentence, and half a quotation is no sentence.
  if (/\b(?:I|you|your|my|me)\b/.test(text) || (text.match(/["“”]/g)?.length ?? 0) % 2 === 1) return false;
  const words = wordsOf(text);
  if (words.length < FEWEST_WORDS || words.length > MOST_WORDS) return false;
  if (contentWords(text).length < FEWEST_CONTENT_WORDS || POINTS_BACK.test(text)) return false;
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  if (letters < text.length * 0.6) return false;
  // All capitals is a heading; a sentence with no small word at all is a list of names.
  return words.filter((word) => !isCapitalised(word)).length >= 3;
}

/** Facts that stand in `passage`, or all of them. A passage without a usable sentence gives those around it. */
export function factsIn(window: Window, passage: { start: number; end: number } | undefined): Fact[] {
  const facts = factsOf(window);
  if (passage === undefined) return facts;
  return facts.filter((fact) => fact.start < passage.end && fact.end > passage.start);
}
