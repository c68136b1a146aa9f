import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobSpec } from '../../contract/events.ts';
import { badInput, type JobEnd, takeLease } from '../jobs/index.ts';
import { loadProject, type Project } from './loadProject.ts';
import { holderText, type OneAtATime } from './oneAtATime.ts';
import { projectPaths } from './paths.ts';
import { formatProblem } from './yamlProblems.ts';

/**
 * The project that a job works on, as it stands now, or the end of a job that has none. A run directory that came with a
 * cloned folder must not make us work somewhere else: its job ends here.
 *
 * @param dir run directory
 */
export async function inProject(
  dir: string,
  spec: JobSpec,
  work: (project: Project) => Promise<JobEnd>,
): Promise<JobEnd> {
  if (!(await isRunOf(dir, spec)))
    return badInput(`Run ${spec.run} was made for another folder (${spec.project}). Start a new one.`);
  const loaded = await loadProject(spec.project);
  if (loaded.kind === 'none') return badInput(`There is no smt.yaml in ${spec.project}.`);
  if (loaded.kind === 'invalid') return badInput(loaded.problems.map(formatProblem).join('\n'));
  return work(loaded.project);
}

/** The same while no other job does what this one does; its lease is given back at every end. */
export function aloneInProject(
  dir: string,
  spec: JobSpec,
  { lease, doing }: OneAtATime,
  work: (project: Project) => Promise<JobEnd>,
): Promise<JobEnd> {
  return inProject(dir, spec, async (project) => {
    const taken = await takeLease(lease(project.paths), spec.run);
    if (taken.kind === 'busy') return badInput(holderText(taken.holder, doing));
    try {
      return await work(project);
    } finally {
      await taken.lease.release();
    }
  });
}

async function isRunOf(dir: string, spec: JobSpec): Promise<boolean> {
  const [here, named] = await Promise.all(
    [dir, join(projectPaths(spec.project).runs, spec.run)].map((path) => realpath(path).catch(() => undefined)),
  );
  return here !== undefined && here === named;
}
