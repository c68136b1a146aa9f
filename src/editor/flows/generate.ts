import * as vscode from 'vscode';
import type { Estimate } from '../../contract/estimate.ts';
import type { GenerateParams } from '../../contract/events.ts';
import { Server } from '../../contract/rpc.ts';
import type { EditorContext } from '../editorContext.ts';
import { Failure } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';
import { groupOf } from '../views/jobGroups.ts';
import { agree } from './consent.ts';
import { estimateLines } from './estimateText.ts';

export const PREVIEW_REQUESTS = 6;

/** A job's parameters with the defaults of the contract filled in. */
export function generateParams(wanted: Partial<GenerateParams> = {}): GenerateParams {
  return {
    methods: [],
    documents: [],
    preview: false,
    budget: {},
    additions_only: false,
    retry_failed: false,
    ...wanted,
  };
}

/** @throws Failure with smt.yaml's first problem, when the project cannot generate. */
export async function requireReady(project: OpenProject): Promise<void> {
  if (!project.state) await project.load();
  if (project.ready) return;
  if (project.loading.kind === 'failed' && !project.state) throw new Failure(project.loading.reason);
  const [problem] = project.state?.problems ?? [];
  throw new Failure(
    problem
      ? problem.file === 'smt.yaml'
        ? vscode.l10n.t('smt.yaml, line {0}, {1}: {2}', problem.line, problem.key, problem.message)
        : `${problem.file} ${problem.message}`
      : vscode.l10n.t('This folder has no smt.yaml.'),
    problem ? undefined : vscode.l10n.t('Run “Create Synthetic Data Project”.'),
  );
}

export function runningJob(project: OpenProject) {
  return project.jobs.find((job) => job.kind === 'generate' && groupOf(job) === 'running');
}

/** Asks for the estimate; where it takes a while, a notification says so and can cancel it. @throws CancellationError */
export async function estimate(
  { server }: EditorContext,
  project: OpenProject,
  params: GenerateParams,
): Promise<Estimate> {
  await requireReady(project);
  // A view's own progress has no Cancel, and reading a large corpus for the first time takes minutes.
  const location = vscode.ProgressLocation.Notification;
  const title = vscode.l10n.t('Estimating what “{0}” would take', project.name);
  return vscode.window.withProgress({ location, title, cancellable: true }, (_, token) =>
    server.ask(Server.estimate, { project: project.path, params }, { token }),
  );
}

/** *Estimate*: figures only, with a way on. */
export async function showEstimate(context: EditorContext, project: OpenProject): Promise<void> {
  const found = await estimate(context, project, generateParams());
  const lines = estimateLines(found);
  context.shell.log.info(`estimate for ${project.path}\n  ${lines.join('\n  ')}`);
  if (!vscode.workspace.isTrusted) {
    void context.shell.dialogs.tell('info', lines.join(' '));
    return;
  }
  await confirmAndStart(context, project, found, generateParams(), vscode.l10n.t('Generate all'));
}

/** *Generate All…*: the estimate first, then a job of its own process. Returns the run, or undefined when declined. */
export async function generateAll(
  context: EditorContext,
  project: OpenProject,
  wanted: Partial<GenerateParams> = {},
  title = vscode.l10n.t('Generate all'),
): Promise<string | undefined> {
  const params = generateParams(wanted);
  refuseBeside(project);
  const found = await estimate(context, project, params);
  if (found.requests.high === 0) {
    void context.shell.dialogs.tell(
      'info',
      vscode.l10n.t('Everything that is planned is generated: {0} requests are answered.', found.answered),
    );
    return undefined;
  }
  return confirmAndStart(context, project, found, params, title);
}

/** *Make Samples Again*: from the log, by today's parsers and evaluation questions. Nothing is sent, so nothing is asked. */
export async function rederive(context: EditorContext, project: OpenProject): Promise<string> {
  await requireReady(project);
  refuseBeside(project);
  const params = generateParams({ rederive: true });
  return launch(context, project, params, vscode.l10n.t('Make samples again from the log'), {});
}

/** @throws Failure while a generating job runs: one at a time writes the samples. */
function refuseBeside(project: OpenProject): void {
  const running = runningJob(project);
  if (!running) return;
  throw new Failure(
    vscode.l10n.t('“{0}” is already running in this project.', running.title),
    vscode.l10n.t('Stop it first, or wait for it: nothing answered is asked again.'),
  );
}

async function confirmAndStart(
  context: EditorContext,
  project: OpenProject,
  found: Estimate,
  params: GenerateParams,
  title: string,
): Promise<string | undefined> {
  const toy = project.state?.toy
    ? [
        vscode.l10n.t(
          'The built-in model is very small: its samples show how it works, they are not worth training on.',
        ),
      ]
    : [];
  const agreed = await context.shell.dialogs.confirm({
    message: vscode.l10n.t('Generate for “{0}”?', project.name),
    detail: [...estimateLines(found), ...toy].join('\n'),
    action: vscode.l10n.t('Generate'),
  });
  return agreed ? start(context, project, params, title, found.destinations) : undefined;
}

/**
 * Starts the generating job, after everything that has to be agreed to. Trust is looked at here as well as at the
 * command, because panels and tree items lead here too.
 */
export async function start(
  context: EditorContext,
  project: OpenProject,
  params: GenerateParams,
  title: string,
  destinations: Estimate['destinations'],
): Promise<string> {
  requireTrust();
  return launch(context, project, params, title, await agree(context, project, destinations));
}

/** Starts the job with keys that `agree` gave. */
export async function launch(
  { server }: EditorContext,
  project: OpenProject,
  params: GenerateParams,
  title: string,
  keys: Record<string, string>,
): Promise<string> {
  requireTrust();
  const { run } = await server.ask(
    Server.startGenerate,
    { project: project.path, params, keys, title },
    { retry: false },
  );
  await project.loadJobs();
  return run;
}

/** @throws Failure in restricted mode. */
export function requireTrust(): void {
  if (vscode.workspace.isTrusted) return;
  throw new Failure(
    vscode.l10n.t('This folder is open in Restricted Mode, so nothing is generated.'),
    vscode.l10n.t('Trust the folder to generate.'),
  );
}
