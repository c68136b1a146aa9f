import { css, html, type TemplateResult } from 'lit';
import type { Failure } from '../src/contract/rpcConnection.ts';
import { icon } from './icons.ts';

/** One line at the foot of a page: what was done, or what went wrong and what to do. */
export type Notice = { tone: 'done'; text: string } | { tone: 'problem'; failure: Failure };

/** What every page has around its content: the whole height, and a line at its foot. */
export const pageFrame = css`
  :host {
    display: flex;
    flex-direction: column;
    height: 100%;
    min-height: 0;
    background: var(--vscode-editor-background);
  }
  .foot {
    display: flex;
    gap: 10px;
    align-items: center;
    min-height: 24px;
    padding: 3px 12px;
    border-top: 1px solid var(--line);
    font-size: 12px;
  }
  .foot.problem {
    background: var(--vscode-inputValidation-errorBackground, transparent);
    border-top-color: var(--vscode-inputValidation-errorBorder, var(--line));
    color: var(--vscode-inputValidation-errorForeground, inherit);
  }
`;

/** A page without content still says what it is, for who hears it. */
export function titled(name: string, content: TemplateResult): TemplateResult {
  return html`<h1 class="hidden-text">${name}</h1>
    ${content}`;
}

/** Says at the foot what went wrong and what to do. */
export function problemFoot({ message, hint }: Failure, showLog: () => void, dismiss: () => void): TemplateResult {
  return html`<div class="foot problem" role="alert">
    ${icon('warning')}<span class="grow untrusted">${message}${hint ? ` ${hint}` : ''}</span>
    <button class="plain" @click=${showLog}>Show log</button>${dismissButton(dismiss)}
  </div>`;
}

export function dismissButton(dismiss: () => void): TemplateResult {
  return html`<button class="plain" aria-label="Dismiss" @click=${dismiss}>${icon('cross', 12)}</button>`;
}
