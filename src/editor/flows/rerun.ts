import type { JobStatus } from '../../contract/events.ts';
import { Server } from '../../contract/rpc.ts';
import { TrainingServer } from '../../contract/trainingRpc.ts';
import type { EditorContext } from '../editorContext.ts';
import type { OpenProject } from '../project/openProject.ts';
import { agree } from './consent.ts';
import { estimate, generateParams, requireReady, requireTrust } from './generate.ts';
import { WEIGHTS_ORIGIN } from './weightsOrigin.ts';

/** *Resume*: goes on in the same run directory; keys go along again, as they are stored nowhere. */
export async function resumeJob(context: EditorContext, project: OpenProject, job: JobStatus): Promise<void> {
  const keys = await keysFor(context, project, job.kind);
  await context.server.ask(Server.resumeJob, { project: project.path, run: job.run, keys }, { retry: false });
  await project.loadJobs();
}

/** *Re-run*: a new run with the same parameters. Returns it. */
export async function rerunJob(context: EditorContext, project: OpenProject, job: JobStatus): Promise<string> {
  const keys = await keysFor(context, project, job.kind);
  const { run } = await context.server.ask(
    TrainingServer.rerun,
    { project: project.path, run: job.run, keys },
    { retry: false },
  );
  await project.loadJobs();
  return run;
}

/** The keys a job of this kind may have, with consent where its documents go to another machine's endpoint. */
async function keysFor(
  context: EditorContext,
  project: OpenProject,
  kind: JobStatus['kind'],
): Promise<Record<string, string>> {
  requireTrust();
  await requireReady(project);
  switch (kind) {
    case 'mix':
      return {};
    case 'train':
    case 'serve':
      return context.keys.of([WEIGHTS_ORIGIN]);
    case 'generate':
    case 'experiment':
      return agree(context, project, (await estimate(context, project, generateParams())).destinations);
    case 'index':
    case 'evaluate': {
      const origins = (project.state?.endpoints ?? []).flatMap(({ origin }) => (origin ? [origin] : []));
      return context.keys.of(origins);
    }
  }
}
