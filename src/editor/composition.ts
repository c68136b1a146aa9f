import * as vscode from 'vscode';
import type { CommandId } from './commands/catalogue.ts';
import { commandHandlers, type Handlers } from './commands/handlers.ts';
import type { EditorContext } from './editorContext.ts';
import { panelActions } from './flows/panelActions.ts';
import { resultsActions } from './flows/resultsActions.ts';
import { retrievalActions } from './flows/retrieval.ts';
import { datasetActions, jobActions } from './flows/trainingPanelActions.ts';
import { ProjectLanguage } from './language/projectLanguage.ts';
import { type DatasetPanels, datasetPanels } from './panels/datasetPanel.ts';
import { JobPanels } from './panels/jobPanels.ts';
import { type ResultsPanels, resultsPanels } from './panels/resultsPanel.ts';
import { type RetrievalPanels, retrievalPanels } from './panels/retrievalPanel.ts';
import { type SamplesPanels, samplesPanels } from './panels/samplesPanel.ts';
import { SampleTexts } from './panels/sampleTexts.ts';
import { OriginKeys } from './platform/keys.ts';
import { engineEnvironment } from './platform/settings.ts';
import type { Shell } from './platform/shell.ts';
import { CorpusWatcher } from './project/corpusWatcher.ts';
import { Projects } from './project/projects.ts';
import { EngineServer } from './server/engineServer.ts';
import { CorpusDecorations } from './views/corpusDecorations.ts';
import { JobNotices } from './views/jobNotices.ts';
import { JobsTree } from './views/jobsTree.ts';
import { ProjectTree } from './views/projectTree.ts';
import { JobStatusBar } from './views/statusBar.ts';

/** The loaded editor, as `activate` reaches it. */
export interface Editor extends EditorContext {
  readonly commands: Handlers;
  readonly projectTree: ProjectTree;
  readonly jobsTree: JobsTree;
  readonly texts: SampleTexts;
  readonly panels: SamplesPanels;
  readonly jobPanels: JobPanels;
  readonly datasetPanels: DatasetPanels;
  readonly retrieval: RetrievalPanels;
  readonly results: ResultsPanels;
}
export type { CommandId };

/** Builds everything that needs the protocol, once, when it is first used. */
export async function compose(shell: Shell): Promise<Editor> {
  const program = vscode.Uri.joinPath(shell.context.extensionUri, 'dist', 'server.js').fsPath;
  const server = new EngineServer(shell, program, engineEnvironment);
  const projects = new Projects(shell, server);
  const context: EditorContext = { shell, server, projects, keys: new OriginKeys(shell.context) };
  const texts = new SampleTexts(context);
  const panels: SamplesPanels = samplesPanels(context, () => samplesActions);
  const samplesActions = panelActions(context, texts);
  const results = resultsPanels(context, resultsActions(context, panels));
  const retrieval = retrievalPanels(context, retrievalActions(context));
  const jobPanels: JobPanels = new JobPanels(context, () => ofJobs);
  const trainingSets: DatasetPanels = datasetPanels(context, () => ofTrainingSets);
  const ofJobs = jobActions(context, jobPanels, trainingSets);
  const ofTrainingSets = datasetActions(context, jobPanels, panels);
  const projectTree = new ProjectTree(projects);
  const jobsTree = new JobsTree(projects);
  shell.context.subscriptions.push(
    server,
    vscode.workspace.onDidGrantWorkspaceTrust(() => void server.environmentChanged()),
    projects,
    panels,
    jobPanels,
    trainingSets,
    retrieval,
    results,
    texts,
    projectTree,
    jobsTree,
    new CorpusWatcher(projects),
    new CorpusDecorations(projects),
    new JobStatusBar(projects),
    new JobNotices(context, panels, jobPanels),
    new ProjectLanguage(context),
  );
  await projects.all();
  return {
    ...context,
    commands: commandHandlers(context, panels, texts, jobsTree, jobPanels, trainingSets, retrieval, results),
    projectTree,
    jobsTree,
    texts,
    panels,
    jobPanels,
    datasetPanels: trainingSets,
    retrieval,
    results,
  };
}
