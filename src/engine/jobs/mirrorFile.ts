import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from './runDirectory.ts';

/** `mirror.json`: what the follower of a remote run saw last, beside the files it carries over byte for byte. */
export const Mirror = z.object({
  v: z.literal(1),
  process: z.enum(['alive', 'gone', 'unknown']),
  /** Unix time in seconds of the last answer. */
  seen: z.number(),
  /** The machine does not answer since then. */
  unreachable_since: z.number().optional(),
  message: z.string().optional(),
});
export type Mirror = z.infer<typeof Mirror>;

export async function readMirror(dir: string): Promise<Mirror | undefined> {
  try {
    const parsed = Mirror.safeParse(JSON.parse(await readFile(join(dir, 'mirror.json'), 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

export function writeMirror(dir: string, mirror: Mirror): Promise<void> {
  return writeAtomically(join(dir, 'mirror.json'), `${JSON.stringify(mirror)}\n`);
}
