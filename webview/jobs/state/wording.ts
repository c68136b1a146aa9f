import type { JobKind, JobStatus } from '../../../src/contract/events.ts';
import { clock } from '../../charts/index.ts';

/** How the Job page says states, sizes and times. Pure. */

const kinds: Record<JobKind, string> = {
  generate: 'Generate samples',
  index: 'Index for retrieval',
  mix: 'Build training set',
  train: 'Training',
  evaluate: 'Evaluation',
  experiment: 'Experiment',
  serve: 'Serve checkpoint',
};
export const kindLabel = (kind: JobKind): string => kinds[kind];

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
export const count = (value: number): string => whole.format(value);

/** Bytes in powers of 1,000: `539 MB`. */
export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let at = 0;
  let value = bytes;
  while (value >= 1000 && at < units.length - 1) {
    value /= 1000;
    at++;
  }
  return `${at === 0 ? value : Number(value.toPrecision(3))} ${units[at]}`;
}

const live = new Set<JobStatus['state']>(['queued', 'preparing', 'running', 'stopping']);
export const isLive = ({ state }: Pick<JobStatus, 'state'>): boolean => live.has(state);

/** A job's state in words. A target that does not answer leaves the job as it was last known. */
export function stateInWords(job: JobStatus, now: number): string {
  if (job.unreachable_since !== undefined && isLive(job))
    return `Unreachable since ${clock(Math.max(0, now - job.unreachable_since))}; last known: ${job.state}`;
  switch (job.state) {
    case 'queued':
      return 'Queued';
    case 'preparing':
      return `Preparing${job.phase ? `: ${job.phase}` : ''}`;
    case 'running':
      return `Running${job.phase ? `: ${job.phase}` : ''}`;
    case 'stopping':
      return 'Stopping…';
    case 'paused':
      return 'Paused';
    case 'succeeded':
      return 'Done';
    case 'failed':
      return 'Failed';
    case 'cancelled':
      return 'Cancelled';
    case 'lost':
      return 'Lost: its process ended without saying why';
  }
}

/** What is going on while there is no curve to draw yet. */
export function whyNoCurve(job: JobStatus): string {
  switch (job.state) {
    case 'queued':
      return 'The job has not started yet.';
    case 'preparing':
      return job.message ?? 'The environment is being set up on the target; curves come with the first steps.';
    case 'running':
      return `Now: ${job.phase || 'starting'}. Curves come with the first steps.`;
    case 'stopping':
      return 'The job is stopping before its first step.';
    default:
      return job.message ?? 'The job ended before its first step; the log says why.';
  }
}

/** `12,000 of 29,000 tokens`. */
export function progressInWords({ progress }: JobStatus): string | undefined {
  if (!progress) return undefined;
  const { done, total, unit } = progress;
  return total === null
    ? `${count(done)} ${unit}${done === 1 ? '' : 's'}`
    : `${count(done)} of ${count(total)} ${unit}${total === 1 ? '' : 's'}`;
}
