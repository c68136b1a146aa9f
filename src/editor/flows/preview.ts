import * as vscode from 'vscode';
import type { PlanAddition } from '../../contract/addition.ts';
import { Server } from '../../contract/rpc.ts';
import type { EditorContext } from '../editorContext.ts';
import type { SamplesPanels } from '../panels/samplesPanel.ts';
import { Failure } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';
import { count } from '../views/figures.ts';
import { agree } from './consent.ts';
import { escapeGlob } from './escapeGlob.ts';
import {
  estimate,
  generateAll,
  generateParams,
  launch,
  PREVIEW_REQUESTS,
  requireReady,
  requireTrust,
  runningJob,
  start,
} from './generate.ts';
import { spread } from './spread.ts';
import type { Target } from './target.ts';

export const QUESTIONS = 'qa';
export const REWRITES = 'focal_rewriting';
type Addition = Omit<PlanAddition, 'v' | 'id' | 'at'>;

/** *Preview Samples*: a few requests spread over documents and methods. They are kept and never paid again. */
export async function previewProject(
  context: EditorContext,
  panels: SamplesPanels,
  project: OpenProject,
): Promise<void> {
  requireTrust();
  const params = generateParams({ preview: true, limit: PREVIEW_REQUESTS });
  if (!runningJob(project)) {
    const found = await estimate(context, project, params);
    await start(context, project, params, vscode.l10n.t('Preview'), found.destinations);
  }
  panels.open(project, {});
  offerAll(context, project, {}, project.name);
}

/** Right-click *Generate …*: a few samples for the target first, the panel on them, then *Generate All…*. */
export async function previewTarget(
  context: EditorContext,
  panels: SamplesPanels,
  target: Target,
  method: typeof QUESTIONS | typeof REWRITES,
): Promise<void> {
  const { project, documents, range, label } = target;
  await requireReady(project);
  if (!project.state?.methods.some(({ id, enabled }) => id === method && enabled)) {
    throw new Failure(
      vscode.l10n.t('The method “{0}” is not on in this project.', method),
      vscode.l10n.t('Turn it on under “methods” in smt.yaml.'),
    );
  }
  const additions = spread(documents, PREVIEW_REQUESTS).map(
    ({ document, count: times }): Addition => ({
      document: document.id,
      method,
      count: times,
      ...(range ? { range } : {}),
    }),
  );
  const title = vscode.l10n.t('Preview: {0}', label);
  const started = await generateAdditions(context, project, additions, title);
  const ids = documents.map(({ id }) => id);
  panels.open(project, {
    filter: { methods: [method], ...(ids.length <= 200 ? { documents: ids } : {}), ...(range ? { range } : {}) },
    ...(ids[0] ? { document: ids[0] } : {}),
  });
  if (started.kind === 'started') offerAll(context, project, { methods: [method], documents: ids }, label);
}

/** Adds wishes to the plan and has them served: by the job that is running, else by a small one of their own. */
export async function generateAdditions(
  context: EditorContext,
  project: OpenProject,
  additions: Addition[],
  title: string,
): Promise<{ kind: 'started'; run: string } | { kind: 'joined'; requests: number }> {
  requireTrust();
  await requireReady(project);
  // Declining must leave nothing in the plan, so consent comes before the wish is written.
  const preview = generateParams({ preview: true, limit: PREVIEW_REQUESTS });
  const keys = runningJob(project)
    ? {}
    : await agree(context, project, (await estimate(context, project, preview)).destinations);
  const added = await context.server.ask(Server.addToPlan, { project: project.path, additions }, { retry: false });
  if (added.running) {
    void context.shell.dialogs.tell(
      'info',
      vscode.l10n.t('{0} requests joined the job that is running.', count(added.requests, vscode.env.language)),
    );
    return { kind: 'joined', requests: added.requests };
  }
  // No limit: the additions are few, and rewrites may first need strategies and questions of their document.
  const params = generateParams({ additions_only: true });
  return { kind: 'started', run: await launch(context, project, params, title, keys) };
}

/** The way on after a preview; a notification, as the panel now has the focus. */
function offerAll(
  context: EditorContext,
  project: OpenProject,
  target: { methods?: string[]; documents?: string[] },
  label: string,
): void {
  const all = vscode.l10n.t('Generate All…');
  void context.shell.dialogs
    .tell('info', vscode.l10n.t('A few samples for “{0}” are being generated. They are kept.', label), all)
    .then(async (chosen) => {
      if (chosen !== all) return;
      await vscode.commands.executeCommand('smt.generateAll', { project: project.path, ...target });
    });
}

/** What the *Generate All…* button of a preview passes to the command; anything else is no wish. */
export function asWish(value: unknown): { project: string; methods: string[]; documents: string[] } | undefined {
  if (typeof value !== 'object' || value === null || !('project' in value)) return undefined;
  if (typeof value.project !== 'string') return undefined;
  const strings = (list: unknown) => (Array.isArray(list) ? list.filter((entry) => typeof entry === 'string') : []);
  return {
    project: value.project,
    methods: strings('methods' in value ? value.methods : undefined),
    documents: strings('documents' in value ? value.documents : undefined),
  };
}

/** *Generate All…* for a preview's target once it was looked at. */
export function generateWish(
  context: EditorContext,
  project: OpenProject,
  wish: { methods: string[]; documents: string[] },
) {
  return generateAll(context, project, { methods: wish.methods, documents: wish.documents.map(escapeGlob) });
}
