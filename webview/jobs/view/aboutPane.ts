import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import type { RunSnapshot } from '../../../src/contract/trainingRpc.ts';
import { shared } from '../../styles.ts';
import { count } from '../state/wording.ts';
import { sections } from './sections.ts';
import { ViewElement } from './viewElement.ts';

/** What exactly was trained on what, with which settings, on which machine: enough to do it again. */
@customElement('smt-run-about')
export class AboutPane extends ViewElement {
  static override styles = [
    shared,
    sections,
    css`
      :host {
        display: block;
      }
      .columns {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr));
        gap: 12px 28px;
      }
      h3 {
        margin-bottom: 4px;
        color: var(--muted);
        font-size: 11px;
      }
    `,
  ];

  override render(): TemplateResult | typeof nothing {
    const { snapshot } = this.view;
    if (!snapshot) return nothing;
    return html`<section aria-labelledby="about">
      <h2 id="about">What ran</h2>
      <div class="columns">${this.data(snapshot)}${this.settings(snapshot)}${this.machine(snapshot)}</div>
    </section>`;
  }

  private data({ training }: RunSnapshot): TemplateResult | typeof nothing {
    if (!training) return nothing;
    const { dataset, dataset_hash, dataset_there, model, revision, rows, tokens } = training;
    return html`<div>
      <h3>Data set and model</h3>
      <dl class="facts">
        <dt>Data set</dt>
        <dd>
          ${
            dataset_there
              ? html`<button class="link" @click=${() => void this.view.act('dataset')}>${dataset}</button>`
              : html`${dataset} <span class="muted">(changed or removed since)</span>`
          }
        </dd>
        <dt>Hash</dt>
        <dd><code>${dataset_hash}</code></dd>
        <dt>Rows</dt>
        <dd class="numbers">${count(rows)} rows, ${count(tokens)} tokens</dd>
        <dt>Model</dt>
        <dd>${model}${revision ? html` <code>${revision}</code>` : nothing}</dd>
      </dl>
    </div>`;
  }

  private settings({ training }: RunSnapshot): TemplateResult | typeof nothing {
    if (!training) return nothing;
    const entries = Object.entries(training.settings).filter(([, value]) => value !== undefined);
    return html`<div>
      <h3>Settings (smt.yaml, training)</h3>
      <dl class="facts">
        ${entries.map(([key, value]) => html`<dt>${key}</dt><dd class="numbers">${typeof value === 'object' ? JSON.stringify(value) : String(value)}</dd>`)}
      </dl>
    </div>`;
  }

  private machine({ run, status, gpus, versions }: RunSnapshot): TemplateResult {
    return html`<div>
      <h3>Machine</h3>
      <dl class="facts">
        <dt>Run</dt>
        <dd><code>${run}</code></dd>
        <dt>Target</dt>
        <dd>${status.target ?? 'local'}</dd>
        <dt>Host</dt>
        <dd>${status.host || 'not known yet'}</dd>
        <dt>GPUs</dt>
        <dd>
          ${gpus.length === 0 ? 'none' : gpus.map(({ name, mem_mib }) => `${name} (${count(Math.round(mem_mib / 1024))} GiB)`).join(', ')}
        </dd>
        ${Object.entries(versions).map(([name, version]) => html`<dt>${name}</dt><dd>${version}</dd>`)}
      </dl>
    </div>`;
  }
}
