import type { Sample } from '../../contract/sample.ts';
import { ACCEPTED, reasonCode } from './facetColumns.ts';
import type { SampleReview } from './reviewBook.ts';
import { sampleText } from './sampleText.ts';

const LEAK = reasonCode('leak');

/**
 * The state a person sees: the parser's and gates' verdict with the review laid over. A leaked evaluation question
 * stays out whatever anybody decides, else the evaluation would be worth nothing.
 */
export function shownReason(base: number, review: SampleReview | undefined): number {
  switch (review?.verdict) {
    case 'accept':
      return base === LEAK ? LEAK : ACCEPTED;
    case 'reject':
      return reasonCode('reviewer');
    case 'delete':
      return reasonCode('deleted');
    case undefined:
      return base;
  }
}

/** A sample with the review laid over: state, reason, edited fields and the text before the edit. */
export function withReview(sample: Sample, review: SampleReview | undefined): Sample {
  if (!review) return sample;
  const laid: Sample = { ...sample, reviewed: true };
  if (review.fields) {
    laid.original = sampleText(sample);
    Object.assign(laid, review.fields);
  }
  switch (review.verdict) {
    case 'accept':
      if (sample.reason === 'leak') break;
      laid.state = 'accepted';
      delete laid.reason;
      delete laid.detail;
      break;
    case 'reject':
      laid.state = 'rejected';
      laid.reason = 'reviewer';
      if (review.note === undefined) delete laid.detail;
      else laid.detail = review.note;
      break;
    case 'delete':
      laid.state = 'rejected';
      laid.reason = 'deleted';
      delete laid.detail;
      break;
    case undefined:
      break;
  }
  return laid;
}
