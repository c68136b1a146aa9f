import * as vscode from 'vscode';
import type { JobStatus } from '../../contract/events.ts';
import type { OpenProject } from '../project/openProject.ts';
import type { Projects } from '../project/projects.ts';
import { grouped, type JobGroup } from './jobGroups.ts';
import { isUnreachable, jobDescription, jobTooltip, kindLabel, stateLabel } from './jobText.ts';

export type JobNode =
  | { readonly kind: 'group'; readonly group: JobGroup; readonly open: boolean }
  | { readonly kind: 'job'; readonly project: OpenProject; readonly job: JobStatus }
  | { readonly kind: 'more'; readonly hidden: number };

const MOST_FINISHED = 25;

/** The *Jobs* view: a projection of run directories. Reloading, closing or updating the editor changes nothing. */
export class JobsTree implements vscode.TreeDataProvider<JobNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<JobNode | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];
  private all = false;
  private pending: NodeJS.Timeout | undefined;

  constructor(private readonly projects: Projects) {
    this.subscriptions = [
      projects.onDidChange(({ part }) => (part === 'jobs' || part === 'state') && this.redrawSoon()),
      projects.onDidChangeList(() => this.redrawSoon()),
    ];
  }

  showAll(): void {
    this.all = true;
    this.changed.fire(undefined);
  }

  async getChildren(node?: JobNode): Promise<JobNode[]> {
    const projects = await this.projects.all();
    const owner = new Map(projects.flatMap((project) => project.jobs.map((job) => [job, project] as const)));
    const groups = grouped([...owner.keys()]);
    if (!node) {
      const order: JobGroup[] = ['running', 'attention', 'finished'];
      const shown = order.filter((group) => groups[group].length > 0);
      return shown.map((group) => ({ kind: 'group', group, open: group !== 'finished' || shown.length === 1 }));
    }
    if (node.kind !== 'group') return [];
    const jobs = groups[node.group];
    const shown = node.group === 'finished' && !this.all ? jobs.slice(0, MOST_FINISHED) : jobs;
    const nodes: JobNode[] = shown.flatMap((job) => {
      const project = owner.get(job);
      return project ? [{ kind: 'job', project, job }] : [];
    });
    if (shown.length < jobs.length) nodes.push({ kind: 'more', hidden: jobs.length - shown.length });
    return nodes;
  }

  getTreeItem(node: JobNode): vscode.TreeItem {
    switch (node.kind) {
      case 'group':
        return groupItem(node.group, node.open);
      case 'job':
        return jobItem(node.job, node.project);
      case 'more': {
        const item = new vscode.TreeItem(vscode.l10n.t('Show all ({0} more)', node.hidden));
        item.command = { command: 'smt.showAllJobs', title: vscode.l10n.t('Show All Jobs') };
        return item;
      }
    }
  }

  dispose(): void {
    clearTimeout(this.pending);
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }

  private redrawSoon(): void {
    this.pending ??= setTimeout(() => {
      this.pending = undefined;
      this.changed.fire(undefined);
    }, 250);
  }
}

function groupItem(group: JobGroup, expanded: boolean): vscode.TreeItem {
  const label = {
    running: vscode.l10n.t('Running'),
    attention: vscode.l10n.t('Needs attention'),
    finished: vscode.l10n.t('Finished'),
  }[group];
  const { Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(label, expanded ? Expanded : Collapsed);
  // Another id when it opens by itself: VS Code keeps what a person did to a known one.
  item.id = `group:${group}:${expanded}`;
  item.contextValue = `jobs.${group}`;
  return item;
}

/** What a job does; shown while nothing about its state is more important. */
const kindIcons: Record<JobStatus['kind'], string> = {
  generate: 'beaker',
  index: 'search',
  mix: 'layers',
  train: 'flame',
  evaluate: 'checklist',
  experiment: 'graph-line',
  serve: 'comment-discussion',
};

const stateIcons: Record<JobStatus['state'], string | undefined> = {
  queued: 'clock',
  preparing: 'loading~spin',
  running: 'sync~spin',
  stopping: 'debug-pause',
  paused: 'debug-pause',
  succeeded: undefined,
  failed: 'error',
  cancelled: 'circle-slash',
  lost: 'question',
};

/** A running, waiting or broken job shows its state; one that is over shows what it was. */
function iconOf(job: JobStatus): vscode.ThemeIcon {
  if (isUnreachable(job))
    return new vscode.ThemeIcon('debug-disconnect', new vscode.ThemeColor('list.warningForeground'));
  const attention = job.state === 'failed' || job.state === 'lost';
  return new vscode.ThemeIcon(
    stateIcons[job.state] ?? kindIcons[job.kind],
    attention ? new vscode.ThemeColor('list.errorForeground') : undefined,
  );
}

function jobItem(job: JobStatus, project: OpenProject): vscode.TreeItem {
  const item = new vscode.TreeItem(job.title);
  item.id = `${project.path}:${job.run}`;
  item.contextValue = `job.${job.kind}.${job.state}`;
  item.iconPath = iconOf(job);
  item.description = jobDescription(job);
  item.tooltip = jobTooltip(job);
  item.accessibilityInformation = {
    label: `${job.title}, ${kindLabel(job.kind)}, ${stateLabel(job)}, ${item.description}`,
  };
  item.command = {
    command: 'smt.openJob',
    title: vscode.l10n.t('Open Job'),
    arguments: [{ kind: 'job', project, job }],
  };
  return item;
}
