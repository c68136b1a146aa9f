import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { Document, isMap, parseDocument } from 'yaml';
import type { ConfigProblem } from '../../contract/project.ts';
import { type Target, TargetId, TargetRegistry } from '../../contract/training.ts';
import { JobProblem, writeAtomically } from '../jobs/index.ts';
import { formatProblem, parseYaml } from '../project/yamlProblems.ts';

/** The user's targets as they stand; with problems, nothing of them may be used. */
export interface LoadedTargets {
  file: string;
  registry: TargetRegistry;
  problems: ConfigProblem[];
}

const LOCAL: Target = { kind: 'local' };

const HEADER = ` Targets of Synthetic Mixed Training: machines that train, serve and evaluate for you.
 "host" is a Host of your ~/.ssh/config; ports, users, keys and jumps are said there. A workspace cannot add one.`;

/** The one place where a target id becomes a machine: `$SMT_TARGETS`, else `~/.config/smt/targets.yaml`. */
export function targetsFile(env: NodeJS.ProcessEnv = process.env): string {
  return env.SMT_TARGETS || join(homedir(), '.config', 'smt', 'targets.yaml');
}

/** Reads the registry; a file that is not there is an empty one. */
export async function loadTargets(file = targetsFile()): Promise<LoadedTargets> {
  const parsed = parseYaml(file, await textOf(file), TargetRegistry);
  if (!parsed.ok) return { file, registry: { targets: {} }, problems: parsed.problems };
  return { file, registry: parsed.value, problems: [] };
}

/** Every target a person can choose; `local` is always there, whether the file names it or not. */
export function allTargets(registry: TargetRegistry): { id: string; target: Target }[] {
  const named = Object.entries(registry.targets).map(([id, target]) => ({ id, target }));
  return named.some(({ id }) => id === 'local') ? named : [{ id: 'local', target: LOCAL }, ...named];
}

/** @throws JobProblem that says what the file has */
export async function findTarget(
  id: string,
  file = targetsFile(),
): Promise<{ target: Target; registry: TargetRegistry }> {
  const { registry, problems } = await loadTargets(file);
  if (problems.length > 0) throw new JobProblem(problems.map(formatProblem).join('\n'));
  const target = allTargets(registry).find((each) => each.id === id)?.target;
  if (target) return { target, registry };
  const known = allTargets(registry).map((each) => each.id);
  throw new JobProblem(
    `There is no target "${id}" in ${file}; it has ${known.join(', ')}. Add it there, or choose one of these.`,
  );
}

/**
 * Adds a target and keeps every comment of the file.
 * @throws JobProblem when the file has problems or the id is taken
 */
export async function addTarget(id: string, target: Target, file = targetsFile()): Promise<{ file: string }> {
  if (!TargetId.safeParse(id).success)
    throw new JobProblem(`"${id}" cannot name a target: lower-case letters, digits, - and _.`);
  const text = await textOf(file);
  const before = parseYaml(file, text, TargetRegistry);
  if (!before.ok)
    throw new JobProblem(`Not changed, because it has problems: ${before.problems.map(formatProblem).join('; ')}`);
  if (Object.hasOwn(before.value.targets, id))
    throw new JobProblem(`${file} already has a target "${id}": choose another name or edit it there.`);
  const parsed = parseDocument(text);
  const document: Document = isMap(parsed.contents) ? parsed : new Document({});
  if (document !== parsed) document.commentBefore = text === '' ? HEADER : parsed.commentBefore;
  if (!isMap(document.get('targets'))) document.set('targets', document.createNode({}));
  document.setIn(['targets', id], document.createNode(target));
  const after = document.toString({ lineWidth: 0 });
  const check = parseYaml(file, after, TargetRegistry);
  if (!check.ok) throw new JobProblem(`Not changed: ${check.problems.map(formatProblem).join('; ')}`);
  await mkdir(dirname(file), { recursive: true });
  await writeAtomically(file, after);
  return { file };
}

/** `Host` names of the user's ssh configuration; patterns are left out, included files and keys are not read. */
export async function sshHosts(file = join(homedir(), '.ssh', 'config')): Promise<{ file: string; hosts: string[] }> {
  const hosts = new Set<string>();
  for (const line of (await textOf(file)).split('\n')) {
    const names = /^\s*Host(?:\s+|\s*=\s*)(.+?)\s*$/i.exec(line)?.[1] ?? '';
    for (const name of names.split(/\s+/)) if (/^[A-Za-z0-9._@][A-Za-z0-9._@-]*$/.test(name)) hosts.add(name);
  }
  return { file, hosts: [...hosts] };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
