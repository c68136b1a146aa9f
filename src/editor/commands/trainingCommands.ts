import * as vscode from 'vscode';
import type { EditorContext } from '../editorContext.ts';
import { chatWithCheckpoint, deleteCheckpoint } from '../flows/checkpoints.ts';
import { fetchCheckpoint } from '../flows/fetchCheckpoint.ts';
import { asProjectNode } from '../flows/target.ts';
import { addSshTarget, manageTargets } from '../flows/targets.ts';
import { train } from '../flows/train.ts';
import { buildTrainingSet, chooseDataset, exportTrainingSet, removeTrainingSet } from '../flows/trainingSets.ts';
import type { DatasetPanels } from '../panels/datasetPanel.ts';
import type { JobPanels } from '../panels/jobPanels.ts';
import { Failure } from '../platform/failure.ts';

/** Commands from samples to a model: training sets, targets, training, checkpoints. A started job's panel opens. */
export function trainingCommands(context: EditorContext, jobs: JobPanels, datasets: DatasetPanels) {
  const { projects } = context;
  const projectOf = (argument: unknown) =>
    asProjectNode(argument)?.project ?? projects.choose(argument instanceof vscode.Uri ? argument : undefined);
  const datasetOf = (argument: unknown) => {
    const node = asProjectNode(argument);
    return node?.kind === 'dataset' ? node.name : undefined;
  };
  const checkpointOf = (argument: unknown) => {
    const node = asProjectNode(argument);
    return node?.kind === 'checkpoint' ? node.checkpoint : undefined;
  };
  return {
    'smt.buildTrainingSet': async (argument: unknown) => {
      const project = await projectOf(argument);
      const run = await buildTrainingSet(context, project);
      if (run) jobs.open(project, run);
      return run;
    },
    'smt.openTrainingSets': async (argument: unknown) =>
      datasets.open(await projectOf(argument), datasetOf(argument) ?? null),
    'smt.exportTrainingSet': async (argument: unknown) => {
      const project = await projectOf(argument);
      const name = datasetOf(argument) ?? (await chooseDataset(context, project, vscode.l10n.t('Export Training Set')));
      return exportTrainingSet(context, project, name);
    },
    'smt.removeTrainingSet': async (argument: unknown) => {
      const name = datasetOf(argument);
      if (!name) throw new Failure(vscode.l10n.t('No training set is chosen.'));
      await removeTrainingSet(context, await projectOf(argument), name);
    },
    'smt.train': async (argument: unknown) => {
      const project = await projectOf(argument);
      const run = await train(context, project, datasetOf(argument));
      if (run) jobs.open(project, run);
      return run;
    },
    'smt.manageTargets': () => manageTargets(context),
    'smt.addSshTarget': () => addSshTarget(context),
    'smt.chatWithCheckpoint': async (argument: unknown) => {
      const project = await projectOf(argument);
      jobs.open(project, await chatWithCheckpoint(context, project, checkpointOf(argument)));
    },
    'smt.fetchCheckpoint': async (argument: unknown) =>
      fetchCheckpoint(context, await projectOf(argument), checkpointOf(argument)),
    'smt.deleteCheckpoint': async (argument: unknown) => {
      const checkpoint = checkpointOf(argument);
      if (!checkpoint) throw new Failure(vscode.l10n.t('No checkpoint is chosen.'));
      await deleteCheckpoint(context, await projectOf(argument), checkpoint);
    },
  };
}
