import { JobProblem, type WorkerProgram } from '../jobs/index.ts';
import { userCacheFolder } from '../llm/builtin/cacheFolder.ts';
import { findPython } from '../llm/builtin/python.ts';
import { workerFolder } from '../llm/builtin/workerFolder.ts';

/**
 * `python3 -m smt_job` of the worker beside us. It is started with the standard library only and makes its own
 * environment under the user-level cache, shared by all runs. Keys never travel in its environment.
 * @throws JobProblem without a Python ≥ 3.11
 */
export async function workerCommand(env: NodeJS.ProcessEnv = process.env): Promise<WorkerProgram> {
  const python = await findPython(env);
  if (!python) {
    throw new JobProblem(
      'No Python 3.11 or newer was found (looked for python3 and python on the PATH). Install one, or set SMT_PYTHON to its path.',
    );
  }
  const variables = {
    PYTHONPATH: workerFolder(),
    PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    SMT_CACHE: userCacheFolder(env),
  };
  return { program: python.path, args: ['-m', 'smt_job'], variables };
}
