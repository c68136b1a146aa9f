import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import type { JobStatus } from '../../../src/contract/events.ts';
import type { RunAction } from '../../../src/contract/jobPanel.ts';
import { clock, figure } from '../../charts/index.ts';
import { type IconName, icon } from '../../icons.ts';
import { shared } from '../../styles.ts';
import { isLive, kindLabel, progressInWords, stateInWords } from '../state/wording.ts';
import { sections } from './sections.ts';
import { ViewElement } from './viewElement.ts';

/** Ages and unreachable times move on without a push. */
const REDRAW_MS = 15_000;

/** The run in a glance: what, where, how far, how fast, how long still, and what can be done with it. */
@customElement('smt-run-header')
export class RunHeader extends ViewElement {
  static override styles = [
    shared,
    sections,
    css`
      :host {
        display: block;
        padding: 8px 14px;
      }
      h1 {
        font-size: 1.2em;
        font-weight: 600;
      }
      .state {
        gap: 4px;
        font-size: 12px;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 2px;
        margin-inline-start: auto;
      }
      .message {
        margin-top: 4px;
        color: var(--muted);
        font-size: 12px;
        line-height: 1.5;
      }
    `,
  ];

  private timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.timer = setInterval(() => this.requestUpdate(), REDRAW_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  override render(): TemplateResult | typeof nothing {
    const { job } = this.view;
    if (!job) return nothing;
    const now = Date.now() / 1000;
    const { progress } = job;
    return html`<div class="bar">
        <h1 class="ellipsis">${job.title}</h1>
        <span class="badge">${kindLabel(job.kind)}</span>
        <span class=${`mark state ${toneOf(job)}`}>${icon(iconOf(job))}${stateInWords(job, now)}</span>
        <div class="actions">${this.actions(job)}</div>
      </div>
      <div class="bar muted numbers">
        ${
          progress?.total && isLive(job)
            ? html`<progress aria-label="Progress" .value=${progress.done} max=${progress.total}></progress>`
            : nothing
        }
        ${progress ? html`<span>${progressInWords(job)}</span>` : nothing}
        ${progress?.rate && isLive(job) ? html`<span>${figure(progress.rate)} ${progress.unit}s/s</span>` : nothing}
        ${progress?.eta_s != null && isLive(job) ? html`<span>${clock(progress.eta_s)} left</span>` : nothing}
        ${job.metrics?.loss !== undefined ? html`<span>loss ${figure(job.metrics.loss)}</span>` : nothing}
        ${job.metrics?.eval_loss !== undefined ? html`<span>eval_loss ${figure(job.metrics.eval_loss)}</span>` : nothing}
        <span>on ${job.target ?? 'local'}${job.host && job.host !== job.target ? ` (${job.host})` : ''}</span>
        ${job.ended && job.started ? html`<span>took ${clock(job.ended - job.started)}</span>` : nothing}
        ${job.attempt > 1 ? html`<span>attempt ${job.attempt}</span>` : nothing}
      </div>
      ${this.message(job)}`;
  }

  private message(job: JobStatus): TemplateResult | typeof nothing {
    const text = job.paused?.message ?? job.message;
    const unreachable =
      job.unreachable_since !== undefined && isLive(job)
        ? 'The target does not answer. The job goes on there; what it writes meanwhile is shown once it can be reached. '
        : '';
    return text || unreachable
      ? html`<p class="message untrusted" role="status">${unreachable}${text ?? ''}</p>`
      : nothing;
  }

  private actions(job: JobStatus): TemplateResult {
    const trusted = this.view.init?.trusted ?? false;
    const stoppable = job.state === 'queued' || job.state === 'preparing' || job.state === 'running';
    const resumable = ['paused', 'failed', 'lost', 'cancelled'].includes(job.state);
    const action = (label: string, picture: IconName, what: RunAction, title: string) =>
      html`<button class="plain" title=${title} @click=${() => void this.view.act(what)}>${icon(picture)}${label}</button>`;
    return html`${stoppable && trusted ? action('Stop', 'stop', 'stop', 'Stop after a checkpoint; it can be resumed') : nothing}
    ${resumable && trusted ? action('Resume', 'right', 'resume', 'Go on from the newest complete checkpoint') : nothing}
    ${!isLive(job) && trusted ? action('Run again', 'again', 'rerun', 'A new run with the same parameters') : nothing}
    ${action('Log', 'file', 'log', 'Events and output as a text document')}
    ${action('Run folder', 'open', 'folder', 'Where everything of this run lies')}`;
  }
}

function toneOf({ state, unreachable_since }: JobStatus): string {
  if (unreachable_since !== undefined) return 'warn';
  if (state === 'succeeded') return 'good';
  if (state === 'failed' || state === 'lost') return 'bad';
  return state === 'paused' ? 'warn' : '';
}

function iconOf({ state, unreachable_since }: JobStatus): IconName {
  if (unreachable_since !== undefined) return 'question';
  switch (state) {
    case 'queued':
    case 'preparing':
    case 'running':
      return 'clock';
    case 'stopping':
    case 'paused':
      return 'pause';
    case 'succeeded':
      return 'check';
    case 'failed':
      return 'cross';
    case 'cancelled':
      return 'stop';
    case 'lost':
      return 'warning';
  }
}
