import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { contentHash } from '../../contentHash.ts';
import { writeAtomically } from '../../jobs/index.ts';
import type { ProjectPaths } from '../../project/index.ts';
import type { Chunking } from '../chunks/documentChunks.ts';
import { RetrievalProblem } from '../problem.ts';

/** Raised when rows mean something else: older tables are then built again. */
export const TABLE_VERSION = 2;

const ManifestShape = z.object({
  v: z.literal(1),
  table_version: z.number().int(),
  /** Identity of the table: chunking and embedder. */
  key: z.string(),
  chunking: z.object({
    unit: z.enum(['characters', 'tokens']),
    size: z.number().int(),
    overlap: z.number().int(),
    tokens: z.string().optional(),
  }),
  embedder: z.object({ id: z.string(), label: z.string() }).nullable(),
  dimension: z.number().int().positive().nullable(),
  /** False while a job is at it, and after one that ended early. */
  complete: z.boolean(),
  /** Content hash by document id: what the rows were made from. */
  documents: z.record(z.string(), z.string()),
  chunks: z.number().int().nonnegative(),
  /** Identity of (documents, chunking, embedder); null while not complete. */
  fingerprint: z.string().nullable(),
  /** Unix time in seconds. */
  built: z.number().nullable(),
  /** Chunks whose end the embedder could not read. */
  truncated: z.number().int().nonnegative().default(0),
});
export type Manifest = z.infer<typeof ManifestShape>;

/** All indexes of a project lie beside the samples table, in a folder of their own. */
export const retrievalFolder = (paths: Pick<ProjectPaths, 'lance'>): string => join(paths.lance, 'retrieval');
export const tableName = (key: string): string => `chunks_${key}`;

/** Same chunking, same embedder: same table. */
export function tableKey(chunking: Chunking, embedder: string | null): string {
  const { unit, size, overlap, tokens } = chunking;
  return contentHash(JSON.stringify([TABLE_VERSION, unit, size, overlap, tokens ?? null, embedder])).slice(0, 16);
}

/** What retrieval depends on: the table's key and every document's content. */
export function corpusFingerprint(key: string, documents: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(documents).sort(([one], [other]) => (one < other ? -1 : 1));
  return contentHash(JSON.stringify([key, sorted]));
}

/** Undefined: none, or one that cannot be read and is built again. @throws RetrievalProblem `newer` */
export async function readManifest(folder: string, key: string): Promise<Manifest | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(manifestFile(folder, key), 'utf8'));
  } catch {
    return undefined;
  }
  const version = z.object({ v: z.number(), table_version: z.number() }).safeParse(value).data;
  if (version && (version.v > 1 || version.table_version > TABLE_VERSION)) {
    throw new RetrievalProblem(
      'newer',
      'The retrieval index was made by a newer version of this product. Update, or delete .smt/lance/retrieval.',
    );
  }
  const parsed = ManifestShape.safeParse(value);
  return parsed.success && parsed.data.table_version === TABLE_VERSION ? parsed.data : undefined;
}

/** Every index of the folder that this version reads. */
export async function listManifests(folder: string): Promise<Manifest[]> {
  const files = await readdir(folder).catch(() => []);
  const keys = files.flatMap((file) => /^chunks_([0-9a-f]{16})\.json$/.exec(file)?.[1] ?? []);
  const manifests = await Promise.all(keys.map((key) => readManifest(folder, key).catch(() => undefined)));
  return manifests.filter((manifest) => manifest !== undefined);
}

/** Keys of tables of an older version: their rows mean something else, and nothing reads them any more. */
export async function outdatedKeys(folder: string): Promise<string[]> {
  const outdated: string[] = [];
  for (const file of await readdir(folder).catch(() => [])) {
    const key = /^chunks_([0-9a-f]{16})\.json$/.exec(file)?.[1];
    if (key === undefined) continue;
    const version = await versionOf(folder, key);
    if (version && version.table_version < TABLE_VERSION) outdated.push(key);
  }
  return outdated;
}

async function versionOf(folder: string, key: string) {
  try {
    const value: unknown = JSON.parse(await readFile(manifestFile(folder, key), 'utf8'));
    return z.object({ table_version: z.number() }).safeParse(value).data;
  } catch {
    return undefined;
  }
}

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeAtomically(manifestFile(folder, manifest.key), JSON.stringify(manifest));
}

export async function removeManifest(folder: string, key: string): Promise<void> {
  await rm(manifestFile(folder, key), { force: true });
}

const manifestFile = (folder: string, key: string): string => join(folder, `${tableName(key)}.json`);
