import type { EvaluatedQuestion } from '../../../contract/evaluation.ts';
import type { Chunk } from '../../../contract/retrieval.ts';
import type { RetrievalQuery } from '../../rag/types.ts';
import { seeded } from '../../synth/plan/random.ts';

/** Choices longer than this are not short answers: they are shown with letters to small models too. */
const SHORT_ANSWER_WORDS = 8;
/** Such a question has no answer without its choices. */
const NAMES_ITS_CHOICES = /\b(?:of (?:these|the following)|the following|options?|choices?)\b/i;

/** The order in which a question's choices are shown: drawn from its id, so the same in every cell and every run. */
export function shownOrder(
  question: Pick<EvaluatedQuestion, 'id' | 'choices'>,
  shuffle: boolean,
  seed: number,
): number[] {
  const order = (question.choices ?? []).map((_, index) => index);
  if (!shuffle) return order;
  const random = seeded('choices', seed, question.id);
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
  return order;
}

/** The choices as a prompt shows them: `A. …`, one a line. */
export function lettered(question: Pick<EvaluatedQuestion, 'choices' | 'shown'>): string {
  return shownChoices(question)
    .map((choice, index) => `${String.fromCharCode(65 + index)}. ${choice}`)
    .join('\n');
}

export function shownChoices({ choices = [], shown }: Pick<EvaluatedQuestion, 'choices' | 'shown'>): string[] {
  return (shown ?? choices.map((_, index) => index)).map((index) => choices[index] ?? '');
}

/**
 * Whether a benchmark's multiple-choice questions are asked openly by the `short` preset: a very small model is at
 * chance with letters but can say a name (small-model.md §2), so its written answer is compared with the gold text. One
 * rule for a whole benchmark, as mixing the two would be no number at all.
 */
export function askedOpenly(questions: readonly Pick<EvaluatedQuestion, 'choices' | 'question'>[]): boolean {
  return questions.every(
    ({ question, choices = [] }) =>
      !(choices.length > 0 && NAMES_ITS_CHOICES.test(question)) &&
      choices.every((choice) => choice.trim().split(/\s+/).length <= SHORT_ANSWER_WORDS),
  );
}

/** What is searched for: context line, question and options, without the request for an answer (recipe §5). */
export function retrievalQuery(question: EvaluatedQuestion): RetrievalQuery {
  const { id, context } = question;
  return { id, ...(context ? { context } : {}), text: [question.question, ...shownChoices(question)].join('\n') };
}

/** Retrieved chunks as a prompt shows them: each under its header, the best one last (recipe §5). */
export function passagesOf(chunksBestFirst: readonly Pick<Chunk, 'header' | 'text'>[]): string {
  return [...chunksBestFirst]
    .reverse()
    .map(({ header, text }) => (header ? `${header.trim()}\n\n${text.trim()}` : text.trim()))
    .join('\n\n');
}

/** Text beside an evidence span that is shown with it: up to the paragraph's edge, at most this many characters. */
const AROUND = 800;

/**
 * The passage that holds the answer: every evidence span with the paragraph around it, in the document's order. Without
 * known evidence the whole document, where it has at most `mostCharacters`; undefined where there is neither.
 */
export function goldPassage(
  { evidence }: Pick<EvaluatedQuestion, 'evidence'>,
  text: string | undefined,
  mostCharacters: number,
): string | undefined {
  if (text === undefined) return undefined;
  if (!evidence || evidence.length === 0) return text.length <= mostCharacters ? text : undefined;
  const spans = evidence
    .map(({ start, end }) => ({ start: paragraphStart(text, start), end: paragraphEnd(text, end) }))
    .sort((a, b) => a.start - b.start);
  const merged: { start: number; end: number }[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last && span.start <= last.end) last.end = Math.max(last.end, span.end);
    else merged.push({ ...span });
  }
  const passage = merged.map(({ start, end }) => text.slice(start, end).trim()).join('\n\n[…]\n\n');
  return passage.length <= mostCharacters ? passage : undefined;
}

function paragraphStart(text: string, offset: number): number {
  const least = Math.max(0, offset - AROUND);
  const blank = text.lastIndexOf('\n\n', offset);
  if (blank >= least) return blank + 2;
  const space = text.indexOf(' ', least);
  return least === 0 ? 0 : space >= 0 && space < offset ? space + 1 : least;
}

function paragraphEnd(text: string, offset: number): number {
  const most = Math.min(text.length, offset + AROUND);
  const blank = text.indexOf('\n\n', offset);
  if (blank >= 0 && blank <= most) return blank;
  const space = text.lastIndexOf(' ', most);
  return most === text.length ? most : space > offset ? space : most;
}
