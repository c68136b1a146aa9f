import type { JobStatus } from '../../contract/events.ts';

export type JobGroup = 'running' | 'attention' | 'finished';
export type Action = 'stop' | 'resume' | 'rerun' | 'remove';

/** Where a job stands for a person: working, waiting for them, or over. */
export function groupOf({ state }: Pick<JobStatus, 'state'>): JobGroup {
  switch (state) {
    case 'queued':
    case 'preparing':
    case 'running':
    case 'stopping':
      return 'running';
    case 'paused':
    case 'failed':
    case 'lost':
      return 'attention';
    case 'succeeded':
    case 'cancelled':
      return 'finished';
  }
}

/** What can be done with a job in its state. A cancelled one is resumable: nothing answered is asked again. */
export function actionsFor({ state }: Pick<JobStatus, 'state'>): readonly Action[] {
  switch (state) {
    case 'queued':
    case 'preparing':
    case 'running':
      return ['stop'];
    case 'stopping':
      return [];
    case 'paused':
    case 'failed':
    case 'lost':
    case 'cancelled':
      return ['resume', 'rerun', 'remove'];
    case 'succeeded':
      return ['rerun', 'remove'];
  }
}

/** Newest first within each group. */
export function grouped<Job extends Pick<JobStatus, 'state' | 'created'>>(
  jobs: readonly Job[],
): Record<JobGroup, Job[]> {
  const groups: Record<JobGroup, Job[]> = { running: [], attention: [], finished: [] };
  for (const job of [...jobs].sort((one, other) => other.created - one.created)) groups[groupOf(job)].push(job);
  return groups;
}
