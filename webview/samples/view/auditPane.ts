import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import type { AuditReport, SampleLineage } from '../../../src/contract/samplesView.ts';
import { emptyState, emptyStateStyles, failedState, loadingState } from '../../emptyState.ts';
import { icon } from '../../icons.ts';
import { valueIn } from '../../resource.ts';
import { shared } from '../../styles.ts';
import { decide, showLog } from '../panel/decisions.ts';
import { rateInWords, tally } from '../state/audit.ts';
import { auditCommand } from '../state/keyboard.ts';
import { plural } from '../state/wording.ts';
import { PanelElement } from './panelElement.ts';
import { sampleMarks } from './sampleCard.ts';

/**
 * Samples one after the other, right or wrong, beside the passage they came from. Gives the error rate of each method
 * with its 95 % interval.
 */
@customElement('smt-audit')
export class AuditPane extends PanelElement {
  static override styles = [
    shared,
    emptyStateStyles,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-height: 0;
      }
      header,
      footer {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 12px;
        align-items: center;
        padding: 6px 14px;
        border-bottom: 1px solid var(--line);
      }
      footer {
        border-top: 1px solid var(--line);
        border-bottom: 0;
      }
      h2 {
        font-size: 1.1em;
        font-weight: 600;
      }
      .sample {
        flex: 1 1 auto;
        min-height: 0;
        overflow: auto;
        padding: 18px 22px;
        line-height: 1.55;
      }
      .column {
        max-width: 72ch;
        margin: 0 auto;
      }
      .question {
        margin: 8px 0 10px;
        font-size: 1.3em;
        font-weight: 600;
        line-height: 1.35;
      }
      .answer {
        margin-top: 12px;
        padding: 8px 12px;
        border-left: 3px solid var(--vscode-focusBorder);
        font-size: 1.1em;
      }
      .verdicts {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        justify-content: center;
        padding: 10px;
        border-top: 1px solid var(--line);
      }
      .verdicts [aria-pressed='true'] {
        outline: 2px solid var(--vscode-focusBorder);
        outline-offset: 1px;
      }
      kbd {
        margin-inline-start: 4px;
      }
      table {
        border-collapse: collapse;
        line-height: 1.5;
      }
      th,
      td {
        padding: 3px 16px 3px 0;
        text-align: start;
        font-weight: 400;
      }
      thead th {
        color: var(--muted);
        font-size: 11px;
      }
      .dots {
        display: flex;
        flex-wrap: wrap;
        gap: 2px;
        width: 100%;
      }
      .dot {
        flex: 1 1 3px;
        height: 5px;
        max-width: 12px;
        background: var(--vscode-scrollbarSlider-background);
      }
      .dot.right {
        background: var(--vscode-testing-iconPassed, var(--vscode-charts-green));
      }
      .dot.wrong {
        background: var(--vscode-testing-iconFailed, var(--vscode-charts-red));
        height: 9px;
        margin-top: -2px;
      }
      .dot.now {
        outline: 1px solid var(--vscode-focusBorder);
      }
      .summary {
        flex: 1 1 auto;
        overflow: auto;
        padding: 26px;
      }
      .summary .column > * + * {
        margin-top: 16px;
      }
    `,
  ];

  override render(): TemplateResult {
    const { audit } = this.panel;
    if (audit.report.status === 'failed')
      return failedState(
        'The audit could not go on',
        audit.report.failure,
        () => void audit.start(this.panel.ui.audit?.id, audit.at),
        () => void showLog(this.panel),
      );
    const report = valueIn(audit.report);
    if (!report) return loadingState('Drawing 50 samples at random…');
    if (report.samples.length === 0)
      return emptyState(
        'target',
        'Nothing to audit yet',
        'An audit draws from the accepted samples, and there are none.',
        html`<ui-button @click=${() => audit.close()}>Back to the samples</ui-button>`,
      );
    if (audit.at >= audit.samples.length) return this.summary(report);
    return html`${this.header(report)}${this.sample()}${this.verdicts()}${this.rates(report)}`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    super.updated(changed);
    const id = this.panel.audit.current;
    if (id !== null && id !== this.panel.inspected.sample) void this.panel.inspected.openSample(id);
    const lineage = valueIn(this.panel.inspected.lineage);
    if (lineage && lineage.sample.id === id && this.panel.inspected.document !== lineage.document.id)
      void this.panel.inspected.openDocument(lineage.document.id);
  }

  /** Keys of the audit, wherever the focus is. Returns whether the key was one. */
  press(event: KeyboardEvent): boolean {
    const { audit } = this.panel;
    switch (auditCommand(event)) {
      case 'right':
        this.judge(true);
        return true;
      case 'wrong':
        this.judge(false);
        return true;
      case 'back':
        audit.move(-1);
        return true;
      case 'skip':
        audit.move(1);
        return true;
      case 'leave':
        audit.close();
        return true;
      default:
        return false;
    }
  }

  private judge(right: boolean): void {
    // Not before the sample itself is on the screen: a verdict on something unread is worth nothing.
    if (this.shown()) void this.panel.audit.judge(right);
  }

  private shown(): SampleLineage | undefined {
    const lineage = valueIn(this.panel.inspected.lineage);
    return lineage && lineage.sample.id === this.panel.audit.current ? lineage : undefined;
  }

  private header(report: AuditReport): TemplateResult {
    const { audit } = this.panel;
    const { judged, wrong } = tally(audit.samples, audit.at);
    return html`<header>
      <h2>Audit</h2>
      <span class="numbers">${audit.at + 1} of ${report.samples.length}</span>
      <span class="muted numbers grow">${judged} judged, ${wrong} wrong</span>
      <button class="plain" @click=${() => audit.close()}>${icon('cross')}Leave</button>
      <div class="dots" aria-hidden="true">
        ${audit.samples.map(
          (one, at) => html`<span
            class="dot ${one.right === null ? '' : one.right ? 'right' : 'wrong'} ${at === audit.at ? 'now' : ''}"
          ></span>`,
        )}
      </div>
    </header>`;
  }

  private sample(): TemplateResult {
    const { lineage } = this.panel.inspected;
    if (lineage.status === 'failed')
      return failedState('This sample could not be opened', lineage.failure, () => this.panel.inspected.refresh());
    const shown = this.shown();
    if (!shown) return html`<div class="sample">${loadingState('Loading the sample…')}</div>`;
    const { sample } = shown;
    return html`<div class="sample" tabindex="0" role="region" aria-label="Sample to judge">
      <div class="column">
        <span class="badge">${this.panel.methodLabel(sample.method)}</span> ${sampleMarks(sample)}
        ${
          sample.kind === 'qa'
            ? html`<p class="question untrusted">${sample.question}</p>
              ${sample.explanation ? html`<p class="untrusted">${sample.explanation}</p>` : nothing}
              <p class="answer untrusted"><span class="hidden-text">Answer: </span>${sample.answer}</p>`
            : html`${sample.query_text ? html`<p class="question untrusted">${sample.query_text}</p>` : nothing}
              ${sample.strategy ? html`<p class="muted untrusted">${sample.strategy}</p>` : nothing}
              <p class="untrusted">${sample.text}</p>`
        }
      </div>
    </div>`;
  }

  private verdicts(): TemplateResult {
    const { audit } = this.panel;
    const given = audit.samples[audit.at]?.right ?? null;
    return html`<div class="verdicts">
      <ui-button appearance="secondary" ?disabled=${audit.at === 0} @click=${() => audit.move(-1)}>Back <kbd>b</kbd></ui-button>
      <ui-button aria-pressed=${given === true ? 'true' : 'false'} @click=${() => this.judge(true)}>Right <kbd>y</kbd></ui-button>
      <ui-button aria-pressed=${given === false ? 'true' : 'false'} @click=${() => this.judge(false)}>Wrong <kbd>n</kbd></ui-button>
      <ui-button appearance="secondary" @click=${() => audit.move(1)}>Skip <kbd>s</kbd></ui-button>
    </div>`;
  }

  private rates(report: AuditReport): TemplateResult {
    return html`<footer class="numbers" aria-live="polite">
      <span class="label">Error rate (95 % interval)</span>
      ${report.methods.map(
        (method) => html`<span>${this.panel.methodLabel(method.method)}: ${rateInWords(method)}</span>`,
      )}
    </footer>`;
  }

  private summary(report: AuditReport): TemplateResult {
    const { audit } = this.panel;
    const { judged, wrong, skipped } = tally(audit.samples, audit.at);
    const wrongIds = audit.samples.filter((one) => one.right === false).map((one) => one.id);
    return html`<div class="summary" tabindex="0" role="region" aria-label="Result of the audit">
      <div class="column">
        <h2>Audit finished</h2>
        <p>
          ${plural(judged, 'sample')} judged, ${wrong} wrong${skipped > 0 ? `, ${skipped} skipped` : ''}.
        </p>
        <table>
          <thead>
            <tr>
              <th scope="col">Method</th>
              <th scope="col">Judged</th>
              <th scope="col">Wrong</th>
              <th scope="col">Error rate (95 % interval)</th>
            </tr>
          </thead>
          <tbody class="numbers">
            ${report.methods.map(
              (method) => html`<tr>
                <th scope="row">${this.panel.methodLabel(method.method)}</th>
                <td>${method.judged}</td>
                <td>${method.wrong}</td>
                <td>${rateInWords(method)}</td>
              </tr>`,
            )}
          </tbody>
        </table>
        <p class="muted">
          The interval is Wilson’s: with few samples it is wide, and another 50 make it narrower. It says how often a sample
          of that method is wrong, not how much a wrong one harms.
        </p>
        <div class="verdicts">
          ${
            wrongIds.length > 0 && this.panel.trusted
              ? html`<ui-button @click=${() => void decide(this.panel, { kind: 'reject', samples: wrongIds, note: 'wrong in an audit' })}>
                Reject the ${plural(wrongIds.length, 'wrong sample')}
              </ui-button>`
              : nothing
          }
          ${
            skipped > 0
              ? html`<ui-button appearance="secondary" @click=${() => this.backToSkipped()}>Judge the skipped</ui-button>`
              : nothing
          }
          <ui-button appearance="secondary" @click=${() => void audit.start()}>Another 50</ui-button>
          <ui-button appearance="secondary" @click=${() => audit.close()}>Back to the samples</ui-button>
        </div>
      </div>
    </div>`;
  }

  private backToSkipped(): void {
    const { audit } = this.panel;
    audit.at = Math.max(
      0,
      audit.samples.findIndex((one) => one.right === null),
    );
    this.panel.changed();
  }
}
