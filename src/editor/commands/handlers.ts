import * as vscode from 'vscode';
import type { EditorContext } from '../editorContext.ts';
import { askOwnQuestion } from '../flows/askQuestion.ts';
import { createProject } from '../flows/createProject.ts';
import { manageEndpoints, removeEndpointKey, setEndpointKey } from '../flows/endpointKeys.ts';
import { generateAll, showEstimate } from '../flows/generate.ts';
import { openSource } from '../flows/panelActions.ts';
import { asWish, generateWish, previewProject, previewTarget, QUESTIONS, REWRITES } from '../flows/preview.ts';
import { asProjectNode, targetOf } from '../flows/target.ts';
import type { DatasetPanels } from '../panels/datasetPanel.ts';
import type { JobPanels } from '../panels/jobPanels.ts';
import type { ResultsPanels } from '../panels/resultsPanel.ts';
import type { RetrievalPanels } from '../panels/retrievalPanel.ts';
import type { SamplesPanels } from '../panels/samplesPanel.ts';
import type { SampleTexts } from '../panels/sampleTexts.ts';
import { Failure } from '../platform/failure.ts';
import type { JobsTree } from '../views/jobsTree.ts';
import type { CommandId } from './catalogue.ts';
import { evaluationCommands } from './evaluationCommands.ts';
import { jobCommands } from './jobCommands.ts';
import { retrievalCommands } from './retrievalCommands.ts';
import { trainingCommands } from './trainingCommands.ts';

export type Handlers = Readonly<Record<CommandId, (...args: unknown[]) => unknown>>;

/** What each command does: arguments are read here, the work is in the flows. */
export function commandHandlers(
  context: EditorContext,
  panels: SamplesPanels,
  texts: SampleTexts,
  jobsTree: JobsTree,
  jobPanels: JobPanels,
  datasetPanels: DatasetPanels,
  retrieval: RetrievalPanels,
  results: ResultsPanels,
): Handlers {
  const { projects, server, shell } = context;
  const projectOf = (argument: unknown) =>
    asProjectNode(argument)?.project ?? projects.choose(argument instanceof vscode.Uri ? argument : undefined);
  return {
    ...jobCommands(context, texts, panels, jobPanels),
    ...trainingCommands(context, jobPanels, datasetPanels),
    'smt.showAllJobs': () => jobsTree.showAll(),
    ...retrievalCommands(context, retrieval),
    ...evaluationCommands(context),
    'smt.createProject': (clicked) => createProject(context, clicked),
    'smt.openProjectFile': async (argument) => vscode.window.showTextDocument((await projectOf(argument)).file),
    'smt.previewSamples': async (argument) => previewProject(context, panels, await projectOf(argument)),
    'smt.generateAll': async (argument) => {
      const wish = asWish(argument);
      const wanted = wish && (await projects.all()).find(({ path }) => path === wish.project);
      return wish && wanted ? generateWish(context, wanted, wish) : generateAll(context, await projectOf(argument));
    },
    'smt.estimate': async (argument) => showEstimate(context, await projectOf(argument)),
    'smt.openSamples': async (argument) => panels.open(await projectOf(argument), {}),
    'smt.openResults': async (argument) => results.open(await projectOf(argument)),
    'smt.auditSamples': async (argument) => panels.open(await projectOf(argument), { audit: true }),
    'smt.generateRewrites': async (...args) => previewTarget(context, panels, await targetOf(context, args), REWRITES),
    'smt.generateQuestions': async (...args) =>
      previewTarget(context, panels, await targetOf(context, args), QUESTIONS),
    'smt.askQuestion': async (...args) => askOwnQuestion(context, panels, await targetOf(context, args)),
    'smt.refreshCorpus': async (argument) => {
      const project = await projectOf(argument);
      await vscode.window.withProgress({ location: { viewId: 'smt.project' } }, () => project.loadCorpus(true));
    },
    'smt.openDocument': async (node) => {
      const target = await targetOf(context, [node]);
      const [document] = target.documents;
      if (document) await openSource(context, target.project, document.id);
    },
    'smt.openDocumentSamples': async (argument) => {
      const node = asProjectNode(argument);
      if (node?.kind === 'method') return panels.open(node.project, { filter: { methods: [node.id] } });
      const { project, documents } = await targetOf(context, [argument]);
      const [first] = documents;
      return panels.open(project, {
        filter: { documents: documents.slice(0, 200).map(({ id }) => id) },
        ...(first ? { document: first.id } : {}),
      });
    },
    'smt.explainUnreadable': async (argument) => {
      const node = asProjectNode(argument);
      if (node?.kind !== 'unreadable') throw new Failure(vscode.l10n.t('No unreadable file is chosen.'));
      const open = vscode.l10n.t('Open File');
      const chosen = await shell.dialogs.tell('warning', `${node.entry.path}: ${node.entry.file.message}`, open);
      if (chosen === open) {
        await vscode.commands.executeCommand('vscode.open', vscode.Uri.joinPath(node.project.folder, node.entry.path));
      }
    },
    'smt.manageEndpoints': () => manageEndpoints(context),
    'smt.setEndpointKey': () => setEndpointKey(context),
    'smt.removeEndpointKey': () => removeEndpointKey(context),
    'smt.restartServer': () => server.restart(),
    'smt.showLog': () => shell.log.show(),
  };
}
