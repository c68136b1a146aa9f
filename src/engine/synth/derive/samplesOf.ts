import type { CompletionLine } from '../../../contract/completion.ts';
import { SAMPLE_VERSION, type Sample } from '../../../contract/sample.ts';
import { contentHash } from '../../contentHash.ts';
import { normalised, saidBy } from '../dedupe/normalise.ts';
import { gate } from '../parse/gate.ts';
import type { PlannedDocument, SynthRequest } from '../plan/synthRequest.ts';
import { trainingText } from '../trainingText.ts';
import type { Parsed } from '../types.ts';

/** Counts tokens of one training text; `TokenCounter` of the corpus room is one. */
export interface CountsTokens {
  count(text: string): number;
}

/** What an answer is parsed and placed with: the part of a planned request that can cross into another thread. */
export type DerivedRequest = Pick<SynthRequest, 'id' | 'method' | 'model' | 'order' | 'place' | 'draft'> & {
  document: Pick<PlannedDocument, 'document' | 'textHash'>;
  template: { params: { max_tokens: number } };
};

/** What a completion says, by the request's own parser. Pure: the same two lines give the same answer. */
export function parseCompletion(request: DerivedRequest, completion: CompletionLine): Parsed[] {
  const { stage, planned } = request.place;
  const gated = gate(completion);
  if (gated.kind === 'rejected') return [gated];
  const { content, truncated } = gated;
  if (truncated && stage.keepsComplete !== true) {
    const detail = `Cut by max_tokens (${request.template.params.max_tokens}) before its end.`;
    return [{ kind: 'rejected', reason: 'truncated', detail, text: content }];
  }
  let parsed: Parsed[];
  try {
    const { document } = request.document;
    parsed = stage.parse(content, request.draft, { document, options: planned.options, truncated });
  } catch (error) {
    // A parser that throws costs one answer, not the job; the answer is in the log for a better parser.
    const detail = `The parser of ${planned.method.id} failed: ${error instanceof Error ? error.message : String(error)}`;
    return [{ kind: 'rejected', reason: 'malformed', detail, text: content }];
  }
  if (parsed.length > 0) return parsed;
  return [{ kind: 'rejected', reason: 'malformed', detail: 'The parser found nothing.', text: content }];
}

/**
 * The samples of one completion as the parser sees them; duplicates and leaks are judged later, over the document.
 * A rejection is a sample too. Strategies are none: they only feed the next stage.
 */
export function samplesOf(
  request: DerivedRequest,
  parsed: readonly Parsed[],
  tokens?: CountsTokens,
  toy = false,
): Sample[] {
  const { draft, document } = request;
  const samples: Sample[] = [];
  const seen = new Map<string, number>();
  for (const one of parsed) {
    if (one.kind === 'strategy') continue;
    const kind = one.kind === 'rejected' ? request.place.planned.method.kind : one.kind;
    const fields = fieldsOf(one);
    const identity = normalised(saidBy(fields));
    const key = sampleKey(request.id, one.kind === 'rejected' ? `rejected ${one.reason}` : kind, identity);
    // The same text twice in one answer: two records, else the second (a duplicate) would replace the first.
    const occurrence = seen.get(key) ?? 0;
    seen.set(key, occurrence + 1);
    const source = 'source' in one && one.source !== undefined ? one.source : draft.source;
    const sample: Sample = {
      v: SAMPLE_VERSION,
      id: occurrence === 0 ? key : contentHash(`${key}|${occurrence}`),
      kind,
      method: request.method,
      document: document.document.id,
      window: draft.window,
      state: one.kind === 'rejected' ? 'rejected' : 'accepted',
      ...(one.kind === 'rejected' ? { reason: one.reason, detail: one.detail } : {}),
      ...('note' in one && one.note !== undefined ? { detail: one.note } : {}),
      ...fields,
      ...(draft.query === undefined ? {} : { query: draft.query.id, query_text: draft.query.text }),
      ...(draft.strategy === undefined ? {} : { strategy: draft.strategy }),
      ...(source === undefined ? {} : { source }),
      request: request.id,
      model: request.model,
      tokens: 0,
      document_hash: document.textHash,
      order: [request.order, samples.length],
      ...(toy ? { toy: true } : {}),
    };
    if (one.kind !== 'rejected' && tokens !== undefined) {
      sample.tokens = tokens.count(trainingText(sample, document.document.title));
    }
    samples.push(sample);
  }
  return samples;
}

const sampleKey = (request: string, what: string, identity: string) => contentHash(`${request}|${what}|${identity}`);

/** Id of the record that a request leaves which ended without an answer: it is gone once there is one. */
export const failedSample = (request: string): string => sampleKey(request, 'rejected failed', '');

function fieldsOf(
  parsed: Exclude<Parsed, { kind: 'strategy' }>,
): Pick<Sample, 'question' | 'explanation' | 'answer' | 'text'> {
  switch (parsed.kind) {
    case 'qa':
      return {
        question: parsed.question,
        ...(parsed.explanation === undefined ? {} : { explanation: parsed.explanation }),
        answer: parsed.answer,
      };
    case 'document':
      return { text: parsed.text };
    case 'rejected':
      return parsed.text === undefined ? {} : { text: parsed.text };
  }
}
