import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { Document, isMap, isSeq, parseDocument } from 'yaml';
import { type Endpoint, EndpointId, EndpointRegistry } from '../../contract/endpoints.ts';
import type { ConfigProblem } from '../../contract/project.ts';
import { formatProblem, parseYaml } from '../project/yamlProblems.ts';
import { originOf } from './origin.ts';

/** The user's registry as it stands; with problems, only what is right may be shown and nothing may be used. */
export interface LoadedRegistry {
  file: string;
  registry: EndpointRegistry;
  problems: ConfigProblem[];
}

/** The one place where an endpoint id gets a URL: `$SMT_CONFIG`, else `~/.config/smt/endpoints.yaml`. */
export function registryFile(env: NodeJS.ProcessEnv = process.env): string {
  return env.SMT_CONFIG || join(homedir(), '.config', 'smt', 'endpoints.yaml');
}

/** Reads the registry; a file that is not there is an empty registry. */
export async function loadRegistry(file = registryFile()): Promise<LoadedRegistry> {
  const text = await readIfThere(file);
  const parsed = parseYaml(file, text ?? '', EndpointRegistry);
  if (!parsed.ok) return { file, registry: { endpoints: {} }, problems: parsed.problems };
  const problems = Object.entries(parsed.value.endpoints).flatMap(([id, endpoint]) => {
    const message = unusable(endpoint.base_url);
    return message ? [{ ...placeOf(text ?? '', ['endpoints', id, 'base_url']), file, message }] : [];
  });
  if (Object.hasOwn(parsed.value.endpoints, 'builtin')) {
    const message = '`builtin` is the model this product starts itself; choose another name';
    problems.push({ ...placeOf(text ?? '', ['endpoints', 'builtin']), file, message });
  }
  return { file, registry: problems.length > 0 ? { endpoints: {} } : parsed.value, problems };
}

/**
 * Adds an endpoint and keeps every comment of the file. Throws with a reason a person can act on when the file has
 * problems, the id is taken or the URL cannot be an endpoint's.
 */
export async function addEndpoint(
  id: string,
  endpoint: Endpoint,
  file = registryFile(),
): Promise<{ file: string; origin: string }> {
  if (id === 'builtin' || !EndpointId.safeParse(id).success) {
    throw new Error(`"${id}" cannot name an endpoint: lower-case letters, digits, - and _, and not "builtin".`);
  }
  const refused = unusable(endpoint.base_url);
  if (refused) throw new Error(`${endpoint.base_url}: ${refused}`);
  await change(file, (document) => {
    if (document.hasIn(['endpoints', id])) {
      throw new Error(`${file} already has an endpoint "${id}": choose another name or edit it there.`);
    }
    if (!isMap(document.get('endpoints'))) document.set('endpoints', document.createNode({}));
    document.setIn(['endpoints', id], document.createNode(endpoint));
  });
  return { file, origin: originOf(endpoint.base_url) };
}

/** Notes that a person agreed to send documents to this origin. */
export async function recordConsent(origin: string, file = registryFile()): Promise<void> {
  const exact = originOf(origin);
  await change(file, (document) => {
    const consented = document.get('consented_origins');
    if (!isSeq(consented)) document.set('consented_origins', document.createNode([exact]));
    else if (!consented.toJSON().includes(exact)) consented.add(exact);
  });
}

/** True where documents may go to this origin: it is this machine (see origin.ts), or a person agreed. */
export function hasConsent(registry: EndpointRegistry, origin: string): boolean {
  return registry.consented_origins?.includes(origin) ?? false;
}

const HEADER = ` Endpoints of Synthetic Mixed Training: the only place where an endpoint id gets a URL.
 Keys do not belong here: the editor keeps them in its secret storage, the terminal reads the variable in key_env.`;

async function change(file: string, edit: (document: Document) => void): Promise<void> {
  const text = await readIfThere(file);
  const before = parseYaml(file, text ?? '', EndpointRegistry);
  if (!before.ok)
    throw new Error(`Not changed, because it has problems: ${before.problems.map(formatProblem).join('; ')}`);
  const parsed = parseDocument(text ?? '');
  const document: Document = isMap(parsed.contents) ? parsed : new Document({});
  if (document !== parsed) document.commentBefore = text === undefined ? HEADER : parsed.commentBefore;
  edit(document);
  const after = document.toString({ lineWidth: 0 });
  const check = parseYaml(file, after, EndpointRegistry);
  if (!check.ok) throw new Error(`Not changed: ${check.problems.map(formatProblem).join('; ')}`);
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, after, { mode: 0o600 });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function unusable(baseUrl: string): string | undefined {
  const url = new URL(baseUrl);
  if (url.username || url.password) return 'a URL must not hold a user name or password; use key_env for the key';
  if (url.search || url.hash) return 'a base URL ends before ? and #';
  return undefined;
}

function placeOf(text: string, path: string[]): Pick<ConfigProblem, 'line' | 'column' | 'key'> {
  const node = parseDocument(text).getIn(path, true);
  const range = node && typeof node === 'object' && 'range' in node && Array.isArray(node.range) ? node.range : [0];
  const before = text.slice(0, Number(range[0])).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, key: path.join('.') };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
