import { contentWords, isCapitalised, isNumber, isStopWord, type Word, wordsOf } from './words.ts';

/** What a question about a sentence can ask for: a run between stop words, and how such a question begins. */
export interface Span {
  kind: 'duration' | 'money' | 'count' | 'date' | 'who' | 'where' | 'what';
  text: string;
  /** Offsets in the sentence. */
  start: number;
  end: number;
  /** First words of the question: `When`, `How many passengers` … */
  asks: string;
}

const MONTHS = 'january february march april may june july august september october november december'.split(' ');
const DAYS = 'monday tuesday wednesday thursday friday saturday sunday'.split(' ');
const SEASONS = 'spring summer autumn winter'.split(' ');
const UNITS = 'second minute hour day night week month year decade century'.split(' ');
const MONEY = /^(pounds?|pence|shillings?|dollars?|euros?|cents?|crowns?|marks?)$/;
const PLACE_NOUN =
  /^(street|road|lane|quay|point|river|lake|bay|island|isle|hill|mount|mountain|hall|house|tower|bridge|harbou?r|port|park|square|valley|reef|cape|head|town|city|village|county|station|church|school|museum|quarry|works|sea|ocean|coast|north|south|east|west)$/;
const THING_NOUN =
  /^(company|inc|corporation|corp|association|society|council|board|committee|ship|ferry|act|treaty|festival|fire|flood|war|report|museum|works|guild|trust|bank|university|college|times|cloud|award)$/;
const TITLE =
  /^(mr|mrs|ms|dr|captain|sir|lady|king|queen|prince|princess|president|mayor|professor|father|sister|saint|lord|engineer|painter|chemist|mason|sailmaker|keeper|teacher|author|doctor)$/;
const PLACE_PREPOSITION =
  /^(in|at|near|from|to|beside|into|on|outside|behind|off|under|above|across|around|through|past)$/;
const PEOPLE = /^(people|men|women|children|sheep|fish|folk|crew|staff|percent|species)$/;

const NOWHERE: ReadonlySet<string> = new Set();

/**
 * Names that stand somewhere in a text after a word of place ("on Gannet Stack"): never asked for with "Who".
 */
export function placesIn(text: string): Set<string> {
  const named = text.matchAll(/\b(?:in|at|on|near|from|to) (?:the )?(\p{Lu}[\p{L}’'-]+(?: \p{Lu}[\p{L}’'-]+)*)/gu);
  return new Set(Array.from(named, (match) => match[1] ?? ''));
}

/** All spans of a sentence, the kinds a rule can tell for sure first. `places`: see `placesIn`. */
export function spansOf(sentence: string, places: ReadonlySet<string> = NOWHERE): Span[] {
  const words = wordsOf(sentence);
  const spans: Span[] = [];
  const add = (kind: Span['kind'], from: number, to: number, asks: string) => {
    const first = words[from];
    const last = words[to];
    if (first === undefined || last === undefined) return;
    if (spans.some((span) => span.start < last.end && span.end > first.start)) return;
    const start = kind === 'money' && /[$£€]/.test(sentence.charAt(first.start - 1)) ? first.start - 1 : first.start;
    spans.push({ kind, text: sentence.slice(start, last.end), start, end: last.end, asks });
  };
  addDates(words, sentence, add);
  addNumbers(words, sentence, add);
  addNames(words, sentence, places, add);
  addRuns(words, sentence, add);
  return spans;
}

type Add = (kind: Span['kind'], from: number, to: number, asks: string) => void;

/** "3 February 1741", "February 1741", "the autumn of 1612", "1689"; a bare year only after a word that says so. */
function addDates(words: Word[], sentence: string, add: Add): void {
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === undefined) continue;
    const isMonth = MONTHS.includes(word.lower) && isCapitalised(word);
    const isYear = /^(1[0-9]|20)\d\d$/.test(word.text) && !/[$£€,]/.test(sentence.charAt(word.start - 1));
    if (!isMonth && !isYear) continue;
    let from = at;
    let to = at;
    if (isMonth) {
      if (/^\d{1,2}$/.test(words[at - 1]?.text ?? '')) from = at - 1;
      if (/^\d{1,2}$/.test(words[at + 1]?.text ?? '')) to = at + 1;
      if (/^(1[0-9]|20)\d\d$/.test(words[to + 1]?.text ?? '')) to += 1;
      if (word.lower === 'may' && from === at && to === at) continue;
    } else {
      const before = words[at - 1]?.lower ?? '';
      if (words[at - 2] !== undefined && before === 'of' && SEASONS.includes(words[at - 2]?.lower ?? '')) from = at - 2;
      else if (!/^(in|since|until|by|from|before|after|during|early|late|spring|summer|autumn|winter)$/.test(before))
        continue;
    }
    add('date', from, to, 'When');
    at = to;
  }
}

function addNumbers(words: Word[], sentence: string, add: Add): void {
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    // "3D" and "zero" count nothing.
    if (word === undefined || !isNumber(word) || /^zero$|\d\p{L}/u.test(word.lower)) continue;
    let to = at;
    while (words[to + 1] !== undefined && isNumber(words[to + 1] as Word)) to += 1;
    const next = words[to + 1];
    const after = words[to + 2];
    const money = /[$£€]/.test(sentence.charAt(word.start - 1)) || (next !== undefined && MONEY.test(next.lower));
    if (money) {
      add('money', at, next !== undefined && MONEY.test(next.lower) ? to + 1 : to, 'How much');
    } else if (next !== undefined && sentence.slice(word.start, next.end).includes('\n') === false) {
      const unit = next.lower.replace(/s$/, '');
      if (UNITS.includes(unit)) {
        const lasts = /^(for|takes?|took|lasts?|lasted|within|last)$/.test(words[at - 1]?.lower ?? '');
        add('duration', at, to + 1, lasts ? 'How long' : `How many ${next.lower}`);
      } else if (isPlural(next)) {
        // "two horse carts": the plural may be the second word.
        const second = after !== undefined && isPlural(after) && !isStopWord(after) && sentence[next.end] === ' ';
        if (!second) add('count', at, to + 1, `How many ${next.lower}`);
        else add('count', at, to + 1, `How many ${next.lower}`);
      } else if (
        after !== undefined &&
        isPlural(after) &&
        !isStopWord(next) &&
        /^ $/.test(sentence.slice(next.end, after.start))
      ) {
        add('count', at, to + 2, `How many ${next.lower} ${after.lower}`);
      }
    }
    at = to;
  }
}

const isPlural = (word: Word): boolean =>
  !isStopWord(word) &&
  !isCapitalised(word) &&
  (PEOPLE.test(word.lower) || (/[^s]s$/.test(word.lower) && word.lower.length > 3));

/** Runs of capitalised words. At the start of a sentence only where more than one word is. */
function addNames(words: Word[], sentence: string, places: ReadonlySet<string>, add: Add): void {
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === undefined || !isCapitalised(word) || isStopWord(word)) continue;
    let to = at;
    while (isNamePart(words, to + 1, sentence)) to += 1;
    const length = to - at + 1;
    const month = MONTHS.includes(word.lower) || DAYS.includes(word.lower.replace(/s$/, ''));
    if ((at > 0 || length > 1) && !month) {
      const before = words[at - 1]?.lower ?? '';
      const last = words[to]?.lower ?? '';
      const beforeThe = before === 'the' ? (words[at - 2]?.lower ?? '') : before;
      if (TITLE.test(word.lower) || TITLE.test(before) || (before === 'by' && !THING_NOUN.test(last)))
        add('who', at, to, 'Who');
      else if (THING_NOUN.test(last)) {
        // An organisation or event can be subject and place: no first word of a question is sure.
      } else if (PLACE_PREPOSITION.test(beforeThe) || PLACE_NOUN.test(last)) {
        if (PLACE_PREPOSITION.test(beforeThe)) add('where', at, to, 'Where');
      } else if (length === 2 && before !== 'the' && !places.has(sentence.slice(word.start, words[to]?.end))) {
        add('who', at, to, 'Who');
      }
    }
    at = to;
  }
}

function isNamePart(words: Word[], at: number, sentence: string): boolean {
  const word = words[at];
  const before = words[at - 1];
  if (word === undefined || before === undefined) return false;
  return isCapitalised(word) && !isStopWord(word) && sentence.slice(before.end, word.start) === ' ';
}

/** The last run between stop words of two or more words, of a sentence that has nothing surer. */
function addRuns(words: Word[], sentence: string, add: Add): void {
  for (let to = words.length - 1; to > 1; to--) {
    let from = to;
    while (from > 0 && !isStopWord(words[from] as Word)) from -= 1;
    if (to - from >= 2 && contentWords(sentence.slice(words[from + 1]?.start, words[to]?.end)).length >= 2) {
      add('what', from + 1, to, 'What');
      return;
    }
    to = from;
  }
}
