import type { ConfigProblem } from '../contract/project.ts';
import { failure } from '../contract/rpcConnection.ts';
import { formatProblem } from '../engine/project/index.ts';

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
