import { findProjectRoot, formatProblem, loadProject, type Project } from '../engine/project/index.ts';
import { UsageError } from './terminal.ts';

/** The project in `--project DIR`, or at or above the current folder. Says what to do where there is none. */
export async function openProject(folder: string | undefined): Promise<Project> {
  const root = folder ?? (await findProjectRoot(process.cwd())) ?? process.cwd();
  const loaded = await loadProject(root);
  switch (loaded.kind) {
    case 'ready':
      return loaded.project;
    case 'none':
      throw new UsageError(`There is no smt.yaml in ${root} or above it. Run "smt init" in your corpus folder first.`);
    case 'invalid':
      throw new UsageError(loaded.problems.map(formatProblem).join('\n'));
  }
}
