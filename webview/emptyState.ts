import { css, html, nothing, type TemplateResult } from 'lit';
import type { Failure } from '../src/contract/rpcConnection.ts';
import { type IconName, icon } from './icons.ts';

/** Something to say instead of content: what there is not, why, and what to do next. */
export const emptyStateStyles = css`
  .empty {
    display: flex;
    flex-direction: column;
    align-items: center;
    justify-content: center;
    gap: 10px;
    height: 100%;
    padding: 24px;
    overflow: auto;
    text-align: center;
  }
  .empty h2 {
    font-size: 1.15em;
    font-weight: 600;
  }
  .empty p {
    max-width: 46ch;
    color: var(--muted);
    line-height: 1.5;
  }
  .empty .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    justify-content: center;
    margin-top: 4px;
  }
  .loading {
    display: flex;
    align-items: center;
    justify-content: center;
    gap: 10px;
    height: 100%;
    padding: 24px;
    color: var(--muted);
  }
`;

export function emptyState(
  picture: IconName,
  title: string,
  text: string | TemplateResult,
  actions: TemplateResult | typeof nothing = nothing,
): TemplateResult {
  return html`<div class="empty">
    <span class="muted">${icon(picture, 28)}</span>
    <h2>${title}</h2>
    <p>${text}</p>
    <div class="actions">${actions}</div>
  </div>`;
}

export function loadingState(what: string): TemplateResult {
  return html`<div class="loading" role="status"><ui-progress-ring aria-hidden="true"></ui-progress-ring>${what}</div>`;
}

export function failedState(title: string, failure: Failure, again: () => void, log?: () => void): TemplateResult {
  return emptyState(
    'warning',
    title,
    html`${failure.message}${failure.hint ? html`<br />${failure.hint}` : nothing}`,
    html`<ui-button @click=${again}>Try again</ui-button>
      ${log ? html`<ui-button appearance="secondary" @click=${log}>Show log</ui-button>` : nothing}`,
  );
}
