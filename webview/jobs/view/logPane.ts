import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { clock } from '../../charts/index.ts';
import { shared } from '../../styles.ts';
import { sections } from './sections.ts';
import { ViewElement } from './viewElement.ts';

/** What the job went through, and what it said last. */
@customElement('smt-run-log')
export class LogPane extends ViewElement {
  static override styles = [
    shared,
    sections,
    css`
      :host {
        display: block;
      }
      ol.phases {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 6px;
        margin-bottom: 8px;
        font-size: 12px;
      }
      ol.phases li {
        padding: 1px 8px;
        border: 1px solid var(--line);
        border-radius: 9px;
      }
      ol.phases .now {
        border-color: var(--vscode-focusBorder);
        font-weight: 600;
      }
      .log {
        max-height: 260px;
        padding: 6px 8px;
        border: 1px solid var(--line);
        font-family: var(--vscode-editor-font-family, monospace);
        font-size: 12px;
        line-height: 1.5;
      }
      .log time {
        color: var(--muted);
      }
      .log .level {
        font-weight: 600;
      }
    `,
  ];

  override render(): TemplateResult | typeof nothing {
    const { snapshot } = this.view;
    if (!snapshot) return nothing;
    const { phases, log, status } = snapshot;
    const now = Date.now() / 1000;
    const several = phases.some(({ attempt }) => attempt > 1);
    return html`<section aria-labelledby="log">
      <div class="bar">
        <h2 id="log">Phases and log</h2>
        <button class="link" @click=${() => void this.view.act('log')}>Open whole log</button>
      </div>
      ${
        phases.length === 0
          ? nothing
          : html`<ol class="phases" aria-label="Phases">
              ${phases.map(
                ({ attempt, name, started, ended }) =>
                  html`<li class=${ended === null && !status.ended ? 'now' : ''}>
                    ${several ? `${attempt}: ` : ''}${name}
                    <span class="muted numbers">${clock((ended ?? status.ended ?? now) - started)}</span>
                  </li>`,
              )}
            </ol>`
      }
      ${
        log.length === 0
          ? html`<p class="muted">Nothing was logged.</p>`
          : html`<div class="log scroll" tabindex="0" role="region" aria-label="Last lines of the log">
              ${log
                .slice(-200)
                .toReversed()
                .map(
                  ({ ts, level, msg, hint }) =>
                    html`<div>
                      <time datetime=${new Date(ts * 1000).toISOString()}>${new Date(ts * 1000).toLocaleTimeString()}</time>
                      ${level === 'warn' || level === 'error' ? html`<span class="level">${level}</span>` : nothing}
                      <span class="untrusted">${msg}${hint ? ` ${hint}` : ''}</span>
                    </div>`,
                )}
            </div>`
      }
    </section>`;
  }
}
