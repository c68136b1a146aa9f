import { BuiltinProblem } from './problem.ts';
import { runCommand } from './runCommand.ts';

export interface Python {
  /** Absolute path of the interpreter. */
  path: string;
  /** `3.11.7` */
  version: string;
}

const ASK = 'import sys; print(sys.executable); print("%d.%d.%d" % sys.version_info[:3])';

/**
 * The first Python ≥ 3.11 among `SMT_PYTHON`, `python3`, `python` and (on Windows) the launcher `py -3`.
 * Asked by running it: version managers put shims on the path that do not say what they are.
 */
export async function findPython(env: NodeJS.ProcessEnv = process.env): Promise<Python | undefined> {
  const candidates: [string, string[]][] = env.SMT_PYTHON
    ? [[env.SMT_PYTHON, []]]
    : [
        ['python3', []],
        ['python', []],
        ...['3.14', '3.13', '3.12', '3.11'].map((v): [string, string[]] => [`python${v}`, []]),
        ...(process.platform === 'win32' ? ([['py', ['-3']]] satisfies [string, string[]][]) : []),
      ];
  for (const [program, prefix] of candidates) {
    const { code, output } = await runCommand(program, [...prefix, '-I', '-c', ASK], { env, timeoutMs: 20_000 });
    const [path, version] = output.trim().split(/\r?\n/).slice(-2);
    if (code === 0 && path && version && isRecent(version)) return { path, version };
  }
  return undefined;
}

const isRecent = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 3 || (major === 3 && minor >= 11);
};

export function noPython(env: NodeJS.ProcessEnv = process.env): BuiltinProblem {
  const looked = env.SMT_PYTHON
    ? `SMT_PYTHON names "${env.SMT_PYTHON}", which is not a Python 3.11 or newer.`
    : 'No Python 3.11 or newer was found (looked for python3 and python on the PATH).';
  return new BuiltinProblem(
    'no_python',
    `${looked} Install Python from python.org or your package manager, or set SMT_PYTHON to its path, or choose an endpoint instead of the built-in model.`,
  );
}
