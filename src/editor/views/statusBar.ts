import * as vscode from 'vscode';
import type { Projects } from '../project/projects.ts';
import { duration, rate } from './figures.ts';
import { groupOf } from './jobGroups.ts';
import { isUnreachable, jobTooltip } from './jobText.ts';

/** One status bar item while a job runs; it opens the Jobs view. */
export class JobStatusBar implements vscode.Disposable {
  private readonly bar = vscode.window.createStatusBarItem('smt.job', vscode.StatusBarAlignment.Left, 10);
  private readonly subscription: vscode.Disposable;

  constructor(private readonly projects: Projects) {
    this.bar.name = vscode.l10n.t('Synthetic Mixed Training');
    this.bar.command = 'smt.jobs.focus';
    this.subscription = projects.onDidChange(({ part }) => part === 'jobs' && this.draw());
  }

  dispose(): void {
    this.subscription.dispose();
    this.bar.dispose();
  }

  private draw(): void {
    const running = this.projects
      .known()
      .flatMap(({ jobs }) => jobs)
      .filter((job) => groupOf(job) === 'running');
    const [job] = running;
    if (!job) {
      this.bar.hide();
      return;
    }
    const { progress } = job;
    const share =
      progress && progress.total !== null && progress.total > 0
        ? `${Math.floor((100 * progress.done) / progress.total)} %`
        : progress
          ? String(progress.done)
          : job.phase;
    const speed = progress?.rate ? ` · ${vscode.l10n.t('{0}/s', rate(progress.rate))}` : '';
    const left = progress?.eta_s ? ` · ${vscode.l10n.t('{0} left', duration(progress.eta_s))}` : '';
    const more = running.length > 1 ? ` (+${running.length - 1})` : '';
    const icon = isUnreachable(job) ? '$(debug-disconnect)' : '$(sync~spin)';
    this.bar.text = `${icon} ${job.title}${more}: ${share}${speed}${left}`;
    this.bar.tooltip = jobTooltip(job);
    this.bar.show();
  }
}
