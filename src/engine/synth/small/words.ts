/** Words that carry no fact of their own; what lies between them are the runs that questions can ask for. */
const STOP_WORDS = new Set(
  `a an the this that these those and or but nor so yet if then than as of in on at by for from to into onto upon with
  without within over under after before during since until till between among against about above below across along
  around behind beside near off out up down through toward towards via per is are was were be been being am do does did
  done has have had having will would can could may might must shall should it its he him his she her hers they them
  their theirs we us our ours you your yours i me my mine who whom whose which what when where why how there here not no
  never only also too very just still even both each every either neither all any some such own same other another more
  most much many few less least again ever once already always often almost while because although though unless
  however therefore thus that's it's`.split(/\s+/),
);

export const NEGATIONS = new Set(
  "not no never none nobody nothing neither nor without unless cannot hardly can't don't didn't won't wasn't weren't isn't aren't couldn't wouldn't doesn't hadn't hasn't".split(
    ' ',
  ),
);

const NUMBER_WORDS = new Map(
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty'
    .split(' ')
    .map((word, value) => [word, String(value)]),
);
const TENS = 'thirty forty fifty sixty seventy eighty ninety'.split(' ');
for (const [index, word] of TENS.entries()) NUMBER_WORDS.set(word, String(30 + 10 * index));
for (const word of ['hundred', 'thousand', 'million', 'billion', 'dozen']) NUMBER_WORDS.set(word, word);

export interface Word {
  text: string;
  /** Lower case, without a possessive ending. */
  lower: string;
  /** Offsets in the text. */
  start: number;
  end: number;
}

const WORD = /[\p{L}\p{M}]+(?:['’.-][\p{L}\p{M}]+)*|\d+(?:[.,:]\d+)*\p{L}*/gu;

export function wordsOf(text: string): Word[] {
  return [...text.matchAll(WORD)].map((match) => ({
    text: match[0],
    lower: match[0].toLowerCase().replaceAll('’', "'").replace(/'s$/, ''),
    start: match.index,
    end: match.index + match[0].length,
  }));
}

export const isStopWord = (word: Word): boolean => STOP_WORDS.has(word.lower);
export const isNumber = (word: Word): boolean => /^\d/.test(word.text) || NUMBER_WORDS.has(word.lower);
export const isCapitalised = (word: Word): boolean => /^\p{Lu}/u.test(word.text);

/** `twelve` and `12` are one number, `1,200` and `1200` too. */
export const numberValue = (word: Word): string =>
  NUMBER_WORDS.get(word.lower) ?? word.lower.replaceAll(',', '').replace(/[.:]$/, '');

/** English endings taken off, so that "rescued" and "rescue" count as one word. A crude stem is enough for overlap. */
export function stem(word: Word): string {
  if (isNumber(word)) return numberValue(word);
  const bare = word.lower.replace(/^-|-$/g, '');
  const cut = bare.replace(/(?:ations?|ings?|ers?|ies|ied|ed|es|s|y|e)$/, '');
  return cut.length >= 3 ? cut : bare;
}

/** Words that carry the facts of a text. */
export const contentWords = (text: string): Word[] => wordsOf(text).filter((word) => !isStopWord(word));
export const contentStems = (text: string): string[] => contentWords(text).map(stem);
