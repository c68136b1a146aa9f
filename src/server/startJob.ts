import { failure } from '../contract/rpcConnection.ts';
import { createJob, type NewJob } from '../engine/jobs/index.ts';
import { busyWith, type OneAtATime, type ProjectPaths } from '../engine/project/index.ts';
import type { Session } from './session.ts';

/**
 * Starts a new job of a project in a process of its own.
 * @param alone - what no other job of the project may be doing
 */
export async function startJob(
  session: Session,
  project: string,
  job: NewJob,
  keys: Readonly<Record<string, string>>,
  alone?: OneAtATime,
): Promise<{ run: string }> {
  const opened = session.open(project);
  const { root, paths } = await opened.project();
  if (alone) await refuseSecond(alone, paths);
  const { run, dir } = await createJob({ root, paths }, job);
  await opened.backend.start(dir, keys);
  session.jobsChanged(project);
  return { run };
}

/** @throws failure `already_running` */
export async function refuseSecond(alone: OneAtATime, paths: ProjectPaths): Promise<void> {
  const busy = await busyWith(alone, paths);
  if (busy) throw failure('already_running', busy.message, alone.hint);
}
