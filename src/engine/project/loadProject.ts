import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ConfigProblem } from '../../contract/project.ts';
import { methodsFor } from '../synth/registry.ts';
import { leavingLinks } from './leavingLinks.ts';
import { type ProjectPaths, projectPaths } from './paths.ts';
import { type ProjectConfig, projectSchema } from './schema.ts';
import { parseYaml } from './yamlProblems.ts';

export interface Project {
  root: string;
  paths: ProjectPaths;
  config: ProjectConfig;
}

export type LoadedProject =
  | { kind: 'ready'; project: Project }
  /** There is no smt.yaml in the folder. */
  | { kind: 'none'; file: string }
  | { kind: 'invalid'; problems: ConfigProblem[] };

export const PROJECT_FILE = 'smt.yaml';

/**
 * Reads and checks `smt.yaml`; every problem names file, line, key and what is allowed. A folder whose `.smt` or other
 * project file is a link that leaves it is `invalid` as well: whoever loads a project goes on to read and write there.
 */
export async function loadProject(folder: string): Promise<LoadedProject> {
  const root = resolve(folder);
  const paths = projectPaths(root);
  const links = await leavingLinks(paths);
  if (links.length > 0) return { kind: 'invalid', problems: links };
  let text: string;
  try {
    text = await readFile(paths.file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { kind: 'none', file: paths.file };
    const message = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return { kind: 'invalid', problems: [{ file: PROJECT_FILE, line: 1, column: 1, key: '', message }] };
  }
  const parsed = parseProject(PROJECT_FILE, text);
  return parsed.ok
    ? { kind: 'ready', project: { root, paths, config: parsed.value } }
    : { kind: 'invalid', problems: parsed.problems };
}

/** The problems of a project file's text as it stands in an editor. */
export function checkProjectText(file: string, text: string): ConfigProblem[] {
  const parsed = parseProject(file, text);
  return parsed.ok ? [] : parsed.problems;
}

function parseProject(file: string, text: string) {
  return parseYaml<ProjectConfig>(file, text, projectSchema([methodsFor('standard'), methodsFor('small')]));
}

/** The project folder at or above a folder: the nearest one that holds smt.yaml. */
export async function findProjectRoot(from: string): Promise<string | undefined> {
  const { existsSync } = await import('node:fs');
  for (let folder = resolve(from); ; folder = resolve(folder, '..')) {
    if (existsSync(join(folder, PROJECT_FILE))) return folder;
    if (folder === resolve(folder, '..')) return undefined;
  }
}
