import { join } from 'node:path';
import { type Lease, leaseHolder } from '../jobs/index.ts';
import type { ProjectPaths } from './paths.ts';

/** What only one job of a project may do at a time. */
export interface OneAtATime {
  /** Its lease file. */
  lease(paths: ProjectPaths): string;
  /** What its holder does, in words. */
  readonly doing: string;
  /** What to do about it in the editor. */
  readonly hint: string;
}

export const generating: OneAtATime = {
  lease: ({ lease }) => lease,
  doing: 'generating',
  hint: 'Right-click requests join its plan; or stop it first.',
};
export const indexing: OneAtATime = {
  lease: ({ smt }) => join(smt, 'index.lease'),
  doing: 'building the retrieval index',
  hint: 'Wait for it, or stop it first: what it has embedded is kept.',
};
export const mixing: OneAtATime = {
  lease: ({ datasets }) => join(datasets, '.mix.lease'),
  doing: 'building a training set',
  hint: 'Wait for it, or stop it first.',
};
/** Evaluation answers have a log of their own, so a project can generate meanwhile. */
export const evaluating: OneAtATime = {
  lease: ({ evaluation }) => evaluation.lease,
  doing: 'evaluating',
  hint: 'Wait for it, or stop it first: what is answered is kept.',
};

/** The run that does it now, and a sentence about it for who asked for another. */
export async function busyWith(
  { lease, doing }: OneAtATime,
  paths: ProjectPaths,
): Promise<{ run: string; message: string } | undefined> {
  const holder = await leaseHolder(lease(paths));
  return holder && { run: holder.run, message: holderText(holder, doing) };
}

export function holderText({ run, pid, host }: Lease, doing: string): string {
  return `Run ${run} is ${doing} in this project already (process ${pid} on ${host}).`;
}
