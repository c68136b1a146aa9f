/** Verbs behind which a job may run in this process, and LanceDB's threads with it. */
const JOB_VERBS: ReadonlySet<string> = new Set(['generate', 'mix', 'index', 'evaluate', 'experiment', 'jobs']);

/**
 * glibc gives LanceDB's threads an arena each, which keep what was freed, and reads its variable when a process starts.
 * Jobs of the editor get it from their backend (`localBackend.ts`); a verb typed in a terminal becomes the same program
 * anew with it: same process id, terminal and standard streams. Elsewhere the variable means nothing (no glibc), or there
 * is no `execve` (Windows, Node before 22.15), and the verb runs as it was started.
 */
export function restartWithFewArenas(argv: readonly string[]): void {
  const { platform, env, execPath, execArgv, versions } = process;
  if (platform !== 'linux' || env.MALLOC_ARENA_MAX !== undefined) return;
  // Electron as Node is the editor's doing; a channel to a parent would be lost.
  if (versions.electron !== undefined || process.channel !== undefined) return;
  if (!argv.some((word) => JOB_VERBS.has(word))) return;
  process.execve?.(execPath, [execPath, ...execArgv, ...process.argv.slice(1)], { ...env, MALLOC_ARENA_MAX: '2' });
}
