import { resolve } from 'node:path';
import { leaseHolder } from '../engine/jobs/index.ts';
import { exportLog, importLog } from '../engine/llm/logArchive.ts';
import type { Project } from '../engine/project/index.ts';
import { Exit, number, type Terminal, UsageError } from './terminal.ts';

/** `log export FILE | import FILE`: completions and requests out of the ignored folder, and back. */
export async function logVerb(
  terminal: Terminal,
  project: Project,
  action: string | undefined,
  file: string | undefined,
): Promise<Exit> {
  if ((action !== 'export' && action !== 'import') || !file)
    throw new UsageError('log export FILE, or log import FILE');
  const { completions, requests, plan, evaluation, lease } = project.paths;
  const holder = (await leaseHolder(lease)) ?? (await leaseHolder(evaluation.lease));
  if (holder) throw new UsageError(`Run ${holder.run} is writing the log. Stop it first: smt jobs stop ${holder.run}`);
  const path = resolve(file);
  const folders = { completions, requests, plan, evaluation };
  const moved = await (action === 'export' ? exportLog(folders, path) : importLog(folders, path)).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' && action === 'import') throw new UsageError(`There is no ${path}.`);
      const what = action === 'export' ? 'The log was not exported' : 'Nothing was imported';
      throw new UsageError(`${what}: ${error.message}${error.message.endsWith('.') ? '' : '.'}`);
    },
  );
  terminal.record({ action, file: path, ...moved });
  terminal.say(
    action === 'export'
      ? `Wrote ${number.format(moved.completions)} completions and ${number.format(moved.requests)} requests to ${path}.`
      : `Took in ${number.format(moved.completions)} completions and ${number.format(moved.requests)} requests from ${path}; what was there already was left as it was.`,
  );
  return Exit.done;
}
