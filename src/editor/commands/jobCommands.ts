import * as vscode from 'vscode';
import type { JobStatus } from '../../contract/events.ts';
import { Server } from '../../contract/rpc.ts';
import type { EditorContext } from '../editorContext.ts';
import { rerunJob, resumeJob } from '../flows/rerun.ts';
import { revealFolder } from '../flows/revealFolder.ts';
import type { JobPanels } from '../panels/jobPanels.ts';
import type { SamplesPanels } from '../panels/samplesPanel.ts';
import type { SampleTexts } from '../panels/sampleTexts.ts';
import { Failure } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';
import { type Action, actionsFor } from '../views/jobGroups.ts';
import { jobDescription } from '../views/jobText.ts';

interface Job {
  readonly project: OpenProject;
  readonly job: JobStatus;
}

/** Commands on one job: that of the clicked line, else the only one they apply to, else a picked one. */
export function jobCommands(context: EditorContext, texts: SampleTexts, panels: SamplesPanels, jobs: JobPanels) {
  const { server } = context;
  return {
    'smt.stopJob': async (argument: unknown) => {
      const { project, job } = await jobOf(context, argument, 'stop');
      await server.ask(Server.stopJob, { project: project.path, run: job.run }, { retry: false });
      await project.loadJobs();
    },
    'smt.resumeJob': async (argument: unknown) => {
      const { project, job } = await jobOf(context, argument, 'resume');
      await resumeJob(context, project, job);
    },
    'smt.rerunJob': async (argument: unknown) => {
      const { project, job } = await jobOf(context, argument, 'rerun');
      const run = await rerunJob(context, project, job);
      if (job.kind !== 'generate') jobs.open(project, run);
    },
    /** Generation is looked at by its samples, a finished evaluation by its results, everything else by its run. */
    'smt.openJob': async (argument: unknown) => {
      const { project, job } = await jobOf(context, argument);
      const measured = job.kind === 'evaluate' || job.kind === 'experiment';
      if (job.kind === 'generate') panels.open(project, {});
      else if (measured && job.state === 'succeeded')
        await vscode.commands.executeCommand('smt.openResults', { kind: 'project', project });
      else jobs.open(project, job.run);
    },
    'smt.removeJob': async (argument: unknown) => {
      const { project, job } = await jobOf(context, argument, 'remove');
      // Completions and samples lie outside the run directory: only the record of the run goes.
      await server.ask(Server.removeJob, { project: project.path, run: job.run }, { retry: false });
      await project.loadJobs();
    },
    'smt.openJobLog': async (argument: unknown) => {
      const { project, job } = await jobOf(context, argument);
      await texts.show(project, 'log', job.run);
    },
    'smt.openRunFolder': async (argument: unknown) => {
      const { project, job } = await jobOf(context, argument);
      await revealFolder(vscode.Uri.joinPath(project.folder, '.smt', 'runs', job.run));
    },
  };
}

async function jobOf({ projects, shell }: EditorContext, argument: unknown, action?: Action): Promise<Job> {
  const all = (await projects.all()).flatMap((project) => project.jobs.map((job) => ({ project, job })));
  const run = runOf(argument);
  const named = all.find(({ job }) => job.run === run);
  if (named) return named;
  const possible = all.filter(({ job }) => !action || actionsFor(job).includes(action));
  const [only] = possible;
  if (!only) throw new Failure(vscode.l10n.t('There is no job this could apply to.'));
  if (possible.length === 1) return only;
  const answer = await shell.dialogs.pick({
    title: vscode.l10n.t('Job'),
    placeholder: vscode.l10n.t('Which job?'),
    choices: possible.map((entry) => ({
      label: entry.job.title,
      description: jobDescription(entry.job),
      value: entry,
    })),
  });
  if (answer.kind === 'answer') return answer.value;
  throw new vscode.CancellationError();
}

/** The run of a line of the Jobs view. The status is looked up again: the line may be old. */
function runOf(argument: unknown): string | undefined {
  if (typeof argument !== 'object' || argument === null || !('job' in argument)) return undefined;
  const { job } = argument;
  return typeof job === 'object' && job !== null && 'run' in job && typeof job.run === 'string' ? job.run : undefined;
}
