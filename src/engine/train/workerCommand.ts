import { JobProblem } from '../jobs/problem.ts';
import { userCacheFolder } from '../llm/builtin/cacheFolder.ts';
import { findPython } from '../llm/builtin/python.ts';
import { workerFolder } from '../llm/builtin/workerFolder.ts';

/** How the Python side is started on this machine: a program, its first arguments and its environment. */
export interface WorkerCommand {
  program: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
}

/**
 * `python3 -m smt_job` of the worker beside us. It is started with the standard library only and makes its own
 * environment under the user-level cache (`SMT_ROOT/envs/<lock hash>`), shared by all runs.
 * @throws JobProblem without a Python ≥ 3.11
 */
export async function workerCommand(env: NodeJS.ProcessEnv = process.env): Promise<WorkerCommand> {
  const python = await findPython(env);
  if (!python) {
    throw new JobProblem(
      'No Python 3.11 or newer was found (looked for python3 and python on the PATH). Install one, or set SMT_PYTHON to its path.',
    );
  }
  return { program: python.path, args: ['-m', 'smt_job'], env: workerEnvironment(env) };
}

/** The environment of a worker process: where its code and its cache stand. Keys never travel here. */
export function workerEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return {
    ...env,
    PYTHONPATH: workerFolder(),
    PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    SMT_CACHE: userCacheFolder(env),
  };
}
