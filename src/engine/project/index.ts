/**
 * A project: `smt.yaml`, checked with one schema for editor and terminal, and where everything of it stands on disk.
 * Knows nothing of documents or models; the other rooms take their part of its configuration. What a job needs to work on
 * one is here too: `jobs` itself lies under everything and knows no project.
 */
export { countFolder, type FolderCount } from './countFolder.ts';
export { type CreatedProject, createProject, type NewProject } from './createProject.ts';
export { isInside, leavingLinks } from './leavingLinks.ts';
export {
  checkProjectText,
  findProjectRoot,
  type LoadedProject,
  loadProject,
  PROJECT_FILE,
  type Project,
} from './loadProject.ts';
export { busyWith, evaluating, generating, indexing, mixing, type OneAtATime } from './oneAtATime.ts';
export { type ProjectPaths, projectPaths } from './paths.ts';
export { aloneInProject, inProject } from './projectJob.ts';
export { methodOptions, type ProjectConfig, projectSchema } from './schema.ts';
export { formatProblem, formatProblems } from './yamlProblems.ts';
