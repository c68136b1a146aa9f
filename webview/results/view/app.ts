import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement, query } from 'lit/decorators.js';
import type { JobStatus } from '../../../src/contract/events.ts';
import { ResultsPage } from '../../../src/contract/resultsRpc.ts';
import { emptyState, emptyStateStyles, failedState, loadingState } from '../../emptyState.ts';
import { icon } from '../../icons.ts';
import { dismissButton, pageFrame, problemFoot, titled } from '../../pageFrame.ts';
import '../../samples/view/split.ts';
import { shared } from '../../styles.ts';
import { Tab } from '../state/uiState.ts';
import { count, plural } from '../state/wording.ts';
import './answersPane.ts';
import './breakdownPane.ts';
import './importedPane.ts';
import './verdictPane.ts';
import { ViewElement } from './viewElement.ts';

const TABS: Record<Tab, string> = { verdict: 'Verdict', breakdown: 'By document and type', answers: 'Answers' };
const LIVE = new Set<JobStatus['state']>(['queued', 'preparing', 'running', 'stopping']);

/** The whole page: header with exports, the running evaluation, and one of three tabs. */
@customElement('smt-results')
export class ResultsApp extends ViewElement {
  static override styles = [
    shared,
    pageFrame,
    emptyStateStyles,
    css`
      .head,
      .job {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 10px;
        align-items: center;
        padding: 6px 10px;
        border-bottom: 1px solid var(--line);
      }
      h1 {
        font-size: 1.15em;
        font-weight: 600;
      }
      .tabs {
        display: flex;
        gap: 2px;
        padding: 0 10px;
        border-bottom: 1px solid var(--line);
      }
      .tabs button {
        padding: 6px 10px;
        border: 0;
        border-bottom: 2px solid transparent;
        background: none;
        color: var(--vscode-panelTitle-inactiveForeground, inherit);
        font: inherit;
        cursor: pointer;
      }
      .tabs button[aria-selected='true'] {
        border-bottom-color: var(--vscode-panelTitle-activeBorder, currentColor);
        color: var(--vscode-panelTitle-activeForeground, inherit);
      }
      .pane {
        display: flex;
        flex: 1 1 auto;
        flex-direction: column;
        min-height: 0;
      }
      .pane > * {
        flex: 1 1 auto;
        min-height: 0;
      }
      .job {
        background: var(--vscode-editorWidget-background, transparent);
      }
      .job progress {
        width: 160px;
        height: 6px;
        accent-color: var(--vscode-progressBar-background);
      }
    `,
  ];

  @query('[role="tab"][aria-selected="true"]') private selectedTab!: HTMLElement | null;

  override render(): TemplateResult {
    const { view } = this;
    const { session } = view;
    if (session.status === 'failed')
      return titled(
        'Results',
        failedState(
          'The results of this project could not be opened',
          session.failure,
          () => void view.start(),
          () => void view.attempt(() => view.ask(ResultsPage.showLog, null)),
        ),
      );
    if (!view.init || !view.summary) return titled('Results', loadingState('Reading the evaluations…'));
    return html`${this.head()} ${this.running()}
      ${view.summary.cells.length === 0 ? this.nothing() : this.content()}
      ${
        view.summary.cells.length === 0 && view.summary.imported.length > 0
          ? html`<smt-imported .view=${view} tabindex="0"></smt-imported>`
          : nothing
      }
      ${this.foot()}
      <div class="hidden-text" role="status" aria-live="polite">${view.announcement}</div>`;
  }

  private head(): TemplateResult {
    const { view } = this;
    const { summary } = view;
    return html`<div class="head">
      <h1>Results</h1>
      <span class="muted ellipsis grow" title=${view.init?.project ?? ''}
        >${view.init?.name}${summary && summary.answers > 0 ? `, ${plural(summary.answers, 'answer')} to ${plural(summary.questions, 'question')}` : ''}</span
      >
      ${
        view.trusted
          ? html`<button
              class="plain"
              title="Figures from logs of lm-evaluation-harness or Inspect, beside these"
              @click=${() => void view.tell(() => view.ask(ResultsPage.importLogs, null))}
            >
              Import…
            </button>`
          : nothing
      }
      <button
        class="plain"
        ?disabled=${summary?.cells.length === 0 && summary.imported.length === 0}
        title="The report as a web page, Markdown, CSV, JSON, or files of lm-evaluation-harness"
        @click=${() => void view.tell(() => view.ask(ResultsPage.export, null))}
      >
        Export…
      </button>
    </div>`;
  }

  private running(): TemplateResult | typeof nothing {
    const { view } = this;
    const jobs = view.jobs.filter((job) => job.kind === 'evaluate' && LIVE.has(job.state));
    if (jobs.length === 0) return nothing;
    return html`${jobs.map(
      ({ run, title, state, progress, phase }) =>
        html`<section class="job" aria-label="Evaluation ${title}">
          <strong class="ellipsis">${title}</strong><span>${state === 'running' ? phase : state}</span>
          ${
            progress
              ? html`<progress aria-label="Progress" .value=${progress.done} max=${Math.max(1, progress.total ?? 1)}></progress>
                <span class="muted numbers">${count(progress.done)}${progress.total === null ? '' : ` of ${count(progress.total)}`}</span>`
              : nothing
          }
          <span class="muted grow">Figures are of the answers so far; their intervals say how sure.</span>
          ${
            state === 'stopping'
              ? nothing
              : html`<button
                class="plain"
                ?disabled=${!view.trusted}
                title="Stop; answers are kept and it can be resumed"
                @click=${() => void view.attempt(() => view.ask(ResultsPage.stopJob, { run }))}
              >
                ${icon('stop')}Stop
              </button>`
          }
        </section>`,
    )}`;
  }

  private nothing(): TemplateResult {
    const { view } = this;
    const paused = view.jobs.find((job) => job.kind === 'evaluate' && job.state === 'paused');
    if (view.jobs.some((job) => job.kind === 'evaluate' && LIVE.has(job.state)))
      return emptyState('clock', 'The first answers are on their way', 'Cells appear here as soon as they have one.');
    if (paused?.paused) return emptyState('pause', 'The evaluation is paused', paused.paused.message);
    return emptyState(
      'target',
      'Nothing is evaluated yet',
      'An evaluation asks the questions of your benchmarks, closed-book and with retrieval, before and after training. It is a job that can be stopped and resumed, and no answer is paid twice.',
      view.trusted
        ? html`<ui-button @click=${() => void view.attempt(() => view.ask(ResultsPage.evaluate, null))}>Evaluate…</ui-button>`
        : html`<span class="muted">Trust this workspace to evaluate.</span>`,
    );
  }

  private content(): TemplateResult {
    const { view } = this;
    const { tab } = view.ui;
    return html`<div class="tabs" role="tablist" aria-label="Views of the results" @keydown=${this.key}>
        ${Tab.options.map(
          (one) =>
            html`<button
              role="tab"
              id="tab-${one}"
              aria-selected=${one === tab ? 'true' : 'false'}
              aria-controls="pane"
              tabindex=${one === tab ? 0 : -1}
              @click=${() => view.show(one)}
            >
              ${TABS[one]}
            </button>`,
        )}
      </div>
      <div class="pane" id="pane" role="tabpanel" aria-labelledby="tab-${tab}">${this.pane(tab)}</div>`;
  }

  private pane(tab: Tab): TemplateResult {
    const { view } = this;
    switch (tab) {
      case 'verdict':
        return html`<smt-verdict .view=${view} tabindex="0"></smt-verdict>`;
      case 'breakdown':
        return html`<smt-breakdown .view=${view} tabindex="0"></smt-breakdown>`;
      case 'answers':
        return html`<smt-answers .view=${view}></smt-answers>`;
    }
  }

  private readonly key = (event: KeyboardEvent): void => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const at = Tab.options.indexOf(this.view.ui.tab);
    const next = Tab.options[(at + by + Tab.options.length) % Tab.options.length];
    if (next) this.view.show(next);
    void this.updateComplete.then(() => this.selectedTab?.focus());
  };

  private foot(): TemplateResult | typeof nothing {
    const { view } = this;
    const { notice } = view;
    if (!notice) return nothing;
    const dismiss = () => view.dismiss();
    return notice.tone === 'done'
      ? html`<div class="foot" role="status">${icon('check')}<span class="grow">${notice.text}</span>${dismissButton(dismiss)}</div>`
      : problemFoot(notice.failure, () => void view.attempt(() => view.ask(ResultsPage.showLog, null)), dismiss);
  }
}
