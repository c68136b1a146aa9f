import type { GenerateCounts, JobStatus } from '../../../src/contract/events.ts';
import type { Sample } from '../../../src/contract/sample.ts';

/** How numbers, durations and codes read on this page. */

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

export const count = (value: number): string => whole.format(value);
export const short = (value: number): string => (value < 10_000 ? whole.format(value) : compact.format(value));
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;
export const percent = (share: number, digits = 0): string => `${(share * 100).toFixed(digits)} %`;

const AGAIN = 'Making the samples again reads the log only: nothing is sent, and nothing is paid.';

/** The table was lost or is far behind the log. `answers`: at least so many. */
export const behindTheLog = (answers: number): string =>
  `At least ${plural(answers, 'answer')} of the log ${answers === 1 ? 'is' : 'are'} not shown: the table of samples was lost or is far behind. ${AGAIN}`;

/** The table was made and judged with other evaluation questions or parsers. */
export const judgedBefore = `The evaluation questions, or how answers are read, changed since these samples were made: one that repeats a new question may still be shown as accepted. ${AGAIN}`;

const DONE = { accept: 'accepted', reject: 'rejected', delete: 'deleted' } as const;

/** What came of a decision on many samples, as the server says it of few. */
export function decidedSummary(
  kind: keyof typeof DONE,
  { done, left, gone }: { done: number; left: number; gone: number },
): string {
  return [
    `${count(done)} ${DONE[kind]}`,
    ...(left > 0 ? [`${count(left)} left: without text, or an evaluation question`] : []),
    ...(gone > 0 ? [`${count(gone)} not there any more`] : []),
  ].join('; ');
}

/** @param usd dollars; null where no price is known */
export function money(usd: number | null): string {
  if (usd === null) return 'no price known';
  if (usd === 0) return '$0';
  return usd < 0.01 ? `$${usd.toPrecision(2)}` : `$${usd.toFixed(2)}`;
}

/** @param seconds as a person says it, coarser the longer it is */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 90) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = seconds / 3600;
  return hours < 36 ? `${hours.toFixed(hours < 10 ? 1 : 0)} h` : `${Math.round(hours / 24)} days`;
}

const reasons: Record<string, { label: string; meaning: string }> = {
  malformed: { label: 'Malformed', meaning: 'The completion does not have the fields that the prompt asks for.' },
  truncated: { label: 'Truncated', meaning: 'The model was cut off by its token limit.' },
  empty: { label: 'Empty', meaning: 'The completion holds no text.' },
  reasoning_only: { label: 'Reasoning only', meaning: 'The model thought but did not answer.' },
  refusal: { label: 'Refusal', meaning: 'The model declined.' },
  content_filter: { label: 'Content filter', meaning: 'The endpoint withheld the completion.' },
  unfinished: { label: 'Unfinished', meaning: 'The endpoint did not say that the completion is finished.' },
  duplicate: { label: 'Duplicate', meaning: 'Nearly the same question or text exists for this document.' },
  leak: { label: 'Leak', meaning: 'It repeats an evaluation question, so it must not be trained on.' },
  unfaithful: { label: 'Unfaithful', meaning: 'Names or numbers of the source were lost or invented.' },
  failed: { label: 'Failed', meaning: 'The request ended without an answer.' },
  reviewer: { label: 'Rejected by a person', meaning: 'Somebody read it and rejected it.' },
  deleted: { label: 'Deleted', meaning: 'Somebody deleted it. Undo brings it back.' },
};

export const reasonLabel = (reason: string): string => reasons[reason]?.label ?? reason;
export const reasonMeaning = (reason: string): string => reasons[reason]?.meaning ?? '';

/** The line a sample is recognised by: its question, or how its text begins. */
export function headline(sample: Sample): string {
  return sample.question ?? sample.text?.split('\n').find((line) => line.trim().length > 0) ?? '(no text)';
}

export const TOY_MEANING =
  'Real output of a very small model. It shows how the product works; for training, use a model of 3B parameters or more.';

const live = new Set(['queued', 'preparing', 'running', 'stopping']);
export const isLive = (job: JobStatus): boolean => live.has(job.state);

export function rejectedIn(counts: GenerateCounts): number {
  return Object.values(counts.rejected).reduce((sum, one) => sum + one, 0);
}

/** `120 duplicate, 14 malformed` — most frequent first. */
export function reasonsInWords(byReason: Readonly<Record<string, number>>): string {
  return Object.entries(byReason)
    .filter(([, many]) => many > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, many]) => `${count(many)} ${reasonLabel(reason).toLowerCase()}`)
    .join(', ');
}

const pauses: Record<string, string> = {
  budget: 'The budget is used up. Raise it in smt.yaml or start the next part.',
  quota: 'The endpoint refuses more requests for now.',
  key: 'The key for the endpoint is missing or was refused.',
  endpoint: 'The endpoint does not answer.',
};
export const pauseMeaning = (cause: string): string => pauses[cause] ?? cause;
