import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import type { JobStatus } from '../../../src/contract/events.ts';
import type { IndexState } from '../../../src/contract/retrieval.ts';
import { icon } from '../../icons.ts';
import { count, duration, isLive, plural } from '../../samples/state/wording.ts';
import { shared } from '../../styles.ts';
import { ViewElement } from './viewElement.ts';

const PHASES: Readonly<Record<string, string>> = {
  setup: 'Setting up',
  read: 'Reading documents',
  split: 'Splitting into chunks',
  embed: 'Embedding chunks',
  index: 'Building the search index',
  measure: 'Measuring on the dev split',
};

/** What stands behind the search: the index, whether it fits the documents, and the job that builds it. */
@customElement('smt-index')
export class IndexStrip extends ViewElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
      }
      section {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 12px;
        align-items: center;
        min-height: 32px;
        padding: 4px 12px;
        border-bottom: 1px solid var(--line);
        background: var(--vscode-editorWidget-background, transparent);
      }
      progress {
        width: 160px;
        height: 6px;
        accent-color: var(--vscode-progressBar-background);
      }
      .end {
        margin-inline-start: auto;
      }
    `,
  ];

  override render(): TemplateResult | typeof nothing {
    const init = this.view.init;
    if (!init) return nothing;
    const { job } = init;
    return html`<section aria-label="Retrieval index">
      ${job && isLive(job) ? this.building(job) : this.standing(init.overview.state, job, init.trusted)}
    </section>`;
  }

  private building(job: JobStatus): TemplateResult {
    const { progress, phase, message } = job;
    const total = progress?.total ?? null;
    const words = [
      progress?.unit === 'chunk' && total !== null ? `${count(progress.done)} of ${count(total)} chunks` : undefined,
      progress?.rate
        ? `${progress.rate < 10 ? progress.rate.toFixed(1) : count(Math.round(progress.rate))} chunks/s`
        : undefined,
      progress?.eta_s ? `about ${duration(progress.eta_s)} left` : undefined,
    ].filter((part) => part !== undefined);
    return html`<strong>${PHASES[phase] ?? phase}</strong>
      ${
        progress && total
          ? html`<progress aria-label="Progress of the index" max=${total} .value=${progress.done}></progress>`
          : nothing
      }
      <span class="muted numbers">${words.join(' · ') || (message ?? '')}</span>
      <button
        class="plain end"
        ?disabled=${job.state === 'stopping'}
        title="Stop; chunks that are embedded stay, and building again goes on from there"
        @click=${() => void this.view.stop(job.run)}
      >
        ${icon('stop')}${job.state === 'stopping' ? 'Stopping…' : 'Stop'}
      </button>`;
  }

  private standing(state: IndexState, job: JobStatus | null, trusted: boolean): TemplateResult {
    const failed = job && (job.state === 'failed' || job.state === 'paused' || job.state === 'lost') ? job : undefined;
    const built =
      state.state === 'none'
        ? 'Nothing is indexed yet'
        : `${plural(state.chunks, 'chunk')} of ${plural(state.documents, 'document')}, ${state.embedder ?? 'full text only'}`;
    const fits = state.state === 'ready';
    return html`<span class="mark ${fits ? 'good' : 'warn'}">${icon(fits ? 'check' : 'warning')}</span>
      <span>${built}</span>
      ${state.reason && state.state !== 'none' ? html`<span class="muted">${state.reason}</span>` : nothing}
      ${
        failed
          ? html`<span class="muted">The last build ${failed.state === 'paused' ? 'paused' : 'failed'}: ${failed.message ?? 'no reason was left'}</span>
            <button class="link" @click=${() => void this.view.showLog()}>Show log</button>`
          : nothing
      }
      ${
        fits || state.state === 'none'
          ? nothing
          : html`<button class="plain end" ?disabled=${!trusted} @click=${() => void this.view.build()}>
            ${icon('again')}${state.state === 'partial' ? 'Go on building' : 'Bring up to date'}
          </button>`
      }`;
  }
}
