import { contentWords, isCapitalised, isNumber, isStopWord, NEGATIONS, numberValue, stem, wordsOf } from './words.ts';

/** Share of the source's words that a rewording must keep. */
const KEPT = 0.8;

export type Verdict = { kind: 'kept' } | { kind: 'verbatim' } | { kind: 'lost'; detail: string };

/**
 * Whether a reworded sentence still says what its source says, as far as a rule can see: the same numbers, the same
 * names, as many negations, nearly all words, and nothing twice. `verbatim`: the same words in the same order.
 */
export function judgeRewording(source: string, reworded: string): Verdict {
  const [before, after] = [wordsOf(source), wordsOf(reworded)];
  if (before.map((word) => word.lower).join(' ') === after.map((word) => word.lower).join(' '))
    return { kind: 'verbatim' };
  const numbers = difference(before.filter(isNumber).map(numberValue), after.filter(isNumber).map(numberValue));
  if (numbers) return { kind: 'lost', detail: `number ${numbers}` };
  const names = difference(namesIn(source), new Set(after.map((word) => word.lower)));
  if (names) return { kind: 'lost', detail: `name ${names}` };
  const known = new Set(before.map((word) => word.lower));
  const invented = namesIn(reworded).find((name) => !known.has(name));
  if (invented) return { kind: 'lost', detail: `new name ${invented}` };
  const negations = (words: typeof before) => words.filter((word) => NEGATIONS.has(word.lower)).length;
  if (negations(before) !== negations(after)) return { kind: 'lost', detail: 'a negation' };
  return judgeWords(contentWords(source).map(stem), contentWords(reworded).map(stem));
}

function judgeWords(before: string[], after: string[]): Verdict {
  const kept = before.filter((word) => after.includes(word)).length;
  if (kept < before.length * KEPT) return { kind: 'lost', detail: `${before.length - kept} of ${before.length} words` };
  const added = after.filter((word) => !before.includes(word));
  if (added.length > Math.max(1, before.length * 0.2)) return { kind: 'lost', detail: `new words ${added.join(', ')}` };
  const repeated = after.find((word) => count(after, word) > count(before, word) && before.includes(word));
  return repeated ? { kind: 'lost', detail: `"${repeated}" said twice` } : { kind: 'kept' };
}

/**
 * Why a question cannot have been made from this sentence; undefined = nothing is wrong that a rule can see. It begins
 * as asked, names nothing that is not there, keeps to the sentence's words and does not say its own answer.
 */
export function questionFault(
  question: string,
  from: { fact: string; title: string; answer: string; asks: string },
): { reason: 'malformed' | 'unfaithful'; detail: string } | undefined {
  if (!/\?["'”’]?$/.test(question)) return { reason: 'malformed', detail: 'No question mark at the end.' };
  if (!question.toLowerCase().startsWith(from.asks.toLowerCase())) {
    return { reason: 'malformed', detail: `It does not begin with "${from.asks}".` };
  }
  const asked = contentWords(question.slice(from.asks.length));
  const stems = asked.map(stem);
  const answer = contentWords(from.answer).map(stem);
  const asks = contentWords(from.asks).map(stem);
  const given = answer.filter((word) => !asks.includes(word));
  if (given.length > 0 && given.every((word) => stems.includes(word))) {
    return { reason: 'malformed', detail: `It says its own answer, "${from.answer}".` };
  }
  const known = new Set([...contentWords(from.fact), ...contentWords(from.title)].map(stem));
  const foreign = asked.find((word) => (isNumber(word) || isCapitalised(word)) && !known.has(stem(word)));
  if (foreign) return { reason: 'unfaithful', detail: `"${foreign.text}" is not in the sentence.` };
  const shared = new Set(stems.filter((word) => known.has(word)));
  const strange = asked.filter((word) => !known.has(stem(word)));
  if (strange.length > 1 || (strange.length === 1 && shared.size < 3)) {
    return {
      reason: 'unfaithful',
      detail: `Words that the sentence does not have: ${strange.map((w) => w.text).join(', ')}.`,
    };
  }
  if (shared.size < 2) return { reason: 'unfaithful', detail: 'It shares fewer than two words with the sentence.' };
  return undefined;
}

/** Lower-cased names: capitalised words that do not only begin the sentence, and first words followed by another name. */
function namesIn(text: string): string[] {
  const words = wordsOf(text);
  return words.flatMap((word, at) => {
    if (!isCapitalised(word) || isStopWord(word) || isNumber(word)) return [];
    const next = words[at + 1];
    return at > 0 || (next !== undefined && isCapitalised(next) && !isStopWord(next)) ? [word.lower] : [];
  });
}

/** The first member of one list that the other lacks, either way round for lists, one way for a set. */
function difference(before: string[], after: string[] | Set<string>): string | undefined {
  const has = new Set(after);
  const missing = before.find((each) => !has.has(each));
  if (missing !== undefined || after instanceof Set) return missing;
  return after.find((each) => !before.includes(each));
}

const count = (list: string[], word: string): number => list.filter((each) => each === word).length;
