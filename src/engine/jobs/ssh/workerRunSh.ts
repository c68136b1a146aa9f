import type { Target } from '../../../contract/training.ts';
import { JobProblem } from '../problem.ts';
import { quoted } from '../wrapper.ts';
import { rootWord } from './scripts.ts';

export type SshTarget = Extract<Target, { kind: 'ssh' }>;

/**
 * The one command of a run on a host: the worker of this package, with its environments and caches under the target's
 * root and the GPUs the target names.
 * @param words of the verb, ready for `sh`: ours, or quoted by the caller
 */
export function workerRunSh(target: SshTarget, folder: string, python: string, words: readonly string[]): string {
  const devices = target.gpus === undefined ? undefined : [...Array(target.gpus).keys()].join(',');
  return [
    `root=${rootWord(target.root)}`,
    'export SMT_ROOT="$root" PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1',
    `export PYTHONPATH="$root"/${quoted(folder)}`,
    'export PATH="$PATH:$HOME/.local/bin:$HOME/.cargo/bin"',
    ...(devices === undefined ? [] : [`export CUDA_VISIBLE_DEVICES=${quoted(devices)}`]),
    `exec ${quoted(python)} -m smt_job ${words.join(' ')}`,
    '',
  ].join('\n');
}

export function noPython(id: string, target: SshTarget): JobProblem {
  return new JobProblem(
    target.python === undefined
      ? `${target.host} has no Python 3.11 or newer on its PATH. Install one there, or name it as "python" of the target "${id}".`
      : `"${target.python}", which the target "${id}" names, is not a Python 3.11 or newer on ${target.host}.`,
  );
}
