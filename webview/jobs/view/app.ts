import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { JobPanel } from '../../../src/contract/jobPanel.ts';
import { emptyState, emptyStateStyles, failedState, loadingState } from '../../emptyState.ts';
import { pageFrame, problemFoot, titled } from '../../pageFrame.ts';
import { shared } from '../../styles.ts';
import '../../charts/lineChart.ts';
import './aboutPane.ts';
import './chartsPane.ts';
import './chatPane.ts';
import './checkpointsPane.ts';
import './header.ts';
import './logPane.ts';
import { sections } from './sections.ts';
import { ViewElement } from './viewElement.ts';

/** The whole page of one run: glance, curves, what ran, checkpoints, phases and log. */
@customElement('smt-job')
export class JobApp extends ViewElement {
  static override styles = [
    shared,
    pageFrame,
    sections,
    emptyStateStyles,
    css`
      .parts {
        flex: 1 1 auto;
        min-height: 0;
        overflow: auto;
      }
    `,
  ];

  override render(): TemplateResult {
    const { view } = this;
    const { session, job } = view;
    if (session.status === 'failed')
      return titled(
        'Job',
        failedState(
          'This run cannot be shown',
          session.failure,
          () => void view.start(),
          () => void view.ask(JobPanel.showLog, null),
        ),
      );
    if (session.status !== 'ready') return titled('Job', loadingState('Loading the run…'));
    if (!job)
      return titled(
        'Job',
        emptyState(
          'question',
          'This run is no longer there',
          'Its run folder was removed. What it made outside of it, samples and training sets, is kept.',
        ),
      );
    const training = job.kind === 'train';
    return html`<smt-run-header .view=${view}></smt-run-header>
      <div class="parts">
        <smt-chat .view=${view}></smt-chat>
        ${training ? html`<smt-run-charts .view=${view}></smt-run-charts>` : nothing}
        <smt-run-checkpoints .view=${view}></smt-run-checkpoints>
        <smt-run-log .view=${view}></smt-run-log>
        <smt-run-about .view=${view}></smt-run-about>
      </div>
      ${this.foot()}`;
  }

  private foot(): TemplateResult | typeof nothing {
    const { view } = this;
    if (!view.problem) return nothing;
    return problemFoot(
      view.problem,
      () => void view.ask(JobPanel.showLog, null),
      () => view.dismissProblem(),
    );
  }
}
