import { readFileSync } from 'node:fs';

/**
 * Whether the process that a pid file names is still the one that wrote it. A pid alone can be reused; where the
 * system tells (Linux: field 22 of /proc/PID/stat), its start time must match too.
 */
export function processState(pid: number, started: string | null): 'alive' | 'gone' {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return 'gone';
  }
  const stat = procStat(pid);
  if (stat === undefined) return 'alive';
  // A zombie has ended; its parent has not fetched the exit code yet.
  if (stat.state === 'Z' || stat.state === 'X') return 'gone';
  return started === null || started === stat.started ? 'alive' : 'gone';
}

/** Start time of a process in clock ticks since boot, undefined where the system does not tell. */
processState.startOf = (pid: number): string | undefined => procStat(pid)?.started;

function procStat(pid: number): { state: string; started: string } | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command in brackets may hold spaces: fields are counted after the last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    const started = fields[19];
    return state && started ? { state, started } : undefined;
  } catch {
    return undefined;
  }
}
