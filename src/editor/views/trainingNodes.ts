import * as vscode from 'vscode';
import type { DatasetManifest } from '../../contract/dataset.ts';
import type { Checkpoint } from '../../contract/training.ts';
import type { OpenProject } from '../project/openProject.ts';
import { bytes, count } from './figures.ts';
import { partLabel } from './partLabel.ts';

/** Lines of the *Project* view from samples to a model: training sets and checkpoints. */
export type TrainingNode =
  | { readonly kind: 'datasets' }
  | { readonly kind: 'dataset'; readonly name: string }
  /** A folder of .smt/datasets that cannot be read. */
  | { readonly kind: 'badDataset'; readonly name: string; readonly message: string }
  | { readonly kind: 'checkpoints' }
  | { readonly kind: 'checkpoint'; readonly checkpoint: Checkpoint };

const NONE = vscode.TreeItemCollapsibleState.None;
const CLOSED = vscode.TreeItemCollapsibleState.Collapsed;
const OPEN = vscode.TreeItemCollapsibleState.Expanded;
/** Intermediate checkpoints of many runs would bury the rest; all are in their run's panel. */
const MOST_CHECKPOINTS = 50;

/** The lines under a section; `undefined` where the line has none of ours. */
export function trainingChildren(node: TrainingNode, project: OpenProject): TrainingNode[] {
  switch (node.kind) {
    case 'datasets':
      return [
        ...(project.datasets?.datasets ?? []).map(({ name }) => ({ kind: 'dataset' as const, name })),
        ...(project.datasets?.problems ?? []).map((problem) => ({ kind: 'badDataset' as const, ...problem })),
      ];
    case 'checkpoints':
      return [...project.checkpoints]
        .sort((one, other) => Number(other.final) - Number(one.final) || other.bytes - one.bytes)
        .slice(0, MOST_CHECKPOINTS)
        .map((checkpoint) => ({ kind: 'checkpoint' as const, checkpoint }));
    case 'dataset':
    case 'badDataset':
    case 'checkpoint':
      return [];
  }
}

export function trainingItem(node: TrainingNode, project: OpenProject): vscode.TreeItem {
  switch (node.kind) {
    case 'datasets':
      return datasetsItem(project);
    case 'dataset':
      return datasetItem(node.name, project);
    case 'badDataset': {
      const item = new vscode.TreeItem(node.name, NONE);
      item.id = `${project.path}:dataset:${node.name}`;
      item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
      item.contextValue = 'badDataset';
      item.description = node.message;
      item.tooltip = node.message;
      return item;
    }
    case 'checkpoints':
      return checkpointsItem(project);
    case 'checkpoint':
      return checkpointItem(node.checkpoint, project);
  }
}

function datasetsItem(project: OpenProject): vscode.TreeItem {
  const sets = project.datasets?.datasets.length ?? 0;
  const item = new vscode.TreeItem(vscode.l10n.t('Training sets'), sets > 0 ? OPEN : NONE);
  item.id = `${project.path}:datasets:${sets > 0}`;
  item.iconPath = new vscode.ThemeIcon('layers');
  item.contextValue = 'datasets';
  item.description = sets > 0 ? String(sets) : vscode.l10n.t('none yet');
  item.tooltip = vscode.l10n.t('Accepted samples, mixed to the token, that a model is trained on');
  return item;
}

function datasetItem(name: string, project: OpenProject): vscode.TreeItem {
  const item = new vscode.TreeItem(name, NONE);
  item.id = `${project.path}:dataset:${name}`;
  item.iconPath = new vscode.ThemeIcon('package');
  item.contextValue = 'dataset';
  const manifest = project.datasets?.datasets.find((entry) => entry.name === name);
  if (manifest) {
    item.description = shares(manifest);
    item.tooltip = [name, shares(manifest), manifest.student, manifest.hash].join('\n');
  }
  item.command = {
    command: 'smt.openTrainingSets',
    title: vscode.l10n.t('Open Training Set'),
    arguments: [{ kind: 'dataset', project, name }],
  };
  return item;
}

/** `29,000 tokens · QA 50 % · documents 50 %`. */
function shares({ train, parts, toy }: DatasetManifest): string {
  const language = vscode.env.language;
  return [
    vscode.l10n.t('{0} tokens', count(train.tokens, language)),
    ...parts.map(({ label, achieved }) => `${partLabel(label)} ${Math.round(achieved * 100)} %`),
    toy ? vscode.l10n.t('of the built-in model') : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

function checkpointsItem(project: OpenProject): vscode.TreeItem {
  const { checkpoints } = project;
  const total = checkpoints.reduce((sum, one) => sum + one.bytes, 0);
  const item = new vscode.TreeItem(vscode.l10n.t('Models'), checkpoints.length > 0 ? CLOSED : NONE);
  item.id = `${project.path}:checkpoints:${checkpoints.length > 0}`;
  item.iconPath = new vscode.ThemeIcon('chip');
  item.contextValue = 'checkpoints';
  item.description =
    checkpoints.length > 0
      ? vscode.l10n.t('{0} checkpoints · {1}', checkpoints.length, bytes(total))
      : vscode.l10n.t('none yet');
  return item;
}

function checkpointItem(checkpoint: Checkpoint, project: OpenProject): vscode.TreeItem {
  const { run, step, final, dataset, target, path, local_path, model } = checkpoint;
  const label = final ? vscode.l10n.t('{0} on {1}', model, dataset) : vscode.l10n.t('Step {0} on {1}', step, dataset);
  const item = new vscode.TreeItem(label, NONE);
  item.id = `${project.path}:checkpoint:${run}:${step}:${final}`;
  item.iconPath = new vscode.ThemeIcon(final ? 'verified-filled' : 'bookmark');
  const elsewhere = local_path === null;
  item.contextValue = ['checkpoint', final ? 'final' : '', elsewhere ? 'elsewhere' : ''].filter(Boolean).join('.');
  item.description = [
    bytes(checkpoint.bytes),
    target === 'local' ? '' : elsewhere ? target : vscode.l10n.t('{0}, fetched', target),
  ]
    .filter(Boolean)
    .join(' · ');
  item.tooltip = [label, run, local_path ?? `${target}: ${path}`].join('\n');
  item.command = {
    command: 'smt.openJob',
    title: vscode.l10n.t('Open Run'),
    arguments: [{ kind: 'job', project, job: { run } }],
  };
  return item;
}
