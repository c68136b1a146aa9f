import { straightQuotes, words } from '../../synth/dedupe/normalise.ts';

/** A number with what it counts: `$1,577 million` → 1 577 000 000 dollars. */
export interface Quantity {
  /** In the base unit: millions and per cents are multiplied out. */
  value: number;
  /** `$`, `%`, `kg` …; empty where none is written. */
  unit: string;
  /** Half of the last written digit, in the base unit: how far a rounded number may be off. */
  half: number;
  /** A word such as `million` or a `%` was written. */
  scaled: boolean;
}

const SCALES: Readonly<Record<string, number>> = {
  hundred: 1e2,
  thousand: 1e3,
  k: 1e3,
  million: 1e6,
  millions: 1e6,
  mn: 1e6,
  mm: 1e6,
  m: 1e6,
  billion: 1e9,
  billions: 1e9,
  bn: 1e9,
  b: 1e9,
  trillion: 1e12,
};

/** Names of one unit. What stands in none of them is compared as written. */
const UNITS: readonly (readonly string[])[] = [
  ['$', 'usd', 'dollar', 'dollars', 'us$'],
  ['€', 'eur', 'euro', 'euros'],
  ['£', 'gbp', 'pound sterling', 'pounds sterling'],
  ['%', 'percent', 'per cent', 'pct', 'percentage'],
  ['m', 'metre', 'metres', 'meter', 'meters'],
  ['km', 'kilometre', 'kilometres', 'kilometer', 'kilometers'],
  ['cm', 'centimetre', 'centimetres', 'centimeter', 'centimeters'],
  ['kg', 'kilogram', 'kilograms', 'kilogramme', 'kilogrammes'],
  ['t', 'tonne', 'tonnes', 'ton', 'tons'],
  ['kw', 'kilowatt', 'kilowatts'],
  ['mw', 'megawatt', 'megawatts'],
  ['h', 'hour', 'hours', 'hrs', 'hr'],
  ['min', 'minute', 'minutes', 'mins'],
  ['s', 'second', 'seconds', 'sec'],
  ['x', 'times'],
];
const UNIT_OF = new Map(UNITS.flatMap((names) => names.map((name) => [name, names[0] ?? name] as const)));

const QUANTITY =
  /^(?:about|around|approximately|roughly|nearly|some|circa|~|≈)?\s*(\()?\s*([-−–+])?\s*(us\$|[$€£])?\s*([-−–+])?\s*(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)\s*(%)?\s*(?:(hundred|thousand|millions?|billions?|trillion|bn|mn|mm|k|m|b)(?![a-z]))?\s*\)?\s*(%|[a-z$€£][a-z$€£ ]*)?\s*[.!]?\s*(\))?$/i;

/**
 * A text that is one quantity and nothing else; undefined for any other. Brackets are the accountant's minus.
 * A bare `m` behind a number is million with a currency, metre without.
 */
export function quantityOf(text: string): Quantity | undefined {
  const found = QUANTITY.exec(text.trim().toLowerCase());
  if (!found) return undefined;
  const [, open, sign1, currency, sign2, digits = '', percent, scaleWord, tail, close] = found;
  let unit = (percent ?? currency ?? '').trim();
  let scale = 1;
  let scaled = false;
  if (scaleWord === 'm' && !currency && !/dollar|usd|eur/.test(tail ?? '')) unit = 'm';
  else if (scaleWord) {
    scale = SCALES[scaleWord] ?? 1;
    scaled = true;
  }
  const rest = (tail ?? '').trim();
  if (rest !== '') unit = unit && UNIT_OF.get(unit) === UNIT_OF.get(rest) ? unit : unit ? `${unit} ${rest}` : rest;
  const negative =
    [sign1, sign2].some((sign) => sign !== undefined && sign !== '+') || (open && (close || /\)/.test(text)));
  const decimals = digits.includes('.') ? digits.length - digits.indexOf('.') - 1 : 0;
  const magnitude = Number(digits.replaceAll(',', ''));
  return {
    value: (negative ? -1 : 1) * magnitude * scale,
    unit: UNIT_OF.get(unit) ?? unit,
    half: 0.5 * 10 ** -decimals * scale,
    scaled: scaled || unit === '%',
  };
}

/**
 * Whether two quantities say the same after unit, scale and rounding normalisation (recipe §6.3 [R]): `$1,577 million`
 * and `1577` (in millions, as the question asked), `24.26` and `24.3`; never another sign or another written unit.
 */
export function sameQuantity(gold: Quantity, said: Quantity): boolean {
  if (gold.unit !== '' && said.unit !== '' && gold.unit !== said.unit) return false;
  if (Math.sign(gold.value) !== Math.sign(said.value)) return false;
  // Only a side that names its scale may differ from one that leaves it to the question ("in USD millions").
  const scales = gold.scaled === said.scaled || gold.unit === '%' || said.unit === '%' ? [1] : [1, 1e3, 1e6, 1e9];
  return scales.some((scale) => {
    const [a, b] = gold.scaled ? [gold, scaledBy(said, scale)] : [scaledBy(gold, scale), said];
    return isRounding(a, b);
  });
}

function scaledBy(quantity: Quantity, scale: number): Quantity {
  return { ...quantity, value: quantity.value * scale, half: quantity.half * scale };
}

/** One is the other, rounded to the digits it was written with; a rounding that is off by more than 1 % says something else. */
function isRounding(a: Quantity, b: Quantity): boolean {
  const difference = Math.abs(a.value - b.value);
  const tiny = 1e-9 * Math.max(Math.abs(a.value), Math.abs(b.value), 1e-9);
  if (difference <= tiny) return true;
  const coarser = Math.max(a.half, b.half);
  return difference <= coarser * (1 + 1e-9) && difference <= 0.01 * Math.abs(a.value);
}

const ARTICLES = new Set(['a', 'an', 'the']);

/** Words without articles, as SQuAD compares answers. */
function answerWords(text: string): string {
  return words(straightQuotes(text))
    .filter((word) => !ARTICLES.has(word))
    .join(' ');
}

/**
 * Whether a short answer is one of the accepted ones: the same words (case, accents, punctuation and articles aside) or
 * the same quantity. An answer that only contains the right words among others is not: that is for a judge.
 */
export function matchesShortAnswer(said: string, gold: string, accept: readonly string[] = []): boolean {
  const spoken = answerWords(said);
  const quantity = quantityOf(said);
  return [gold, ...accept].some((right) => {
    const wanted = quantityOf(right);
    // Words drop signs and currencies, so two quantities are compared as such.
    if (wanted !== undefined && quantity !== undefined) return sameQuantity(wanted, quantity);
    return spoken !== '' && answerWords(right) === spoken;
  });
}

/**
 * Whether a sentence says the gold: its words stand there in a row (or those of an accepted wording), and the words of
 * no other choice do. For very small models, which answer in a sentence whatever the examples show (small-model.md §2);
 * the caller gives one line of a few words, so that a model cannot win by reciting everything.
 *
 * @param others choices that are wrong; one that stands inside the gold itself does not count against it
 */
export function saysShortAnswer(
  said: string,
  gold: string,
  accept: readonly string[] = [],
  others: readonly string[] = [],
): boolean {
  if (matchesShortAnswer(said, gold, accept)) return true;
  const spoken = ` ${answerWords(said)} `;
  const holds = (text: string) => {
    const wanted = answerWords(text);
    return wanted !== '' && spoken.includes(` ${wanted} `);
  };
  // Words drop signs: a negative number is right only where it is the whole answer.
  const named = [gold, ...accept].find((right) => (quantityOf(right)?.value ?? 0) >= 0 && holds(right));
  if (named === undefined) return false;
  const inside = ` ${answerWords(named)} `;
  return !others.some((other) => holds(other) && !inside.includes(` ${answerWords(other)} `));
}
