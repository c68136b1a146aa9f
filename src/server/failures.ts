import type { ConfigProblem } from '../contract/project.ts';
import { failure } from '../contract/rpcConnection.ts';
import { isRunId, runDirectory } from '../engine/jobs/index.ts';
import { formatProblem, type ProjectPaths } from '../engine/project/index.ts';

/** What is thrown where a request needs a project and there is none, or none that can be used. */
export function noProject(folder: string) {
  return failure(
    'no_project',
    `There is no smt.yaml in ${folder}.`,
    'Create one with "Create Synthetic Data Project" or `smt init`.',
  );
}

export function invalidProject(problems: readonly ConfigProblem[]) {
  return failure(
    'invalid_project',
    problems.map(formatProblem).join('\n'),
    'Open smt.yaml: its problems are underlined.',
  );
}

export function unknownRun(run: string) {
  return failure('unknown_run', `There is no run "${run}" in this project.`, 'Refresh the Jobs view.');
}

/** The name of a run as it came from a page or a caller. @throws a failure where it could be no run's */
export function knownRun(run: string): string {
  if (!isRunId(run)) throw unknownRun(run);
  return run;
}

/** A run's directory. @throws a failure where the name could be no run's */
export function runFolder({ paths }: { paths: ProjectPaths }, run: string): string {
  return runDirectory(paths.runs, knownRun(run));
}
