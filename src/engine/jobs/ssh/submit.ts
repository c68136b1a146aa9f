import { setTimeout as delay } from 'node:timers/promises';
import { DOES_NOT_LEAVE, JobProblem } from '../problem.ts';
import { type SshConnection, Unreachable } from './connection.ts';
import { type Submit, submitScript } from './scripts.ts';

const ATTEMPTS = 3;

/**
 * Starts a run whose package and inputs are there. Asked again when the line is cut: the second time finds the process
 * of the first.
 * @throws Unreachable, then it is not known whether it runs; JobProblem
 */
export async function submitRun(
  connection: SshConnection,
  root: string,
  submit: Submit,
  keys: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const started = await connection.exec(submitScript(root, submit), {
        input: `${JSON.stringify(keys)}\n`,
        ...(signal ? { signal } : {}),
      });
      if (/^(pid \d+|busy)/m.test(started)) return;
      if (/^leaving/m.test(started)) throw new JobProblem(DOES_NOT_LEAVE);
      throw new JobProblem(`${connection.host} did not start the run. Its stdout.log may say why.`);
    } catch (error) {
      if (!(error instanceof Unreachable) || attempt === ATTEMPTS) throw error;
      await delay(attempt * 1000, undefined, signal ? { signal } : {});
    }
  }
}
