import { z } from 'zod';
import { RequestId } from './completion.ts';

export const SAMPLE_VERSION = 1;

export const SampleKind = z.enum(['qa', 'document']);
export type SampleKind = z.infer<typeof SampleKind>;

/** Why a sample or a whole completion is not in the data set. Every one is a record that can be opened. */
export const RejectionReason = z.enum([
  'malformed', // the expected fields are not there
  'truncated', // finish_reason length
  'empty',
  'reasoning_only', // thinking without an answer, or a think block that never closes
  'refusal',
  'content_filter',
  'unfinished', // finish_reason null or unknown
  'duplicate', // normalised text or Jaccard index of words and word pairs, per document
  'leak', // repeats an evaluation question
  'unfaithful', // small-model profile: names or numbers of the source are lost
  'failed', // the request ended without an answer (see the completion's error)
  'reviewer', // a person rejected it
  'deleted', // a person deleted it (undo brings it back)
]);
export type RejectionReason = z.infer<typeof RejectionReason>;

/** A sample as `--json` prints it and the panel shows it (design §6). */
export const Sample = z.object({
  v: z.literal(SAMPLE_VERSION),
  /** 32 hex digits: hash of request, kind and normalised text, so a better parser keeps it. */
  id: z.string(),
  kind: SampleKind,
  method: z.string(),
  document: z.string(),
  window: z.number().int().nonnegative().optional(),
  state: z.enum(['accepted', 'rejected']),
  reason: RejectionReason.optional(),
  /** What exactly was wrong, for a person. */
  detail: z.string().optional(),
  /** True once a person decided. */
  reviewed: z.boolean().optional(),
  /** The text before a person's edit. */
  original: z.string().optional(),
  question: z.string().optional(),
  explanation: z.string().optional(),
  answer: z.string().optional(),
  text: z.string().optional(),
  /** Id of the question (a sample, or a person's own question) that a focal rewrite serves. */
  query: z.string().optional(),
  /** Its text, so that a list shows it without a second look-up. */
  query_text: z.string().optional(),
  strategy: z.string().optional(),
  /** The passage the sample came from, where the method knows it: character offsets into the document's text. */
  source: z.object({ start: z.number().int(), end: z.number().int() }).optional(),
  request: RequestId,
  model: z.string(),
  /** Student's tokens of the training text. */
  tokens: z.number().int().nonnegative(),
  /** Content hash of the document's text the sample was made from; another hash today means `stale`. */
  document_hash: z.string(),
  stale: z.boolean().optional(),
  /** Position in plan order within (document, method): `[plan index of the request, index in the completion]`. */
  order: z.tuple([z.number().int(), z.number().int()]),
  /** From the built-in very small model: shown wherever the sample is. */
  toy: z.boolean().optional(),
});
export type Sample = z.infer<typeof Sample>;

export const REVIEW_VERSION = 1;
const reviewed = {
  v: z.literal(REVIEW_VERSION),
  /** Unique id of this line; `undo` names it. */
  review: z.string(),
  at: z.string(),
  by: z.string().optional(),
};
const onSample = { sample: z.string(), request: RequestId, text: z.string() };

/** One line of `reviews.jsonl` (append-only, in git): what a person decided. Later lines win; `undo` cancels one. */
export const ReviewLine = z.discriminatedUnion('decision', [
  z.object({ ...reviewed, ...onSample, decision: z.literal('accept') }),
  z.object({ ...reviewed, ...onSample, decision: z.literal('reject'), note: z.string().optional() }),
  z.object({ ...reviewed, ...onSample, decision: z.literal('delete') }),
  z.object({
    ...reviewed,
    ...onSample,
    decision: z.literal('edit'),
    /** Only the fields that changed. */
    fields: z.object({
      question: z.string().optional(),
      explanation: z.string().optional(),
      answer: z.string().optional(),
      text: z.string().optional(),
    }),
  }),
  z.object({ ...reviewed, ...onSample, decision: z.literal('audit'), audit: z.string(), right: z.boolean() }),
  /** A person's own question; focal rewrites can be asked for it. `question` is its id. */
  z.object({
    ...reviewed,
    decision: z.literal('question'),
    question: z.string(),
    document: z.string(),
    text: z.string(),
  }),
  z.object({ ...reviewed, decision: z.literal('undo'), undone: z.array(z.string()).min(1) }),
]);
export type ReviewLine = z.infer<typeof ReviewLine>;
