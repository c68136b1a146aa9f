import { randomBytes } from 'node:crypto';
import { REVIEW_VERSION, type ReviewLine, type Sample } from '../../contract/sample.ts';
import type { Decision } from '../../contract/samplesView.ts';
import type { ReviewBook } from './reviewBook.ts';
import { sampleText } from './sampleText.ts';

export interface Decided {
  /** What was done, for a status line. */
  summary: string;
  /** Samples whose state may be another now. */
  changed: string[];
  /** Id of a question that was entered. */
  question?: string;
  /** Of the samples decided on: changed, left as they cannot be accepted, not there any more. */
  tally?: { done: number; left: number; gone: number };
}

export interface DecideInput {
  book: ReviewBook;
  /** The samples as they are shown now. */
  samples(ids: readonly string[]): Promise<ReadonlyMap<string, Sample>>;
  now?: () => Date;
}

/**
 * Turns a person's decision into lines of reviews.jsonl and appends them. A decision on many samples is one group, and
 * undone as one. Samples that cannot be accepted (no text, or an evaluation question) are left as they are and counted.
 */
export async function decide(decision: Decision, input: DecideInput): Promise<Decided> {
  const { book } = input;
  const at = (input.now?.() ?? new Date()).toISOString();
  const stamped = (review: string) => ({ v: REVIEW_VERSION, review, at }) as const;
  switch (decision.kind) {
    case 'undo':
      return undo(book, at);
    case 'question': {
      const [review = ''] = book.newGroup(1);
      const question = randomBytes(16).toString('hex');
      const { document, text } = decision;
      await book.append([{ ...stamped(review), decision: 'question', question, document, text: text.trim() }]);
      return { summary: 'Question added', changed: [], question };
    }
    case 'audit': {
      const sample = (await input.samples([decision.sample])).get(decision.sample);
      if (!sample) throw new UnknownSample(decision.sample);
      const [review = ''] = book.newGroup(1);
      const { audit, right } = decision;
      await book.append([{ ...stamped(review), ...onSample(sample), decision: 'audit', audit, right }]);
      return { summary: right ? 'Marked as right' : 'Marked as wrong', changed: [] };
    }
    case 'edit': {
      const sample = (await input.samples([decision.sample])).get(decision.sample);
      if (!sample) throw new UnknownSample(decision.sample);
      const fields = changedFields(sample, decision.fields);
      if (Object.keys(fields).length === 0) return { summary: 'Nothing changed', changed: [] };
      const [review = ''] = book.newGroup(1);
      await book.append([{ ...stamped(review), ...onSample(sample), decision: 'edit', fields }]);
      return { summary: 'Edited', changed: [sample.id] };
    }
    case 'accept':
    case 'reject':
    case 'delete': {
      const ids = [...new Set(decision.samples)];
      const known = await input.samples(ids);
      const found = ids.flatMap((id) => known.get(id) ?? []);
      const possible = decision.kind === 'accept' ? found.filter((sample) => !cannotAccept(sample)) : found;
      const reviews = book.newGroup(possible.length, decision.group);
      const lines = possible.map((sample, index): ReviewLine => {
        const line = { ...stamped(reviews[index] ?? ''), ...onSample(sample) };
        if (decision.kind === 'accept') return { ...line, decision: 'accept' };
        if (decision.kind === 'delete') return { ...line, decision: 'delete' };
        return { ...line, decision: 'reject', ...(decision.note === undefined ? {} : { note: decision.note }) };
      });
      await book.append(lines);
      const left = found.length - possible.length;
      const gone = ids.length - found.length;
      const summary = [
        `${possible.length} ${DONE[decision.kind]}`,
        ...(left > 0 ? [`${left} left: without text, or an evaluation question`] : []),
        ...(gone > 0 ? [`${gone} not there any more`] : []),
      ].join('; ');
      const tally = { done: possible.length, left, gone };
      return { summary, changed: possible.map((sample) => sample.id), tally };
    }
  }
}

export class UnknownSample extends Error {
  override name = 'UnknownSample';
  readonly code = 'unknown_sample';
  readonly hint = 'Reload the list: the sample may have been made again from its completion under another id.';
  constructor(id: string) {
    super(`There is no sample ${id} in this project.`);
  }
}

const DONE = { accept: 'accepted', reject: 'rejected', delete: 'deleted' } as const;
const WORDS: Record<ReviewLine['decision'], string> = {
  accept: 'accepting',
  reject: 'rejecting',
  delete: 'deleting',
  edit: 'editing',
  audit: 'judging',
  question: 'adding a question',
  undo: 'undoing',
};

async function undo(book: ReviewBook, at: string): Promise<Decided> {
  const group = book.lastGroup();
  const [first] = group;
  if (!first) return { summary: 'Nothing to undo', changed: [] };
  const [review = ''] = book.newGroup(1);
  const undone = group.map((line) => line.review);
  await book.append([{ v: REVIEW_VERSION, review, at, decision: 'undo', undone }]);
  const changed = group.flatMap((line) => ('sample' in line ? [line.sample] : []));
  const count = group.length > 1 ? ` ${group.length} samples` : '';
  return { summary: `Undone: ${WORDS[first.decision]}${count}`, changed };
}

/** The review names the sample by id, and by request and text as the parser gave it, to be found again. */
function onSample(sample: Sample): { sample: string; request: string; text: string } {
  return { sample: sample.id, request: sample.request, text: sample.original ?? sampleText(sample) };
}

function cannotAccept(sample: Sample): boolean {
  return sample.reason === 'leak' || (sample.kind === 'qa' ? !sample.question || !sample.answer : !sample.text);
}

const FIELDS = ['question', 'explanation', 'answer', 'text'] as const;

function changedFields(sample: Sample, wanted: { [key in (typeof FIELDS)[number]]?: string | undefined }) {
  const fields: { [key in (typeof FIELDS)[number]]?: string } = {};
  for (const field of FIELDS) {
    const value = wanted[field];
    if (value !== undefined && value !== (sample[field] ?? '')) fields[field] = value;
  }
  return fields;
}
