import { featuresOfWords, jaccard } from './nearQuestions.ts';
import { straightQuotes, words as wordsOf } from './normalise.ts';

/** A question that a model will be evaluated on; `file` and `id` name it in messages. */
export interface BenchmarkQuestion {
  id: string;
  question: string;
  file?: string;
}

/** The texts of a sample. */
export interface SampleTexts {
  question?: string | undefined;
  explanation?: string | undefined;
  answer?: string | undefined;
  text?: string | undefined;
}

export type LeakVerdict =
  | { kind: 'clear' }
  /** Equal after normalisation: rejected as `leak`. */
  | { kind: 'leak'; benchmark: string; detail: string }
  /** Shares eight words in a row, or Jaccard ≥ 0.6: kept, and listed for a person. */
  | { kind: 'close'; benchmark: string; detail: string };

const words = (text: string): readonly string[] => wordsOf(straightQuotes(text));

const NGRAM = 8;
const CLOSE = 0.6;
/** A benchmark question of fewer words may stand inside another question by chance. */
const MIN_CONTAINED = 6;

/**
 * The evaluation gate (recipe §6.4). Messages name a benchmark question by its id, never by its text: the text must not
 * get into samples, logs or prompts by way of a warning.
 */
export class LeakGate {
  readonly #exact = new Map<string, string>();
  readonly #ngrams = new Map<string, string>();
  /** First words of whole questions: most places of a text are none, and need no look at the next ones. */
  readonly #first = new Set<string>();
  /** First `MIN_CONTAINED` words → whole questions. */
  readonly #heads = new Map<string, { text: string; id: string }[]>();
  readonly #byFeature = new Map<number, number[]>();
  readonly #questions: { id: string; features: Uint32Array }[] = [];

  constructor(questions: Iterable<BenchmarkQuestion>) {
    for (const { id: own, question: text, file } of questions) {
      const id = file === undefined ? own : `${file}#${own}`;
      const tokens = words(text);
      if (tokens.length === 0) continue;
      const whole = tokens.join(' ');
      if (this.#exact.has(whole)) continue;
      this.#exact.set(whole, id);
      for (let at = 0; at + NGRAM <= tokens.length; at++) this.#ngrams.set(tokens.slice(at, at + NGRAM).join(' '), id);
      if (tokens.length >= MIN_CONTAINED) {
        const head = tokens.slice(0, MIN_CONTAINED).join(' ');
        this.#first.add(tokens[0] ?? '');
        this.#heads.set(head, [...(this.#heads.get(head) ?? []), { text: whole, id }]);
      }
      const set = featuresOfWords(tokens).slice();
      const index = this.#questions.push({ id, features: set }) - 1;
      for (const feature of set) {
        const list = this.#byFeature.get(feature);
        if (list === undefined) this.#byFeature.set(feature, [index]);
        else list.push(index);
      }
    }
  }

  get size(): number {
    return this.#exact.size;
  }

  /** A question: of a sample, a rewrite's query, or typed by a person. */
  question(text: string): LeakVerdict {
    if (this.#exact.size === 0) return { kind: 'clear' };
    const tokens = words(text);
    const same = this.#exact.get(tokens.join(' '));
    if (same !== undefined) return leak(same, 'equals');
    for (let at = 0; at + NGRAM <= tokens.length; at++) {
      const shared = this.#ngrams.get(tokens.slice(at, at + NGRAM).join(' '));
      if (shared !== undefined) return close(shared, `${NGRAM} words in a row`);
    }
    const set = featuresOfWords(tokens);
    const counts = new Map<number, number>();
    for (const feature of set) {
      for (const index of this.#byFeature.get(feature) ?? []) counts.set(index, (counts.get(index) ?? 0) + 1);
    }
    for (const [index, shared] of counts) {
      const other = this.#questions[index];
      // The union is at least the larger set: most pairs are out before the exact count.
      if (other === undefined || shared / Math.max(set.length, other.features.length) < CLOSE) continue;
      const index_ = jaccard(set, other.features);
      if (index_ >= CLOSE) return close(other.id, `Jaccard ${index_.toFixed(2)}`);
    }
    return { kind: 'clear' };
  }

  /** Everything that a sample says. */
  sample({ question, explanation, answer, text }: SampleTexts): LeakVerdict {
    const asked: LeakVerdict = question === undefined ? { kind: 'clear' } : this.question(question);
    if (asked.kind === 'leak') return asked;
    const told = this.text(toldBy({ explanation, answer, text }));
    return told.kind === 'leak' ? told : asked;
  }

  /** Whether a sample tells a whole question. What is only close to one is not looked for: millions are asked about. */
  leaks(sample: SampleTexts): boolean {
    if (this.#exact.size === 0) return false;
    if (sample.question !== undefined && this.#exact.has(words(sample.question).join(' '))) return true;
    return this.text(toldBy(sample)).kind === 'leak';
  }

  /** A longer text (a document, an explanation, a strategy): does it contain a whole evaluation question? */
  text(text: string): LeakVerdict {
    if (this.#exact.size === 0) return { kind: 'clear' };
    const tokens = words(text);
    const joined = ` ${tokens.join(' ')} `;
    let at = 0;
    for (let index = 0; index + MIN_CONTAINED <= tokens.length; index++) {
      const word = tokens[index] ?? '';
      if (this.#first.has(word)) {
        const head = tokens.slice(index, index + MIN_CONTAINED).join(' ');
        for (const { text: whole, id } of this.#heads.get(head) ?? []) {
          if (joined.startsWith(` ${whole} `, at)) return leak(id, 'contains');
        }
      }
      at += word.length + 1;
    }
    if (!text.includes('?')) return { kind: 'clear' };
    // Split, not matched: a pattern that looks for the end from every place takes the square of a sentence's length.
    for (const asked of text.split(/(?<=[.?!\n])/)) {
      const same = asked.endsWith('?') ? this.#exact.get(words(asked).join(' ')) : undefined;
      if (same !== undefined) return leak(same, 'contains');
    }
    return { kind: 'clear' };
  }
}

function toldBy({ explanation, answer, text }: SampleTexts): string {
  return [explanation, answer, text].filter((part) => part !== undefined).join('\n');
}

function leak(benchmark: string, how: string): LeakVerdict {
  return { kind: 'leak', benchmark, detail: `The text ${how} the evaluation question ${benchmark}.` };
}
function close(benchmark: string, how: string): LeakVerdict {
  return { kind: 'close', benchmark, detail: `Close to the evaluation question ${benchmark} (${how}).` };
}
