import { z } from 'zod';
import { RejectionReason, Sample } from './sample.ts';

/** What a list of samples is narrowed to. Absent = no restriction. */
export const SampleFilter = z.object({
  methods: z.array(z.string()).optional(),
  documents: z.array(z.string()).optional(),
  state: z.enum(['accepted', 'rejected']).optional(),
  reasons: z.array(RejectionReason).optional(),
  reviewed: z.boolean().optional(),
  stale: z.boolean().optional(),
  /** Words; all must occur in the sample's text (full-text, case-insensitive). */
  text: z.string().max(500).optional(),
  /** Focal rewrites for this question id. */
  query: z.string().optional(),
  /** Samples whose request is this one. */
  request: z.string().optional(),
  /** Samples whose source passage overlaps these offsets (with exactly one document). */
  range: z.object({ start: z.number().int(), end: z.number().int() }).optional(),
});
export type SampleFilter = z.infer<typeof SampleFilter>;

export const SamplePage = z.object({
  /** Raised whenever the store or the reviews change; a page drops answers older than what it shows. */
  revision: z.number().int(),
  /** Matching samples in all. */
  total: z.number().int(),
  offset: z.number().int(),
  samples: z.array(Sample),
});
export type SamplePage = z.infer<typeof SamplePage>;

/** Counts that add up: total = accepted + rejected, rejected = Σ reasons. */
export const SampleCounts = z.object({
  revision: z.number().int(),
  total: z.number().int(),
  accepted: z.number().int(),
  rejected: z.number().int(),
  reviewed: z.number().int(),
  stale: z.number().int(),
  /** At least so many answers in the log whose samples are not here yet: the table was lost or is far behind. */
  behind: z.number().int().optional(),
  /** Other evaluation questions, or other parsers, than those that these samples were made and judged with. */
  outdated: z.boolean().optional(),
  reasons: z.record(z.string(), z.number().int()),
  methods: z.array(
    z.object({
      method: z.string(),
      label: z.string(),
      accepted: z.number().int(),
      rejected: z.number().int(),
      tokens: z.number(),
    }),
  ),
  documents: z.array(
    z.object({
      document: z.string(),
      accepted: z.number().int(),
      rejected: z.number().int(),
      /** Samples made from an earlier text of this document. */
      stale: z.number().int().optional(),
      duplicate_rate: z.number().nullable(),
    }),
  ),
});
export type SampleCounts = z.infer<typeof SampleCounts>;

/** Everything behind one sample: lineage document → (question) → (strategy) → request → completion → sample. */
export const SampleLineage = z.object({
  sample: Sample,
  document: z.object({
    id: z.string(),
    title: z.string(),
    path: z.string(),
    window: z.number().int(),
    start: z.number().int(),
    end: z.number().int(),
    page: z.number().int().optional(),
  }),
  strategy: z.string().optional(),
  query: z.object({ id: z.string(), text: z.string(), sample: Sample.optional() }).optional(),
  /** Rewrites that serve this question, when the sample is one. */
  served_by: z.array(z.object({ id: z.string(), method: z.string(), state: z.string() })),
  request: z.object({
    id: z.string(),
    method: z.string(),
    stage: z.string(),
    template: z.string(),
    messages: z.array(z.object({ role: z.string(), content: z.string() })),
    params: z.record(z.string(), z.unknown()),
    replica: z.number().int(),
  }),
  completion: z
    .object({
      raw: z.string(),
      reasoning: z.string().optional(),
      finish_reason: z.string().nullable(),
      endpoint: z.string(),
      ms: z.number(),
      at: z.number(),
      input_tokens: z.number(),
      output_tokens: z.number(),
      cost: z.number().nullable(),
      attempt: z.number(),
      run: z.string(),
      error: z.string().optional(),
    })
    .nullable(),
  siblings: z.array(z.object({ id: z.string(), state: z.string() })),
});
export type SampleLineage = z.infer<typeof SampleLineage>;

export const AuditReport = z.object({
  audit: z.string(),
  /** Ids to judge, in order; already judged ones carry their verdict. */
  samples: z.array(z.object({ id: z.string(), method: z.string(), right: z.boolean().nullable() })),
  /** Error rate per method with its 95 % Wilson interval; rate null until something was judged. */
  methods: z.array(
    z.object({
      method: z.string(),
      judged: z.number().int(),
      wrong: z.number().int(),
      rate: z.number().nullable(),
      ci95: z.tuple([z.number(), z.number()]).nullable(),
    }),
  ),
});
export type AuditReport = z.infer<typeof AuditReport>;

/** What a decision on samples applies to: every id. */
const Decided = {
  samples: z.array(z.string()).min(1),
  /** A decision on very many samples is sent in steps with the same group: one decision, and undone as one. */
  group: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional(),
};

/** A decision sent from the panel; the server completes it to `ReviewLine`s. */
export const Decision = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('accept'), ...Decided }),
  z.object({ kind: z.literal('reject'), ...Decided, note: z.string().optional() }),
  z.object({ kind: z.literal('delete'), ...Decided }),
  z.object({
    kind: z.literal('edit'),
    sample: z.string(),
    fields: z.object({
      question: z.string().optional(),
      explanation: z.string().optional(),
      answer: z.string().optional(),
      text: z.string().optional(),
    }),
  }),
  z.object({ kind: z.literal('audit'), audit: z.string(), sample: z.string(), right: z.boolean() }),
  z.object({ kind: z.literal('question'), document: z.string(), text: z.string().min(3).max(2000) }),
  z.object({ kind: z.literal('undo') }),
]);
export type Decision = z.infer<typeof Decision>;
export const DecisionResult = z.object({
  revision: z.number().int(),
  /** What was done or undone, for the status line. */
  summary: z.string(),
  /** True when a further undo is possible. */
  can_undo: z.boolean(),
  question: z.string().optional(),
  /** Of the samples decided on: changed, left as they cannot be accepted, not there any more. */
  tally: z.object({ done: z.number().int(), left: z.number().int(), gone: z.number().int() }).optional(),
});
export type DecisionResult = z.infer<typeof DecisionResult>;
