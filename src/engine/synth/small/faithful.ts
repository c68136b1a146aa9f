import {
  contentWords,
  isCapitalised,
  isNumber,
  isStopWord,
  NEGATIONS,
  numberValue,
  stem,
  type Word,
  wordsOf,
} from './words.ts';

/** Share of the source's words from which on a rewording stands for the whole sentence. */
const WHOLE = 0.8;
/** Below this share, or this many words, it says too little to be worth reading. */
const LEAST = 0.35;
const FEWEST_WORDS = 4;

/** `whole`: can stand in the sentence's place; `part`: true, but beside the sentence; `verbatim`: a piece of it, or all. */
export type Verdict = { kind: 'whole' } | { kind: 'part' } | { kind: 'verbatim' } | { kind: 'lost'; detail: string };

/**
 * Whether a reworded sentence says what its source says, as far as a rule can see: no number or name that is not there,
 * as many negations, hardly a new word, nothing twice. It stands for the whole only with every name and number of it.
 */
export function judgeRewording(source: string, reworded: string): Verdict {
  const [before, after] = [wordsOf(source), wordsOf(reworded)];
  if (contains(before, after)) return { kind: 'verbatim' };
  const known = new Set(before.map((word) => word.lower));
  const numbers = new Set(before.filter(isNumber).map(numberValue));
  const number = after.find((word) => isNumber(word) && !numbers.has(numberValue(word)));
  if (number) return { kind: 'lost', detail: `the number ${number.text} is new` };
  const name = namesIn(reworded).find((each) => !known.has(each));
  if (name) return { kind: 'lost', detail: `the name "${name}" is new` };
  const negations = (words: typeof before) => words.filter((word) => NEGATIONS.has(word.lower)).length;
  if (negations(before) !== negations(after)) return { kind: 'lost', detail: 'a negation is lost or new' };

  const [old, said] = [contentWords(source).map(stem), contentWords(reworded).map(stem)];
  const added = said.filter((word) => !old.includes(word));
  if (added.length > (said.length > 5 ? 1 : 0)) return { kind: 'lost', detail: `new words: ${added.join(', ')}` };
  const repeated = said.find((word) => count(said, word) > Math.max(1, count(old, word)));
  if (repeated) return { kind: 'lost', detail: `"${repeated}" is said twice` };
  const kept = old.filter((word) => said.includes(word)).length;
  if (said.length < FEWEST_WORDS || kept < old.length * LEAST)
    return { kind: 'lost', detail: `${kept} of ${old.length} words are left` };

  const now = new Set(after.map((word) => word.lower));
  const nowNumbers = new Set(after.filter(isNumber).map(numberValue));
  const all = namesIn(source).every((each) => now.has(each)) && [...numbers].every((each) => nowNumbers.has(each));
  return all && kept >= old.length * WHOLE ? { kind: 'whole' } : { kind: 'part' };
}

const contains = (whole: readonly Word[], piece: readonly Word[]): boolean =>
  ` ${whole.map((word) => word.lower).join(' ')} `.includes(` ${piece.map((word) => word.lower).join(' ')} `);

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
  if (from.asks === 'How much' && asked.some((word) => isNumber(word) && !/^(?:1\d|20)\d\d$/.test(word.text))) {
    return { reason: 'malformed', detail: 'It asks for one amount and names another.' };
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

const count = (list: string[], word: string): number => list.filter((each) => each === word).length;
