import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadProject, type Project } from '../../../src/engine/project/index.ts';

/** A project folder of its own with documents, and a registry that only this test reads. */
export async function ragProject(
  documents: Readonly<Record<string, string>>,
  options: {
    retrieval?: string;
    endpoints?: Readonly<Record<string, string>>;
    consented?: readonly string[];
    extra?: string;
  } = {},
): Promise<{
  project: Project;
  root: string;
  write: (file: string, text: string) => Promise<void>;
  remove: (file: string) => Promise<void>;
}> {
  const root = await mkdtemp(join(tmpdir(), 'smt-rag-'));
  const write = async (file: string, text: string) => {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), text);
  };
  for (const [file, text] of Object.entries(documents)) await write(file, text);
  const endpoints = Object.entries(options.endpoints ?? {})
    .map(([id, url]) => `  ${id}: {base_url: "${url}"}\n`)
    .join('');
  const consented = (options.consented ?? []).map((origin) => `  - ${origin}\n`).join('');
  await write(
    'registry.yaml',
    `${endpoints ? `endpoints:\n${endpoints}` : 'endpoints: {}\n'}${consented ? `consented_origins:\n${consented}` : ''}`,
  );
  process.env.SMT_CONFIG = join(root, 'registry.yaml');
  await write(
    'smt.yaml',
    `v: 1\nname: rag\ncorpus: {include: ["docs/**"]}\nretrieval: ${options.retrieval ?? '{}'}\n${options.extra ?? ''}`,
  );
  const loaded = await loadProject(root);
  if (loaded.kind !== 'ready') throw new Error(JSON.stringify(loaded));
  return { project: loaded.project, root, write, remove: (file) => rm(join(root, file)) };
}

/** A stream of numbers in [0, 1) that is the same in every run. */
export function seededNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
