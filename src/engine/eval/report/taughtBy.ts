import type { EvaluatedQuestion } from '../../../contract/evaluation.ts';
import type { TaughtBy } from '../../../contract/results.ts';
import type { SampleFilter, SamplePage } from '../../../contract/samplesView.ts';

/** Characters on each side of the evidence that a rewrite may see: a sentence alone says too little. */
const AROUND = 1_200;
/** Evidence that lies farther apart is not one passage. */
const WIDEST = 6_000;
const SHOWN = 20;

export interface SampleSource {
  page(filter: SampleFilter, offset: number, limit: number): Promise<SamplePage>;
}

/**
 * Which accepted samples could have taught the answer: those whose source overlaps the gold evidence; where no evidence
 * or no sample's source is known, those of the same document, and labelled so.
 */
export async function taughtBy(
  question: EvaluatedQuestion,
  samples: SampleSource,
  document: (id: string) => Promise<{ text: string } | undefined>,
): Promise<TaughtBy> {
  const [first] = question.evidence ?? [];
  const name = first?.document ?? question.document;
  if (name === null) return { basis: 'unknown', total: 0, samples: [], passage: null };
  const text = (await document(name).catch(() => undefined))?.text;
  const passage = text === undefined ? null : passageOf(question, name, text);
  const ofDocument: SampleFilter = { documents: [name], state: 'accepted' };
  if (first) {
    const { start, end } = evidenceSpan(question, name) ?? first;
    const found = await samples.page({ ...ofDocument, range: { start, end } }, 0, SHOWN);
    if (found.total > 0) return { basis: 'passage', total: found.total, samples: found.samples, passage };
    const some = await samples.page(ofDocument, 0, SHOWN);
    if (some.total === 0 || some.samples.some(({ source }) => source !== undefined)) {
      return { basis: 'passage', total: 0, samples: [], passage };
    }
    return { basis: 'document', total: some.total, samples: some.samples, passage };
  }
  const found = await samples.page(ofDocument, 0, SHOWN);
  return { basis: 'document', total: found.total, samples: found.samples, passage };
}

/**
 * The passage that new rewrites may see, and nothing of the question: the evidence with what stands around it, cut at line
 * breaks; the whole document where no evidence is known.
 */
export function passageOf(
  question: Pick<EvaluatedQuestion, 'evidence' | 'document'>,
  name: string,
  text: string,
): { document: string; start: number; end: number } | null {
  if (text.length === 0) return null;
  const span = evidenceSpan(question, name);
  if (!span || span.end > text.length) return { document: name, start: 0, end: text.length };
  const from = Math.max(0, span.start - AROUND);
  const to = Math.min(text.length, span.end + AROUND);
  const lineAfter = from === 0 ? 0 : text.indexOf('\n', from) + 1;
  const lineBefore = to === text.length ? to : text.lastIndexOf('\n', to);
  return {
    document: name,
    start: lineAfter > 0 && lineAfter <= span.start ? lineAfter : from,
    end: lineBefore >= span.end ? lineBefore : to,
  };
}

function evidenceSpan(
  { evidence = [] }: Pick<EvaluatedQuestion, 'evidence'>,
  name: string,
): { start: number; end: number } | undefined {
  const own = evidence.filter(({ document, start, end }) => document === name && end > start);
  const [first] = own;
  if (!first) return undefined;
  const start = Math.min(...own.map((span) => span.start));
  const end = Math.max(...own.map((span) => span.end));
  return end - start > WIDEST ? first : { start, end };
}
