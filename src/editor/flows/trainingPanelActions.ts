import * as vscode from 'vscode';
import { TrainingServer } from '../../contract/trainingRpc.ts';
import type { EditorContext } from '../editorContext.ts';
import type { DatasetActions, DatasetPanels } from '../panels/datasetPanel.ts';
import type { JobActions } from '../panels/jobPanel.ts';
import type { JobPanels } from '../panels/jobPanels.ts';
import type { SamplesPanels } from '../panels/samplesPanel.ts';
import type { OpenProject } from '../project/openProject.ts';
import { chatWithCheckpoint, deleteCheckpoint } from './checkpoints.ts';
import { fetchCheckpoint } from './fetchCheckpoint.ts';
import { retrievalActions } from './retrieval.ts';
import { revealFolder } from './revealFolder.ts';
import { train } from './train.ts';
import { buildTrainingSet, exportTrainingSet, removeTrainingSet } from './trainingSets.ts';

/** What the page of the dataset view may start. */
export function datasetActions(context: EditorContext, jobs: JobPanels, samples: SamplesPanels): DatasetActions {
  const opened = (project: OpenProject, run: string | undefined) => {
    if (run) jobs.open(project, run);
    return run !== undefined;
  };
  return {
    build: async (project) => opened(project, await buildTrainingSet(context, project)),
    train: async (project, name) => opened(project, await train(context, project, name)),
    export: (project, name, format) => exportTrainingSet(context, project, name, format),
    remove: (project, name) => removeTrainingSet(context, project, name),
    openSample: async (project, sample) => samples.open(project, { sample }),
    openFolder: async (project, name) => {
      await revealFolder(vscode.Uri.joinPath(project.folder, '.smt', 'datasets', name));
    },
  };
}

/** What the page of a Job panel may start. A run's own commands are those of the Jobs view. */
export function jobActions(context: EditorContext, jobs: JobPanels, datasets: DatasetPanels): JobActions {
  const commands = {
    stop: 'smt.stopJob',
    resume: 'smt.resumeJob',
    rerun: 'smt.rerunJob',
    log: 'smt.openJobLog',
    folder: 'smt.openRunFolder',
    panel: 'smt.openJob',
  } as const;
  return {
    retrieval: retrievalActions(context),
    async act(project, run, action) {
      if (action !== 'dataset') {
        await vscode.commands.executeCommand(commands[action], { kind: 'job', project, job: { run } });
        return;
      }
      const { training } = await context.server.ask(TrainingServer.runSnapshot, {
        project: project.path,
        run,
        points: 10,
      });
      datasets.open(project, training?.dataset ?? null);
    },
    async deleteCheckpoint(project, run, step) {
      await deleteCheckpoint(context, project, { run, step });
    },
    async fetchCheckpoint(project, run, step) {
      await fetchCheckpoint(context, project, { run, step });
    },
    async chat(project, run, step) {
      jobs.open(project, await chatWithCheckpoint(context, project, { run, step }));
    },
  };
}
