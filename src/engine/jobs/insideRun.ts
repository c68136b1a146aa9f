import { isAbsolute, join, normalize, sep } from 'node:path';

/**
 * A path of a run directory, from a relative one that another process or machine named.
 * @throws Error for a path that leaves the run directory: what a remote machine says must not choose where we write
 */
export function inside(dir: string, relative: string): string {
  const path = normalize(join(dir, relative));
  if (
    isAbsolute(relative) ||
    relative.includes('\0') ||
    (path !== normalize(dir) && !path.startsWith(normalize(dir) + sep))
  )
    throw new Error(`"${relative}" is not a path inside the run directory`);
  return path;
}
