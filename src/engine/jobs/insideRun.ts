import { isAbsolute, join, normalize, sep } from 'node:path';

/** Does a relative path, as another process or machine named it, stay below the folder that it is relative to? */
export function isBelow(relative: string): boolean {
  const [first] = normalize(relative).split(sep);
  return !isAbsolute(relative) && !relative.includes('\0') && first !== '.' && first !== '..';
}

/**
 * A path of a run directory, from a relative one that another process or machine named.
 * @throws Error for a path that leaves the run directory: what a remote machine says must not choose where we write
 */
export function inside(dir: string, relative: string): string {
  const path = normalize(join(dir, relative));
  if (!isBelow(relative) && (isAbsolute(relative) || path !== normalize(dir)))
    throw new Error(`"${relative}" is not a path inside the run directory`);
  return path;
}
