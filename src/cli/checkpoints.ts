import type { Project } from '../engine/project/index.ts';
import { deleteCheckpoint, fetchCheckpoint, listCheckpoints, type ProjectBackend } from '../engine/train/index.ts';
import { wholeNumber } from './arguments.ts';
import { resolveRun } from './jobs.ts';
import { Exit, number, type Terminal, UsageError } from './terminal.ts';

/** `checkpoints [list | fetch RUN [STEP] | delete RUN STEP]`: largest first; a fetched model is checked file by file. */
export async function checkpointsVerb(
  terminal: Terminal,
  project: Project,
  backend: ProjectBackend,
  [action = 'list', run, step]: readonly string[],
): Promise<Exit> {
  if (action === 'list') {
    const checkpoints = await listCheckpoints(project, backend);
    for (const checkpoint of checkpoints) terminal.record(checkpoint);
    if (terminal.json) return Exit.done;
    if (checkpoints.length === 0) terminal.say('No checkpoints yet. "smt train" makes some.');
    else
      terminal.table([
        ['run', 'step', 'target', 'MB', 'data set', 'path'],
        ...checkpoints.map((each) => [
          each.run,
          each.final ? `${each.step} (model)` : String(each.step),
          each.target,
          number.format(Math.round(each.bytes / 1e6)),
          each.dataset,
          each.local_path ?? each.path,
        ]),
      ]);
    return Exit.done;
  }
  if (action === 'fetch') {
    const found = await resolveRun(project, backend, run, false);
    const path = await fetchCheckpoint(
      project,
      backend,
      found,
      await stepOf(project, backend, found, step),
      undefined,
      (done, total) => terminal.progress(`${Math.round(done / 1e6)}/${Math.round(total / 1e6)} MB`),
    );
    terminal.endProgress();
    terminal.record({ path });
    terminal.say(path);
    return Exit.done;
  }
  if (action !== 'delete' || !run || !step)
    throw new UsageError('checkpoints [list | fetch RUN [STEP] | delete RUN STEP]');
  await deleteCheckpoint(project, backend, run, wholeNumber('STEP', step, 0));
  terminal.say(`Deleted step ${step} of run ${run}.`);
  return Exit.done;
}

/** A run's finished model where no step is named. */
async function stepOf(
  project: Project,
  backend: ProjectBackend,
  run: string,
  step: string | undefined,
): Promise<number> {
  if (step !== undefined) return wholeNumber('STEP', step, 0);
  const final = (await listCheckpoints(project, backend)).find((each) => each.run === run && each.final);
  if (!final) throw new UsageError(`Run ${run} has no finished model: name the STEP of a checkpoint.`);
  return final.step;
}
