import type { SampleCounts } from '../../contract/samplesView.ts';
import { ACCEPTED, type FacetColumns, REVIEWED, reasonCode, reasonOf, STALE } from './facetColumns.ts';
import { TimeSlice } from './timeSlice.ts';

const DUPLICATE = reasonCode('duplicate');
const SLICE = 1 << 16;

/**
 * Counts of the given slots. They add up: total = accepted + rejected, rejected = Σ reasons. The duplicate rate of a
 * document is duplicates / (accepted + duplicates) of its questions as the gates judged them: the stop signal.
 */
export async function countSlots(
  columns: FacetColumns,
  slots: Uint32Array,
  revision: number,
  labels: ReadonlyMap<string, string>,
): Promise<SampleCounts> {
  const reasons = new Uint32Array(256);
  const methods = columns.methods.values.length;
  const documents = columns.documents.values.length;
  const byMethod = {
    accepted: new Uint32Array(methods),
    rejected: new Uint32Array(methods),
    tokens: new Float64Array(methods),
  };
  const byDocument = {
    accepted: new Uint32Array(documents),
    rejected: new Uint32Array(documents),
    stale: new Uint32Array(documents),
  };
  const questions = { accepted: new Uint32Array(documents), duplicates: new Uint32Array(documents) };
  let reviewed = 0;
  let stale = 0;
  const slice = new TimeSlice();
  for (let from = 0; from < slots.length; from += SLICE) {
    const to = Math.min(from + SLICE, slots.length);
    for (let at = from; at < to; at++) {
      const slot = slots[at] ?? 0;
      const shown = columns.shown[slot] ?? 0;
      const flags = columns.flags[slot] ?? 0;
      const method = columns.method[slot] ?? 0;
      const document = columns.documentOfSource[columns.source[slot] ?? 0] ?? 0;
      add(reasons, shown);
      if (flags & REVIEWED) reviewed++;
      if (flags & STALE) {
        stale++;
        add(byDocument.stale, document);
      }
      if (shown === ACCEPTED) {
        add(byMethod.accepted, method);
        add(byDocument.accepted, document);
        byMethod.tokens[method] = (byMethod.tokens[method] ?? 0) + (columns.tokens[slot] ?? 0);
      } else {
        add(byMethod.rejected, method);
        add(byDocument.rejected, document);
      }
      if (columns.isQa[slot] === 1) {
        if (columns.base[slot] === ACCEPTED) add(questions.accepted, document);
        else if (columns.base[slot] === DUPLICATE) add(questions.duplicates, document);
      }
    }
    await slice.turn();
  }
  const accepted = reasons[ACCEPTED] ?? 0;
  const rejectedBy: Record<string, number> = {};
  for (let code = 1; code < reasons.length; code++) {
    const reason = reasonOf(code);
    if (reason && reasons[code]) rejectedBy[reason] = reasons[code] ?? 0;
  }
  return {
    revision,
    total: slots.length,
    accepted,
    rejected: slots.length - accepted,
    reviewed,
    stale,
    reasons: rejectedBy,
    methods: columns.methods.values
      .map((method, code) => ({
        method,
        label: labels.get(method) ?? method,
        accepted: byMethod.accepted[code] ?? 0,
        rejected: byMethod.rejected[code] ?? 0,
        tokens: byMethod.tokens[code] ?? 0,
      }))
      .filter((method) => method.accepted + method.rejected > 0)
      .sort((a, b) => (a.method < b.method ? -1 : 1)),
    documents: columns.documents.values
      .map((document, code) => {
        const judged = (questions.accepted[code] ?? 0) + (questions.duplicates[code] ?? 0);
        return {
          document,
          accepted: byDocument.accepted[code] ?? 0,
          rejected: byDocument.rejected[code] ?? 0,
          stale: byDocument.stale[code] ?? 0,
          duplicate_rate: judged === 0 ? null : (questions.duplicates[code] ?? 0) / judged,
        };
      })
      .filter((document) => document.accepted + document.rejected > 0)
      .sort((a, b) => (a.document < b.document ? -1 : 1)),
  };
}

function add(counts: Uint32Array, at: number): void {
  counts[at] = (counts[at] ?? 0) + 1;
}
