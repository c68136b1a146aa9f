import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../jobs/runDirectory.ts';
import type { LogPosition } from './types.ts';

/** Version of the table's columns; another one means: build the table again from the log. */
export const TABLE_SCHEMA = 1;

/**
 * `.smt/lance/coverage.json`: which table this is and which lines of the completion log are in it. Written after the
 * rows (so a crash between makes rows be put again, which replaces them) and before the table of a rebuild is used.
 * No file, or one of another schema: the table is not to be trusted.
 */
export const Coverage = z.object({
  v: z.literal(1),
  schema: z.literal(TABLE_SCHEMA),
  /** Random; another one means that the whole table was made anew. */
  generation: z.string(),
  position: z.record(z.string(), z.number()),
  /** What the samples were made and judged with, beside the log: another one makes other samples. '': not known. */
  basis: z.string().default(''),
});
export type Coverage = z.infer<typeof Coverage>;

export const newGeneration = (): string => randomBytes(8).toString('hex');

export function newCoverage(basis: string): Coverage {
  return { v: 1, schema: TABLE_SCHEMA, generation: newGeneration(), position: {}, basis };
}

const file = (lance: string) => join(lance, 'coverage.json');

/** The table's coverage, or null where there is none that this version understands. */
export async function readCoverage(lance: string): Promise<Coverage | null> {
  const text = await readFile(file(lance), 'utf8').catch(() => undefined);
  if (text === undefined) return null;
  try {
    return Coverage.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

export async function writeCoverage(lance: string, coverage: Coverage): Promise<void> {
  await mkdir(lance, { recursive: true });
  await writeAtomically(file(lance), `${JSON.stringify(coverage)}\n`);
}

/** Does the table cover the log up to `position`? */
export function covers(coverage: Coverage | null, position: LogPosition): boolean {
  return Object.entries(position).every(([shard, lines]) => (coverage?.position[shard] ?? 0) >= lines);
}
