import type { Parsed } from '../types.ts';

/** "Sure! Here is the text:" alone on the first line is the model speaking, not the document. */
const PREAMBLE = /^(?:(?:sure|certainly|of course|okay|ok)\b[^\n]{0,120}|here(?:'s| is| are)\b[^\n]{0,160}:)[ \t]*\n+/i;
const MIN_WORDS = 5;

/** A completion that is one document: the text itself, without a lead-in line or a code fence around all of it. */
export function parseDocumentText(content: string): Parsed[] {
  let text = content.trim().replace(PREAMBLE, '').trim();
  const fenced = /^```(?:markdown|md|text)?[ \t]*\n([\s\S]*?)\n```$/i.exec(text);
  if (fenced?.[1] !== undefined && !fenced[1].includes('```')) text = fenced[1].trim();
  const count = text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0;
  if (count === 0) return [{ kind: 'rejected', reason: 'empty', detail: 'No words.', text: content.slice(0, 500) }];
  if (count < MIN_WORDS) {
    return [{ kind: 'rejected', reason: 'malformed', detail: `Only ${count} words: no document.`, text }];
  }
  return [{ kind: 'document', text }];
}
