import { css, html, nothing, svg, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { percentage } from '../../charts/index.ts';
import { count } from '../../jobs/state/wording.ts';
import { sections } from '../../jobs/view/sections.ts';
import { valueIn } from '../../resource.ts';
import { shared } from '../../styles.ts';
import { type Bar, coarser, furthestOff, partBars, shareBars } from '../state/shares.ts';
import { ViewElement } from './viewElement.ts';

const MOST_BARS = 12;

/** What the set is made of: asked against achieved by part, then by method, by document and by length of its rows. */
@customElement('smt-dataset-shares')
export class SharesPane extends ViewElement {
  static override styles = [
    shared,
    sections,
    css`
      :host {
        display: block;
      }
      .columns {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr));
        gap: 14px 30px;
      }
      h3 {
        margin-bottom: 4px;
        color: var(--muted);
        font-size: 11px;
      }
      .bars {
        display: grid;
        grid-template-columns: minmax(90px, max-content) minmax(50px, 1fr) minmax(0, max-content);
        gap: 4px 10px;
        align-items: center;
        font-size: 12px;
      }
      .bars .name {
        max-width: 190px;
      }
      .bars svg {
        width: 100%;
        height: 12px;
        border: 1px solid var(--vscode-contrastBorder, transparent);
        background: var(--vscode-scrollbarSlider-background);
      }
      .bars rect {
        fill: var(--vscode-charts-blue);
      }
      .bars line {
        stroke: var(--vscode-foreground);
        stroke-width: 2;
      }
      .note {
        margin-top: 6px;
        font-size: 12px;
      }
    `,
  ];

  @state() private all = false;

  override render(): TemplateResult | typeof nothing {
    const { manifest } = this.view;
    if (!manifest) return nothing;
    const parts = partBars(manifest);
    const methods = shareBars(manifest.by_method, (id) => this.view.methodLabel(id));
    const documents = shareBars(manifest.by_document, (id) => this.view.documentTitle(id));
    const off = furthestOff(parts);
    return html`<section aria-labelledby="shares">
      <h2 id="shares">What it is made of</h2>
      <div class="columns">
        <div>
          <h3>By kind: asked (line) and achieved (bar)</h3>
          ${this.bars(parts)}
          ${off === null ? nothing : html`<p class="note muted">No share is further than ${percentage(off)} from what was asked.</p>`}
        </div>
        <div><h3>By method</h3>${this.bars(methods)}</div>
        <div>
          <h3>By document</h3>
          ${this.bars(this.all ? documents : documents.slice(0, MOST_BARS))}
          ${
            documents.length > MOST_BARS
              ? html`<button
                  class="link"
                  @click=${() => {
                    this.all = !this.all;
                  }}
                >
                  ${this.all ? 'Show fewer' : `Show all ${count(documents.length)} documents`}
                </button>`
              : nothing
          }
        </div>
        <div><h3>Rows by length</h3>${this.lengths()}</div>
      </div>
    </section>`;
  }

  private bars(bars: readonly Bar[]): TemplateResult {
    const most = Math.max(...bars.map(({ share, asked }) => Math.max(share, asked ?? 0)), 0.01);
    return html`<div class="bars">
      ${bars.map(({ label, share, asked, tokens, rows }) => {
        const wanted = asked === null ? '' : `, asked ${percentage(asked)}`;
        return html`<span class="name ellipsis" title=${label}>${label}</span>
          <svg role="img" aria-label=${`${label}: ${percentage(share)}${wanted}`} viewBox="0 0 100 10" preserveAspectRatio="none">
            <rect width=${(share / most) * 100} height="10"></rect>
            ${asked === null ? nothing : askedLine((asked / most) * 100)}
          </svg>
          <span class="numbers">${percentage(share)}${wanted} · ${count(tokens)} tokens, ${count(rows)} rows</span>`;
      })}
    </div>`;
  }

  private lengths(): TemplateResult {
    const { lengths } = this.view;
    if (lengths.status === 'failed') return html`<p class="muted">${lengths.failure.message}</p>`;
    const all = valueIn(lengths);
    if (!all) return html`<p class="muted" role="status">Reading lengths…</p>`;
    const buckets = coarser(all, MOST_BARS);
    const most = Math.max(1, ...buckets.map(({ rows }) => rows));
    return html`<div class="bars">
      ${buckets.map(
        ({ from, to, rows }) => html`<span class="numbers">${count(from)}–${count(to - 1)} tokens</span>
          <svg role="img" aria-label=${`${rows} rows`} viewBox="0 0 100 10" preserveAspectRatio="none">
            <rect width=${(rows / most) * 100} height="10"></rect>
          </svg>
          <span class="numbers">${count(rows)} rows</span>`,
      )}
    </div>`;
  }
}

/** Where the bar should end, in percent of the width. */
function askedLine(at: number) {
  return svg`<line x1=${at} x2=${at} y1="0" y2="10" vector-effect="non-scaling-stroke" />`;
}
