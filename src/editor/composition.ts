import * as vscode from 'vscode';
import type { CommandId } from './commands/catalogue.ts';
import { commandHandlers, type Handlers } from './commands/handlers.ts';
import type { EditorContext } from './editorContext.ts';
import { panelActions } from './flows/panelActions.ts';
import { resultsActions } from './flows/resultsActions.ts';
import { retrievalActions } from './flows/retrieval.ts';
import { datasetActions, jobActions } from './flows/trainingPanelActions.ts';
import { ProjectLanguage } from './language/projectLanguage.ts';
import { DatasetPanels } from './panels/datasetPanels.ts';
import { JobPanels } from './panels/jobPanels.ts';
import { ResultsPanels } from './panels/resultsPanels.ts';
import { RetrievalPanels } from './panels/retrievalPanels.ts';
import { SamplesPanels } from './panels/samplesPanels.ts';
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
  restoreSamplesPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void>;
}
export type { CommandId };

/** Builds everything that needs the protocol, once, when it is first used. */
export async function compose(shell: Shell): Promise<Editor> {
  const program = vscode.Uri.joinPath(shell.context.extensionUri, 'dist', 'server.js').fsPath;
  const server = new EngineServer(shell, program, engineEnvironment);
  const projects = new Projects(shell, server);
  const context: EditorContext = { shell, server, projects, keys: new OriginKeys(shell.context) };
  const panels = new SamplesPanels(context);
  const texts = new SampleTexts(context);
  panels.connect(panelActions(context, panels, texts));
  const results = new ResultsPanels(context, resultsActions(context, panels));
  const retrieval = new RetrievalPanels(context, retrievalActions(context));
  const jobPanels = new JobPanels(context);
  const datasetPanels = new DatasetPanels(context);
  jobPanels.connect(jobActions(context, jobPanels, datasetPanels));
  datasetPanels.connect(datasetActions(context, jobPanels, panels));
  const projectTree = new ProjectTree(projects);
  const jobsTree = new JobsTree(projects);
  shell.context.subscriptions.push(
    server,
    vscode.workspace.onDidGrantWorkspaceTrust(() => void server.environmentChanged()),
    projects,
    panels,
    jobPanels,
    datasetPanels,
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
    commands: commandHandlers(context, panels, texts, jobsTree, jobPanels, datasetPanels, retrieval, results),
    projectTree,
    jobsTree,
    texts,
    panels,
    jobPanels,
    datasetPanels,
    retrieval,
    results,
    restoreSamplesPanel: (panel, state) => panels.restore(panel, state),
  };
}
