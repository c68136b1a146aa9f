import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import type { TaughtBy } from '../../../src/contract/results.ts';
import { ResultsPage } from '../../../src/contract/resultsRpc.ts';
import type { Sample } from '../../../src/contract/sample.ts';
import { icon } from '../../icons.ts';
import { valueIn } from '../../resource.ts';
import { shared } from '../../styles.ts';
import { plural } from '../state/wording.ts';
import { ViewElement } from './viewElement.ts';

/** Which samples taught this? And where none covers the passage: rewrites of it, without the question. */
@customElement('smt-taught-by')
export class TaughtByPane extends ViewElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        margin: 18px 0 0;
      }
      h3 {
        margin: 0 0 4px;
        font-size: 1em;
        font-weight: 600;
      }
      p {
        margin: 0 0 6px;
        line-height: 1.45;
      }
      li {
        padding: 3px 0;
        border-bottom: 1px solid var(--line);
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        margin: 8px 0 0;
      }
    `,
  ];

  override render(): TemplateResult {
    const { view } = this;
    const taught = valueIn(view.taught);
    return html`<section aria-label="Which samples taught this?">
      <h3>Which samples taught this?</h3>
      ${
        taught
          ? this.samples(taught)
          : view.taught.status === 'failed'
            ? html`<p>${view.taught.failure.message}</p>`
            : html`<p class="muted" role="status">Looking for samples of the same passage…</p>`
      }
    </section>`;
  }

  private samples(taught: TaughtBy): TemplateResult {
    const { view } = this;
    const question = view.ui.question ?? '';
    return html`<p>${meaning(taught)}</p>
      ${taught.samples.length > 0 ? html`<ul>${taught.samples.slice(0, 8).map((sample) => this.sample(sample))}</ul>` : nothing}
      <div class="actions">
        ${
          taught.total > 0
            ? html`<ui-button
              appearance="secondary"
              @click=${() => void view.attempt(() => view.ask(ResultsPage.openSamples, { question }))}
              >Show in the Samples panel</ui-button
            >`
            : nothing
        }
        ${
          taught.passage
            ? html`<ui-button
              ?disabled=${!view.trusted}
              title="From the passage only: the evaluation question never enters a prompt"
              @click=${() => void view.generateForPassage(question)}
              >Generate focal rewrites for this ${taught.basis === 'passage' ? 'passage' : 'document'}…</ui-button
            >`
            : nothing
        }
      </div>`;
  }

  private sample(sample: Sample): TemplateResult {
    return html`<li>
      <span class="muted">${sample.method}</span>
      <span class="untrusted">${(sample.question ?? sample.text ?? '').slice(0, 220)}</span>
      ${sample.stale ? html`<span class="mark warn">${icon('warning', 12)}stale</span>` : nothing}
    </li>`;
  }
}

function meaning({ basis, total }: TaughtBy): string {
  switch (basis) {
    case 'passage':
      return total === 0
        ? 'None covers it: no accepted sample comes from the passage that holds this answer.'
        : `${plural(total, 'accepted sample')} come from the passage that holds this answer.`;
    case 'document':
      return total === 0
        ? 'No accepted sample comes from this document.'
        : `${plural(total, 'accepted sample')} of the same document; which of them cover the passage is not known.`;
    case 'unknown':
      return 'It is not known which document holds this answer, so no sample can be pointed at.';
  }
}
