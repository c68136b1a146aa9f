import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import type { JobStatus } from '../../../src/contract/events.ts';
import { icon } from '../../icons.ts';
import { shared } from '../../styles.ts';
import { showLog, stopJob } from '../panel/decisions.ts';
import { count, duration, isLive, money, pauseMeaning, plural, reasonsInWords, rejectedIn } from '../state/wording.ts';
import { PanelElement } from './panelElement.ts';

/** The running (or stopped) generation: how far, how fast, how long still, what it cost, what was rejected. */
@customElement('smt-jobs')
export class JobStrip extends PanelElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
      }
      .job {
        display: flex;
        flex-wrap: wrap;
        gap: 3px 12px;
        align-items: center;
        padding: 5px 10px;
        border-bottom: 1px solid var(--line);
        background: var(--vscode-editorWidget-background, transparent);
      }
      .title {
        font-weight: 600;
      }
      progress {
        flex: 1 1 90px;
        max-width: 240px;
        height: 4px;
        appearance: none;
        border: 1px solid var(--vscode-contrastBorder, transparent);
        background: var(--vscode-scrollbarSlider-background);
        border-radius: 2px;
        overflow: hidden;
      }
      progress::-webkit-progress-bar {
        background: transparent;
      }
      progress::-webkit-progress-value {
        background: var(--vscode-progressBar-background);
      }
      progress:indeterminate {
        opacity: 0.6;
      }
      .facts {
        display: flex;
        flex-wrap: wrap;
        gap: 0 12px;
        font-size: 12px;
      }
      .end {
        margin-inline-start: auto;
      }
    `,
  ];

  override render(): TemplateResult | typeof nothing {
    const jobs = this.panel.jobs.filter((job) => job.kind === 'generate');
    const live = jobs.filter(isLive);
    // What stopped by itself stays in sight until something runs again.
    const latest = [...jobs].sort((a, b) => b.created - a.created)[0];
    const stopped = latest && (latest.state === 'paused' || latest.state === 'failed' || latest.state === 'lost');
    const shown = live.length > 0 ? live : stopped ? [latest] : [];
    return shown.length === 0 ? nothing : html`${shown.map((job) => this.job(job))}`;
  }

  private job(job: JobStatus): TemplateResult {
    const { progress, counts } = job;
    const rejected = counts ? rejectedIn(counts) : 0;
    return html`<section class="job" aria-label="Generation ${job.title}">
      <span class="title ellipsis">${job.title}</span>
      <span>${this.stateInWords(job)}</span>
      ${
        progress && isLive(job)
          ? html`<progress
            aria-label="Progress"
            .value=${progress.total === null ? 0 : progress.done}
            max=${Math.max(1, progress.total ?? 1)}
          ></progress>`
          : nothing
      }
      <div class="facts muted numbers">
        ${
          progress
            ? html`<span
              >${count(progress.done)}${progress.total === null ? '' : html` of ${count(progress.total)}`}
              ${progress.unit}s</span
            >`
            : nothing
        }
        ${progress?.rate && isLive(job) ? html`<span>${progress.rate.toFixed(progress.rate < 10 ? 1 : 0)}/s</span>` : nothing}
        ${progress?.eta_s != null && isLive(job) ? html`<span>${duration(progress.eta_s)} left</span>` : nothing}
        ${
          counts
            ? html`<span title="${count(counts.input_tokens)} input and ${count(counts.output_tokens)} output tokens"
                >${
                  counts.cost === null
                    ? `${count(counts.input_tokens + counts.output_tokens)} tokens`
                    : money(counts.cost)
                }</span
              >
              ${counts.reused > 0 ? html`<span>${count(counts.reused)} not paid again</span>` : nothing}
              <span title=${reasonsInWords(counts.rejected)}
                >${plural(counts.accepted, 'sample')}, ${count(rejected)} rejected${
                  rejected > 0 ? ` (${reasonsInWords(counts.rejected)})` : ''
                }</span
              >`
            : nothing
        }
        ${
          job.paused
            ? html`<span
              >${job.paused.message}${
                job.paused.reasons.length > 0
                  ? ` (${job.paused.reasons.map(({ reason, count: many }) => `${many} × ${reason}`).join(', ')})`
                  : ''
              }</span
            >`
            : job.message && !isLive(job)
              ? html`<span>${job.message}</span>`
              : nothing
        }
      </div>
      <span class="end">
        ${
          job.state === 'running' || job.state === 'preparing' || job.state === 'queued'
            ? html`<button
              class="plain"
              title="Stop; what was made is kept, and it can be resumed"
              @click=${() => void stopJob(this.panel, job.run)}
            >
              ${icon('stop')}Stop
            </button>`
            : nothing
        }
        ${
          job.state === 'paused' || job.state === 'failed' || job.state === 'lost'
            ? html`<button class="plain" @click=${() => void showLog(this.panel)}>Show log</button>`
            : nothing
        }
      </span>
    </section>`;
  }

  private stateInWords(job: JobStatus): string {
    switch (job.state) {
      case 'queued':
        return 'Waiting';
      case 'preparing':
        return `Preparing: ${job.phase}`;
      case 'running':
        return job.phase === 'generate' ? 'Generating' : job.phase;
      case 'stopping':
        return 'Stopping…';
      case 'paused':
        return `Paused. ${job.paused ? pauseMeaning(job.paused.cause) : ''}`;
      case 'failed':
        return 'Failed';
      case 'lost':
        return 'Its process ended without a word. Resume it from the Jobs view.';
      case 'succeeded':
        return 'Done';
      case 'cancelled':
        return 'Stopped';
    }
  }
}
