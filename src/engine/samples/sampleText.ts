import type { Sample } from '../../contract/sample.ts';
import { normalised } from '../synth/dedupe/normalise.ts';

export type TextFields = Pick<Sample, 'question' | 'explanation' | 'answer' | 'text'>;

/** The text of a sample as one: what a review keeps, what a search looks through. */
export function sampleText(sample: TextFields): string {
  return [sample.question, sample.explanation, sample.answer, sample.text]
    .filter((part) => part !== undefined && part !== '')
    .join('\n');
}

/** Two texts that differ only in case, punctuation or spacing are the same sample to a review. */
export function sameText(a: string, b: string): boolean {
  return a === b || normalised(a) === normalised(b);
}
