import * as vscode from 'vscode';
import type { RetrievalOverride, RetrievalSettings } from '../../contract/retrieval.ts';
import { type RetrievalOverview, RetrievalServer } from '../../contract/retrievalRpc.ts';
import { Server } from '../../contract/rpc.ts';
import type { EditorContext } from '../editorContext.ts';
import type { RetrievalActions } from '../panels/retrievalPanel.ts';
import type { OpenProject } from '../project/openProject.ts';
import { count } from '../views/figures.ts';
import { requireReady } from './generate.ts';
import { openSource } from './panelActions.ts';

/** What the Try Retrieval page may start. */
export function retrievalActions(context: EditorContext): RetrievalActions {
  return {
    build: (project, settings) => buildIndex(context, project, settings),
    tune: (project) => tuneRetrieval(context, project),
    keysFor: async (project, settings) => {
      const { needs } = await overviewOf(context, project, settings);
      await agreeToOrigins(context, needs, vscode.l10n.t('the question and found passages'));
      return context.keys.of(needs.keys);
    },
    openSource: (project, document, passage) => openSource(context, project, document, passage),
  };
}

/**
 * *Build Retrieval Index*: brings the index up to date as a job of its own process. Without a person's word for the
 * download of the built-in embedder, full text alone is indexed. Returns the run, or undefined when declined.
 */
export async function buildIndex(
  context: EditorContext,
  project: OpenProject,
  asked: RetrievalOverride = {},
): Promise<string | undefined> {
  return startIndex(context, project, asked, false, ({ chunk_size, chunk_unit }) =>
    vscode.l10n.t('Retrieval index: chunks of {0} {1}', chunk_size, chunk_unit),
  );
}

/**
 * *Tune Retrieval*: a job that builds an index for several chunk sizes and measures each in every mode, on the dev split
 * only. What it found stands in the Try Retrieval page. Returns the run, or undefined when declined.
 */
export function tuneRetrieval(context: EditorContext, project: OpenProject): Promise<string | undefined> {
  return startIndex(context, project, {}, true, () => vscode.l10n.t('Tune retrieval on the dev split'));
}

async function startIndex(
  context: EditorContext,
  project: OpenProject,
  asked: RetrievalOverride,
  tune: boolean,
  title: (settings: RetrievalSettings) => string,
): Promise<string | undefined> {
  await requireReady(project);
  const { needs, settings } = await overviewOf(context, project, asked);
  await agreeToOrigins(context, needs, vscode.l10n.t('the text of all documents, in chunks,'));
  const wanted = await withEmbedder(context, asked, needs, settings);
  if (!wanted) return undefined;
  const { run } = await context.server.ask(
    RetrievalServer.startIndex,
    {
      project: project.path,
      params: { settings: wanted, rebuild: false, tune },
      keys: await context.keys.of(needs.keys),
      title: title(settings),
    },
    { retry: false },
  );
  await project.loadJobs();
  return run;
}

async function overviewOf({ server }: EditorContext, project: OpenProject, settings: RetrievalOverride) {
  return server.ask(RetrievalServer.overview, { project: project.path, settings });
}

async function withEmbedder(
  { shell }: EditorContext,
  asked: RetrievalOverride,
  { download_mb, python }: RetrievalOverview['needs'],
  { embedder }: RetrievalOverview['settings'],
): Promise<RetrievalOverride | undefined> {
  if (download_mb === null) return asked;
  const fullText = { ...asked, embedder: { ...embedder, endpoint: 'none' } };
  const download = vscode.l10n.t('Download and Build');
  const alone = vscode.l10n.t('Full Text Only');
  const choices = [
    ...(python
      ? [
          {
            label: download,
            detail: vscode.l10n.t(
              '{0} MB once into your user cache: MiniLM-L6, which runs on this machine and finds passages by meaning.',
              count(download_mb, vscode.env.language),
            ),
            value: asked,
          },
        ]
      : []),
    {
      label: alone,
      detail: python
        ? vscode.l10n.t('Nothing is downloaded; passages are found by their words (BM25).')
        : vscode.l10n.t(
            'The built-in embedder needs Python 3.11 or newer, and none was found. Passages are found by their words (BM25).',
          ),
      value: fullText,
    },
  ];
  const answer = await shell.dialogs.pick({
    title: vscode.l10n.t('Build Retrieval Index'),
    placeholder: vscode.l10n.t('The built-in embedder is not set up yet'),
    choices,
  });
  return answer.kind === 'answer' ? answer.value : undefined;
}

async function agreeToOrigins(
  { shell, server }: EditorContext,
  { origins }: RetrievalOverview['needs'],
  what: string,
): Promise<void> {
  for (const { origin, endpoint } of origins) {
    const agreed = await shell.dialogs.confirm({
      message: vscode.l10n.t('Send documents to {0}?', origin),
      detail: vscode.l10n.t(
        'Retrieval sends {0} to the endpoint “{1}” at {2}. This is asked once for each origin; what has been sent cannot be taken back.',
        what,
        endpoint,
        origin,
      ),
      action: vscode.l10n.t('Send Documents'),
    });
    if (!agreed) throw new vscode.CancellationError();
    await server.ask(Server.consentOrigin, { origin }, { retry: false });
  }
}
