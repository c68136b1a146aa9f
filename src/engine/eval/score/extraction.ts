import { normalised, straightQuotes } from '../../synth/dedupe/normalise.ts';

/** What was read out of a written answer. Unparsed counts as wrong; the parse rate is shown beside every accuracy. */
export type Extracted =
  | { parsed: true; choice: number; answer: string }
  | { parsed: false; why: 'empty' | 'no_answer' | 'several_letters' | 'out_of_range' };

/** Upper-case letter and colon required, else "answer a question" would match (recipe §6.2). */
const MARKED = /(?:[Aa]nswer|ANSWER)[\s*]*(?:is)?[\s*]*:[\s*]*\(?([A-J])(?![A-Za-z])/g;
/** More letters behind the first one: "A, B", "A and B", "A/B". A word that begins there is none. */
const MORE_LETTERS = /^[)\s*]*(?:,|\/|&|\+|\band\b|\bor\b)[\s*(]*[A-J](?![A-Za-z'’])/;
const TAG = /<answer>([\s\S]*?)<\/answer>/gi;
const LETTER_ALONE = /^[\s*(]*([A-J])[)\s*]*(?:[.:][\s\S]*)?$/;

/**
 * The chosen option in a written answer, as the reference protocol says (recipe §6.2): the last "Answer: X", else the
 * `<answer>` tag, else the exact text of one option, else a letter with the beginning of its own option (an answer of a few
 * words ends before a long option does). A letter outside the options or several letters are unparsed; a near miss is never
 * rounded to the closest option, and what cannot be parsed is never taken for the first one.
 *
 * @param content the answer without thinking (see `withoutThinking`)
 * @param choices options in the order in which the prompt showed them
 */
export function extractChoice(content: string, choices: readonly string[]): Extracted {
  if (content.trim() === '') return { parsed: false, why: 'empty' };
  const marked = [...content.matchAll(MARKED)].at(-1);
  if (marked) {
    const rest = content.slice((marked.index ?? 0) + marked[0].length);
    return MORE_LETTERS.test(rest) ? { parsed: false, why: 'several_letters' } : byLetter(marked[1] ?? '', choices);
  }
  const tagged = [...content.matchAll(TAG)].at(-1)?.[1]?.trim();
  if (tagged !== undefined) return fromTag(tagged, choices);
  // A bare letter is the shortest answer there is: the whole text, nothing else.
  const alone = LETTER_ALONE.exec(content.trim());
  if (alone && content.trim().length <= 4) return byLetter(alone[1] ?? '', choices);
  return byText(content, choices) ?? byBeginning(content, choices) ?? { parsed: false, why: 'no_answer' };
}

/** `C. The Hans are not interested in the`: option C's letter and its first words, which begin no other option. */
const LETTERED = /^[\s*"'“(]*([A-J])[.):]\s+(\S[\s\S]*)$/;
const FEWEST_WORDS = 4;

function byBeginning(content: string, choices: readonly string[]): Extracted | undefined {
  const [, letter, text] = LETTERED.exec(content) ?? [];
  if (letter === undefined || text === undefined) return undefined;
  const said = plain(text);
  if (said.split(' ').length < FEWEST_WORDS) return undefined;
  const begun = choices.flatMap((choice, index) => (plain(choice).startsWith(said) ? [index] : []));
  const found = byLetter(letter, choices);
  return begun.length === 1 && found.parsed && found.choice === begun[0] ? found : undefined;
}

function fromTag(tagged: string, choices: readonly string[]): Extracted {
  const letter = LETTER_ALONE.exec(tagged);
  if (letter) return byLetter(letter[1] ?? '', choices);
  if (/^[\s*(]*[A-J](?![A-Za-z'’])/.test(tagged) && MORE_LETTERS.test(tagged.replace(/^[\s*(]*[A-J]/, '')))
    return { parsed: false, why: 'several_letters' };
  return byText(tagged, choices) ?? { parsed: false, why: 'no_answer' };
}

function byLetter(letter: string, choices: readonly string[]): Extracted {
  const choice = letter.charCodeAt(0) - 'A'.charCodeAt(0);
  const answer = choices[choice];
  return answer === undefined ? { parsed: false, why: 'out_of_range' } : { parsed: true, choice, answer };
}

/** The whole text, its last line, or what stands behind the last "Answer:" is exactly one option's text. */
function byText(content: string, choices: readonly string[]): Extracted | undefined {
  const lines = content.trim().split('\n');
  const marked = [...content.matchAll(/answer[\s*]*(?:is)?[\s*]*:[\s*]*/gi)].at(-1);
  const candidates = [
    content,
    lines.at(-1) ?? '',
    ...(marked ? [content.slice((marked.index ?? 0) + marked[0].length).split('\n')[0] ?? ''] : []),
  ];
  for (const candidate of candidates) {
    const text = plain(candidate);
    if (text === '') continue;
    const same = choices.flatMap((choice, index) => (plain(choice) === text ? [index] : []));
    const [choice] = same;
    if (same.length === 1 && choice !== undefined) return { parsed: true, choice, answer: choices[choice] ?? '' };
  }
  return undefined;
}

const plain = (text: string): string => normalised(straightQuotes(text).replace(/^[\s*"'“(]*[A-J][.):]\s+/, ''));

/**
 * The written short answer: behind the last "Answer:", in the last `<answer>` tag, else the first line that says
 * something (a model asked for a few words writes them first).
 */
export function extractShortAnswer(content: string): { parsed: true; answer: string } | { parsed: false } {
  const marked = [
    ...content.matchAll(/(?:^|\n|\*|\.\s)\s*(?:the\s+)?(?:final\s+)?answer[\s*]*(?:is)?[\s*]*:[\s*]*/gi),
  ].at(-1);
  const tagged = [...content.matchAll(TAG)].at(-1)?.[1];
  const text = marked ? content.slice((marked.index ?? 0) + marked[0].length) : (tagged ?? content);
  const line = text
    .split('\n')
    .map((each) => each.replace(/^[\s*#>-]+|[\s*]+$/g, '').trim())
    .find((each) => each !== '');
  return line ? { parsed: true, answer: line } : { parsed: false };
}
