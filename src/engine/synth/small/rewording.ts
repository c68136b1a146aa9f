import type { Draft, MethodDocument, Parsed } from '../types.ts';
import type { Fact } from './facts.ts';
import { judgeRewording } from './faithful.ts';
import type { Span } from './spans.ts';
import { isStopWord, wordsOf } from './words.ts';

/** Sentences of one document: the first is reworded, the others stand as in the source. */
export const FACTS_PER_DOCUMENT = 3;

/** How a rewording is to begin: what makes a very small model say a sentence in another way instead of copying it. */
export const BEGINNINGS = [
  { id: 'name', strategy: 'Say who or where first', kinds: ['who', 'where'] },
  { id: 'date', strategy: 'Say when it happened first', kinds: ['date'] },
  { id: 'number', strategy: 'Say the number first', kinds: ['count', 'money', 'duration'] },
  { id: 'end', strategy: 'Say the last thing first', kinds: ['what'] },
] as const satisfies readonly { id: string; strategy: string; kinds: readonly Span['kind'][] }[];
export type Beginning = (typeof BEGINNINGS)[number];

/** A span nearer to the start than this is how the sentence begins already, in characters. */
const ALREADY_FIRST = 12;

/** Small words before a span that are said with it: "in 1741", "the kelp works". */
const LEADS: Readonly<Record<Span['kind'], { said: RegExp; needed: boolean }>> = {
  date: { said: /^(in|on|since|until|before|after)$/, needed: true },
  who: { said: /^the$/, needed: false },
  where: { said: /^(in|at|on|near|from|to|under|behind|beside|outside)$/, needed: true },
  count: { said: /^(about|over)$/, needed: false },
  money: { said: /^(about|over)$/, needed: false },
  duration: { said: /^(for|within|after)$/, needed: false },
  what: { said: /^(the|a|an)$/, needed: true },
};

/** First words for a rewording of a fact, taken from the fact itself; undefined: it begins so already, or cannot. */
export function beginningOf(fact: Fact, beginning: Beginning): string | undefined {
  const kinds: readonly Span['kind'][] = beginning.kinds;
  for (const span of fact.spans) {
    if (!kinds.includes(span.kind) || span.start < ALREADY_FIRST) continue;
    const agent = span.kind === 'who' ? agentBefore(fact.text, span) : undefined;
    const before = wordsOf(fact.text.slice(0, span.start)).at(-1);
    const lead = LEADS[span.kind];
    const said = before !== undefined && isStopWord(before) && lead.said.test(before.lower);
    if (lead.needed && !said) continue;
    const start = agent ?? (said ? before.start : span.start);
    const text = fact.text.slice(start, span.end);
    return text.charAt(0).toUpperCase() + text.slice(1);
  }
  return undefined;
}

/** "… by the mason Ysolt Karrow": the whole of what follows "by" can begin the active sentence. */
function agentBefore(sentence: string, span: Span): number | undefined {
  const by = /\bby ((?:(?:the|a|an) )?(?:\p{Ll}[\p{L}-]* ){0,2})$/u.exec(sentence.slice(0, span.start));
  return by === null ? undefined : span.start - (by[1]?.length ?? 0);
}

const PREPOSITION = /^(above|below|of|in|on|at|for|until|since|with|from|to|and|or|by)$/;

/** "3.4 metres above the mark and flooded …": a noun to begin with, and no verb after it. */
function dangles(sentence: string, beginning: string): boolean {
  const first = wordsOf(beginning)[0]?.lower ?? '';
  const next = wordsOf(sentence.slice(beginning.length))[0]?.lower;
  return next === undefined || (!PREPOSITION.test(first) && PREPOSITION.test(next));
}

/** The request for one document: its first fact is the one to say in other words, beginning as told. */
export function rewordingDraft(
  document: MethodDocument,
  of: { stage: string; window: number; facts: readonly Fact[]; beginning: string; strategy: string },
): Draft {
  const [lead, ...others] = of.facts;
  return {
    stage: of.stage,
    template: 'small_rewording',
    window: of.window,
    replica: 0,
    strategy: of.strategy,
    source: {
      start: Math.min(...of.facts.map((fact) => fact.start)),
      end: Math.max(...of.facts.map((fact) => fact.end)),
    },
    inputs: {
      title: document.title,
      fact: lead?.text ?? '',
      others: others.map((fact) => fact.text).join('\n'),
      beginning: of.beginning,
    },
  };
}

/** A document from one completion: the reworded sentence, if it is true to its source, and the others as they stand. */
export function assemble(content: string, draft: Draft, document: MethodDocument): Parsed {
  const { fact = '', others = '', beginning = '' } = draft.inputs;
  const line = (content.trim().split('\n')[0] ?? '').trim();
  // Servers differ in whether the words that the answer was begun with are repeated.
  const reworded = line.toLowerCase().startsWith(beginning.toLowerCase()) ? line : `${beginning} ${line}`.trim();
  if (!/[.!]["'”’)]*$/.test(reworded) || dangles(reworded, beginning)) {
    return { kind: 'rejected', reason: 'malformed', detail: 'Not a whole sentence.', text: reworded };
  }
  const verdict = judgeRewording(fact, reworded);
  if (verdict.kind === 'verbatim') {
    return {
      kind: 'rejected',
      reason: 'duplicate',
      detail: 'The sentence, or a piece of it, came back word for word.',
      text: reworded,
    };
  }
  if (verdict.kind === 'lost') {
    return { kind: 'rejected', reason: 'unfaithful', detail: `Against its source: ${verdict.detail}.`, text: reworded };
  }
  // Said in part, the sentence itself follows: the document as a whole loses nothing.
  const own = verdict.kind === 'part' ? [fact] : [];
  const sentences = [reworded, ...own, ...others.split('\n').filter((other) => other !== '')];
  return {
    kind: 'document',
    text: `${document.title}\n\n${sentences.join(' ')}`,
    ...(draft.source === undefined ? {} : { source: draft.source }),
  };
}
