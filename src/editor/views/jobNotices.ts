import * as vscode from 'vscode';
import type { JobStatus } from '../../contract/events.ts';
import type { EditorContext } from '../editorContext.ts';
import type { JobPanels } from '../panels/jobPanels.ts';
import type { SamplesPanels } from '../panels/samplesPanel.ts';
import type { OpenProject } from '../project/openProject.ts';
import { groupOf } from './jobGroups.ts';
import { jobDescription } from './jobText.ts';

/**
 * Tells when a job that was seen running ends or needs a person, and only if that cannot be seen already: not while
 * its panel or the Jobs view is visible. Never takes the focus.
 */
export class JobNotices implements vscode.Disposable {
  private readonly running = new Set<string>();
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly context: EditorContext,
    private readonly panels: SamplesPanels,
    private readonly jobPanels: JobPanels,
  ) {
    this.subscription = context.projects.onDidChange(({ part, project }) => part === 'jobs' && this.look(project));
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private look(project: OpenProject): void {
    for (const job of project.jobs) {
      const key = `${project.path}:${job.run}`;
      if (groupOf(job) === 'running') this.running.add(key);
      else if (this.running.delete(key)) this.tell(project, job);
    }
  }

  private tell(project: OpenProject, job: JobStatus): void {
    const { shell } = this.context;
    shell.log.info(`job ${job.run}: ${jobDescription(job)}`);
    if (groupOf(job) === 'attention') {
      const open = vscode.l10n.t('Show Jobs');
      const showLog = vscode.l10n.t('Show Log');
      if (shell.jobsView.visible || this.jobPanels.visible(project, job.run)) return;
      const reason = job.paused?.message ?? job.message ?? jobDescription(job);
      void shell.dialogs.tell('warning', `${job.title}: ${reason}`, open, showLog).then((chosen) => {
        if (chosen === open) void vscode.commands.executeCommand('smt.jobs.focus');
        else if (chosen === showLog)
          void vscode.commands.executeCommand('smt.openJobLog', { kind: 'job', project, job });
      });
      return;
    }
    const seen = job.kind === 'generate' ? this.panels.visible(project) : this.jobPanels.visible(project, job.run);
    // A serving job that ends was stopped with its chat; nobody waits for it.
    if (job.state !== 'succeeded' || job.kind === 'serve' || seen || shell.jobsView.visible) return;
    const view =
      job.kind === 'generate'
        ? vscode.l10n.t('View Samples')
        : job.kind === 'mix'
          ? vscode.l10n.t('View Training Sets')
          : vscode.l10n.t('View Job');
    void shell.dialogs.tell('info', `${job.title}: ${jobDescription(job)}`, view).then((chosen) => {
      if (chosen !== view) return;
      if (job.kind === 'mix') void vscode.commands.executeCommand('smt.openTrainingSets', { kind: 'project', project });
      else void vscode.commands.executeCommand('smt.openJob', { kind: 'job', project, job });
    });
  }
}
