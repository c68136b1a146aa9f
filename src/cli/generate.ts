import type { GenerateParams } from '../contract/events.ts';
import { createJob, type JobBackend } from '../engine/jobs/index.ts';
import { generating, type Project } from '../engine/project/index.ts';
import { agree, refuseSecond } from './agree.ts';
import { type Arguments, generateParams } from './arguments.ts';
import { runHere } from './jobRun.ts';
import { summarise } from './summary.ts';
import { Exit, type Terminal, UsageError } from './terminal.ts';

/** `generate`: what the plan has and the log has not, as a job of this project that runs here. */
export async function generateVerb(
  terminal: Terminal,
  project: Project,
  backend: JobBackend,
  values: Arguments['values'],
): Promise<Exit> {
  const params = generateParams(values);
  const known = Object.keys(project.config.methods);
  const unknown = params.methods.find((method) => !known.includes(method));
  if (unknown) throw new UsageError(`--method "${unknown}" is not one of ${known.join(', ')}`);
  await refuseSecond(generating, project);
  if (params.rederive) refuseBeside(values);
  else await agree(terminal, project, params, values);
  const { run, dir } = await createJob(project, { kind: 'generate', title: titleOf(params), params });
  if (values.detach) {
    await backend.start(dir, {});
    terminal.record({ run, dir });
    terminal.say(`Started run ${run}. "smt jobs" shows it, "smt jobs stop ${run}" stops it.`);
    return Exit.done;
  }
  return params.rederive ? runHere(terminal, dir, backend) : runHere(terminal, dir, backend, summarise);
}

/** `--rederive` makes all samples again: what chooses or limits requests means nothing beside it. */
function refuseBeside(values: Arguments['values']): void {
  const beside = (['method', 'document', 'limit', 'preview', 'budget', 'retry-failed'] as const).find(
    (option) => values[option] !== undefined,
  );
  if (beside) throw new UsageError(`--rederive makes all samples again from the log: leave --${beside} out`);
}

function titleOf(params: GenerateParams): string {
  if (params.rederive) return 'Make samples again from the log';
  const what = params.methods.length > 0 ? params.methods.join(', ') : 'all methods';
  const where = params.documents.length > 0 ? ` for ${params.documents.join(', ')}` : '';
  return `${params.preview ? 'Preview' : 'Generate'} ${what}${where}`;
}
