import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import type { SampleCounts } from '../../../src/contract/samplesView.ts';
import { icon } from '../../icons.ts';
import { valueIn } from '../../resource.ts';
import { shared } from '../../styles.ts';
import { generate } from '../panel/decisions.ts';
import { isUnfiltered, toggled } from '../state/filter.ts';
import {
  behindTheLog,
  count,
  isLive,
  judgedBefore,
  plural,
  reasonLabel,
  reasonMeaning,
  short,
} from '../state/wording.ts';
import { PanelElement } from './panelElement.ts';

/** The counts as a sum that can be checked: total = accepted + rejected, rejected by reason, and per method. */
@customElement('smt-counts')
export class CountsBar extends PanelElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        font-size: 12px;
        line-height: 1.55;
      }
      .counts {
        padding: 5px 10px;
        border-bottom: 1px solid var(--line);
      }
      .sum,
      .methods {
        display: flex;
        flex-wrap: wrap;
        gap: 0 8px;
        align-items: baseline;
      }
      .part {
        white-space: nowrap;
      }
      .methods {
        gap: 0 16px;
      }
      strong {
        font-weight: 600;
      }
      .again {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 10px;
        align-items: center;
        padding: 4px 0;
      }
      .again span {
        flex: 1 1 40ch;
      }
      .all-rejected {
        color: var(--vscode-errorForeground);
      }
    `,
  ];

  override render(): TemplateResult | typeof nothing {
    const { panel } = this;
    const filtered = !isUnfiltered(panel.ui.filter);
    const whole = panel.counts;
    if (!whole || whole.total === 0) return nothing;
    const counts = filtered ? valueIn(panel.matching) : whole;
    if (filtered && panel.matching.status === 'failed')
      return html`<div class="counts muted">The counts of this filter could not be read: ${panel.matching.failure.message}</div>`;
    if (!counts) return html`<div class="counts muted">Counting…</div>`;
    return html`<div class="counts">
      <div class="sum numbers">
        <span class="part"
          ><strong>${plural(counts.total, 'sample')}</strong>${
            filtered ? html` <span class="muted">of ${count(whole.total)}</span>` : nothing
          }</span
        >
        <span class="part">= <strong>${count(counts.accepted)}</strong> accepted</span>
        <span class="part">+ <strong>${count(counts.rejected)}</strong> rejected</span>
        ${this.reasons(counts)}
        <span class="part muted">· ${count(counts.reviewed)} reviewed</span>
        ${counts.stale > 0 ? html`<span class="part muted">· ${count(counts.stale)} stale</span>` : nothing}
        ${panel.matching.status === 'stale' && filtered ? html`<span class="muted">· updating…</span>` : nothing}
      </div>
      <div class="methods numbers">
        ${counts.methods
          .filter((method) => method.accepted + method.rejected > 0)
          .map(
            (method) => html`<span class="part"
              ><button
                class="link"
                title="Show only ${method.label}"
                @click=${() => void panel.setFilter(toggled(panel.ui.filter, 'methods', method.method))}
              >${method.label}</button>
              ${count(method.accepted)}
              <span class="muted" title="${short(method.tokens)} tokens of training text"
                >+ ${count(method.rejected)} rejected</span
              ></span
            >`,
          )}
      </div>
      ${whole.behind ? this.again(behindTheLog(whole.behind)) : whole.outdated ? this.again(judgedBefore) : nothing}
      ${
        counts.total > 0 && counts.accepted === 0 && !filtered
          ? html`<div class="all-rejected">
            Every sample was rejected. Open one and compare its raw completion with the prompt: the reasons above say what is
            missing.
          </div>`
          : nothing
      }
    </div>`;
  }

  /** Why the list is not to be relied on, and the way to mend it; while a job runs, it is the one that mends it. */
  private again(why: string): TemplateResult {
    const { panel } = this;
    const offered = panel.trusted && !panel.jobs.some(isLive);
    return html`<div class="again" role="status">
      ${icon('warning')}<span>${why}</span>
      ${
        offered
          ? html`<ui-button appearance="secondary" @click=${() => void generate(panel, { what: 'rederive' })}
              >Make Samples Again</ui-button
            >`
          : nothing
      }
    </div>`;
  }

  private reasons(counts: SampleCounts): TemplateResult | typeof nothing {
    const reasons = Object.entries(counts.reasons)
      .filter(([, many]) => many > 0)
      .sort(([, a], [, b]) => b - a);
    if (reasons.length === 0) return nothing;
    return html`<span class="muted"
      >(${reasons.map(
        ([reason, many], at) =>
          html`${at > 0 ? ' + ' : ''}<span title=${reasonMeaning(reason)}
              >${count(many)} ${reasonLabel(reason).toLowerCase()}</span
            >`,
      )})</span
    >`;
  }
}
