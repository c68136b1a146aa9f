import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { LENGTHS_FILE } from './writeDataset.ts';

const Lengths = z.object({ v: z.literal(1), lengths: z.array(z.tuple([z.number(), z.number()])) });

const BUCKETS = 30;

/**
 * Rows of a training set by length in tokens, in at most 30 equal buckets `[from, to)`; empty where the record is not
 * there.
 */
export async function lengthHistogram(folder: string): Promise<{ from: number; to: number; rows: number }[]> {
  const text = await readFile(join(folder, LENGTHS_FILE), 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  const { lengths } = Lengths.parse(JSON.parse(text));
  const longest = lengths.at(-1)?.[0] ?? 0;
  const width = Math.max(1, Math.ceil((longest + 1) / BUCKETS));
  const buckets = Array.from({ length: Math.ceil((longest + 1) / width) }, (_, at) => ({
    from: at * width,
    to: (at + 1) * width,
    rows: 0,
  }));
  for (const [length, rows] of lengths) {
    const bucket = buckets[Math.floor(length / width)];
    if (bucket) bucket.rows += rows;
  }
  return buckets;
}
