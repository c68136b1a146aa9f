import { JobProblem } from '../problem.ts';

/** What a probe found on a machine. */
export interface Machine {
  hostname: string;
  home: string;
  /** `Linux x86_64` */
  system: string;
  cores: number;
  /** Bytes. */
  memory: number | null;
  /** Free bytes where the target's root is, or will be. */
  disk: number | null;
  gpus: readonly { name: string; mem_mib: number }[];
  /** Path and version of a Python ≥ 3.11; null: none found. */
  python: { path: string; version: string } | null;
  tools: ReadonlySet<string>;
  /** Python environments that are there already. */
  environments: readonly string[];
  /** Folders below the root that were asked for and are there; `.` is the root itself. */
  there: ReadonlySet<string>;
}

/** Reads the `key value` lines of the probe script; what a machine does not tell is null. */
export function readProbe(text: string): Machine {
  const lines = text.split('\n').map((line) => {
    const space = line.indexOf(' ');
    return space < 0 ? ([line, ''] as const) : ([line.slice(0, space), line.slice(space + 1).trim()] as const);
  });
  const all = (key: string) => lines.filter(([name]) => name === key).map(([, value]) => value);
  const one = (key: string) => all(key)[0] ?? '';
  const positive = (text: string) => (Number(text) > 0 ? Number(text) : null);
  const home = one('home');
  if (!home.startsWith('/')) throw new JobProblem('The machine did not answer the probe as a POSIX shell does.');
  const [, version, path] = /^(\d+\.\d+) (\/.+)$/.exec(one('python')) ?? [];
  return {
    hostname: one('hostname'),
    home,
    system: one('system'),
    cores: positive(one('cores')) ?? 1,
    memory: positive(one('memory')),
    disk: positive(one('disk')),
    gpus: all('gpu').flatMap((line) => {
      const comma = line.lastIndexOf(',');
      const memory = Number(line.slice(comma + 1));
      return comma > 0 && memory > 0 ? [{ name: line.slice(0, comma).trim(), mem_mib: memory }] : [];
    }),
    python: version && path ? { path, version } : null,
    tools: new Set(all('tool')),
    environments: all('env').filter((name) => /^[0-9a-f]{8,64}$/.test(name)),
    there: new Set(all('there')),
  };
}
