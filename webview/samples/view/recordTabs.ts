import { css, html, nothing, type TemplateResult } from 'lit';
import type { SampleLineage } from '../../../src/contract/samplesView.ts';
import { icon } from '../../icons.ts';
import { generate, openSource, openText, questionOf, rewritesForQuestion } from '../panel/decisions.ts';
import type { SamplesPanel } from '../panel/samplesPanel.ts';
import { count, duration, money, plural, TOY_MEANING } from '../state/wording.ts';
import { tokensInWords } from './sampleCard.ts';

/** The record behind a sample: where it came from, what was asked, what came back. All of it is text, never markup. */

export const recordStyles = css`
  dl {
    display: grid;
    grid-template-columns: minmax(84px, max-content) 1fr;
    gap: 7px 14px;
    line-height: 1.45;
  }
  dt {
    color: var(--muted);
  }
  dd {
    min-width: 0;
    overflow-wrap: anywhere;
  }
  .record-bar {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 14px;
    align-items: center;
    margin-bottom: 10px;
    font-size: 12px;
  }
  .record-bar button {
    margin-inline-start: auto;
  }
  .message {
    margin-bottom: 12px;
  }
  .message > .label {
    display: block;
    margin-bottom: 3px;
  }
  pre {
    margin: 0;
    padding: 9px 11px;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--vscode-textCodeBlock-background);
    color: var(--vscode-editor-foreground, inherit);
    font-family: var(--vscode-editor-font-family, monospace);
    font-size: var(--vscode-editor-font-size, 12px);
    line-height: 1.5;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  .more {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    margin-top: 14px;
  }
  .related li {
    padding: 1px 0;
  }
`;

export function lineageTab(panel: SamplesPanel, lineage: SampleLineage): TemplateResult {
  const { sample, document, query, strategy, served_by: servedBy, siblings } = lineage;
  const passage = sample.source ?? { start: document.start, end: document.end };
  const question = questionOf(panel);
  const others = siblings.filter((one) => one.id !== sample.id);
  return html`<dl>
      <dt>Document</dt>
      <dd>
        <button class="link" @click=${() => void openSource(panel, document.id, passage)}>${document.title}</button>
        <div class="muted">${document.path}</div>
      </dd>
      <dt>Passage</dt>
      <dd class="numbers">
        ${document.page ? `Page ${document.page}, ` : ''}characters ${count(passage.start)}–${count(passage.end)}${
          sample.source ? '' : `, window ${document.window + 1}`
        }
      </dd>
      ${
        query
          ? html`<dt>Question</dt>
            <dd>
              ${
                query.sample
                  ? html`<button class="link untrusted" @click=${() => query.sample && void panel.reveal(query.sample.id)}>${query.text}</button>`
                  : html`<span class="untrusted">${query.text}</span> <span class="muted">(asked by a person)</span>`
              }
            </dd>`
          : nothing
      }
      ${strategy ? html`<dt>Strategy</dt><dd class="untrusted">${strategy}</dd>` : nothing}
      ${
        servedBy.length > 0
          ? html`<dt>Rewrites for it</dt>
            <dd>
              <ul class="related">
                ${servedBy.slice(0, 20).map(
                  (one) => html`<li>
                    <button class="link" @click=${() => void panel.reveal(one.id)}>${panel.methodLabel(one.method)}</button>
                    <span class="muted">${one.state}</span>
                  </li>`,
                )}
              </ul>
              <button class="link" @click=${() => void panel.setFilter({ query: sample.id })}>
                Show ${servedBy.length === 1 ? 'it' : `all ${count(servedBy.length)}`} in the list
              </button>
            </dd>`
          : nothing
      }
      <dt>Request</dt>
      <dd>
        ${lineage.request.stage} <span class="muted">(${lineage.request.template}${
          lineage.request.replica > 0 ? `, replica ${lineage.request.replica}` : ''
        })</span>
        <div class="muted">${lineage.request.id}</div>
      </dd>
      ${
        others.length > 0
          ? html`<dt>Same completion</dt>
            <dd>
              <button class="link" @click=${() => void panel.setFilter({ request: sample.request })}>
                ${plural(others.length, 'other sample')}
              </button>
            </dd>`
          : nothing
      }
      <dt>Model</dt>
      <dd>${sample.model}${sample.toy ? html` <span class="muted">· ${TOY_MEANING}</span>` : nothing}</dd>
      <dt>Training text</dt>
      <dd class="numbers">${tokensInWords(sample)}</dd>
      <dt>Sample</dt>
      <dd class="muted">${sample.id}</dd>
    </dl>
    ${
      panel.trusted
        ? html`<div class="more">
          ${
            question
              ? html`<ui-button appearance="secondary" @click=${() => void rewritesForQuestion(panel)}>
                Focal rewrites for this question
              </ui-button>`
              : nothing
          }
          <ui-button
            appearance="secondary"
            @click=${() => void generate(panel, { what: 'regenerate', sample: sample.id })}
          >
            Regenerate
          </ui-button>
        </div>`
        : nothing
    }`;
}

export function promptTab(panel: SamplesPanel, lineage: SampleLineage): TemplateResult {
  const { request } = lineage;
  const params = Object.entries(request.params);
  return html`<div class="record-bar muted">
      <span>${request.template}</span>
      ${params.map(([name, value]) => html`<span>${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}</span>`)}
      <button class="plain" @click=${() => void openText(panel, 'prompt')}>${icon('open')}Open in editor</button>
    </div>
    ${request.messages.map(
      (message) => html`<section class="message">
        <span class="label">${message.role}</span>
        <pre>${message.content}</pre>
      </section>`,
    )}`;
}

export function completionTab(panel: SamplesPanel, lineage: SampleLineage): TemplateResult {
  const { completion, sample } = lineage;
  if (!completion)
    return html`<p class="muted">
      There is no completion in the log for this request. It may have been removed from .smt/completions.
    </p>`;
  return html`<div class="record-bar muted numbers">
      <span>${sample.model} at ${completion.endpoint}</span>
      <span>${count(completion.input_tokens)} → ${count(completion.output_tokens)} tokens</span>
      <span>${money(completion.cost)}</span>
      <span>${duration(completion.ms / 1000)}</span>
      <span>finish_reason ${completion.finish_reason ?? 'not given'}</span>
      ${completion.attempt > 1 ? html`<span>attempt ${completion.attempt}</span>` : nothing}
      <span>${new Date(completion.at * 1000).toLocaleString()}</span>
      <button class="plain" @click=${() => void openText(panel, 'completion')}>${icon('open')}Open in editor</button>
    </div>
    ${completion.error ? html`<section class="message"><span class="label">Error</span><pre>${completion.error}</pre></section>` : nothing}
    ${
      completion.reasoning
        ? html`<section class="message"><span class="label">Reasoning</span><pre>${completion.reasoning}</pre></section>`
        : nothing
    }
    <section class="message"><span class="label">Completion</span><pre>${completion.raw}</pre></section>`;
}
