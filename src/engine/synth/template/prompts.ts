import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConfigProblem } from '../../../contract/project.ts';
import type { Method } from '../types.ts';
import { type PromptTemplate, readTemplate } from './template.ts';

/** Prompts of the evaluation are overridden in the same folder; they are no method's (see engine/eval). */
export const EVALUATION_PROMPT = 'eval_';

export type Prompts = ReadonlyMap<string, PromptTemplate>;
export type PromptsResult = { ok: true; prompts: Prompts; notes: string[] } | { ok: false; problems: ConfigProblem[] };

/** A project's own version of a prompt: `prompts/<name>.md`. */
export interface PromptOverride {
  name: string;
  /** Project-relative path, for messages. */
  file: string;
  text: string;
}

/**
 * The prompts of a set of methods, with a project's overrides laid over. A broken override is a problem, never a
 * silent fall-back to the built-in text: people would pay for prompts they did not write.
 */
export function loadPrompts(methods: readonly Method[], overrides: readonly PromptOverride[] = []): PromptsResult {
  const prompts = new Map<string, PromptTemplate>();
  const problems: ConfigProblem[] = [];
  for (const method of methods) {
    for (const [name, source] of Object.entries(method.prompts)) {
      const read = readTemplate(name, source);
      if (!read.ok) {
        problems.push(...read.problems);
        continue;
      }
      const earlier = prompts.get(name);
      if (earlier !== undefined && earlier.body !== read.template.body) {
        const message = `Two methods bring different prompts named "${name}".`;
        problems.push({ file: `${name}.md`, line: 1, column: 1, key: '', message });
      }
      prompts.set(name, read.template);
    }
  }
  for (const { name, file, text } of overrides) {
    if (name.startsWith(EVALUATION_PROMPT)) continue;
    const builtIn = prompts.get(name);
    if (builtIn === undefined) {
      const names = [...prompts.keys()].sort().join(', ');
      const message = `No prompt is named "${name}". Prompts that can be overridden: ${names}.`;
      problems.push({ file, line: 1, column: 1, key: '', message });
      continue;
    }
    const read = readTemplate(name, text, file, builtIn.front.variables ?? builtIn.variables);
    if (read.ok) prompts.set(name, read.template);
    else problems.push(...read.problems);
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, prompts, notes: [] };
}

/**
 * Reads `prompts/*.md` of a project. Only in a trusted context: a prompt decides what a person's documents are sent
 * with. Links are not followed: they could leave the folder. An absent folder is no override.
 */
export async function readPromptOverrides(
  folder: string,
  trusted: boolean,
): Promise<{ overrides: PromptOverride[]; problems: ConfigProblem[]; notes: string[] }> {
  const overrides: PromptOverride[] = [];
  const problems: ConfigProblem[] = [];
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => name.endsWith('.md')).sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { overrides, problems, notes: [] };
    throw error;
  }
  if (names.length > 0 && !trusted) {
    const notes = [`prompts/ (${names.join(', ')}) is not used: this folder is not trusted. Built-in prompts apply.`];
    return { overrides, problems, notes };
  }
  for (const name of names) {
    const file = `prompts/${name}`;
    const path = join(folder, name);
    const found = await lstat(path);
    if (!found.isFile()) {
      const message = 'Not a regular file (links are not followed). Put the prompt itself here.';
      problems.push({ file, line: 1, column: 1, key: '', message });
      continue;
    }
    overrides.push({ name: name.slice(0, -3), file, text: await readFile(path, 'utf8') });
  }
  return { overrides, problems, notes: [] };
}
