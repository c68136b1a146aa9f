import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { icon } from '../../icons.ts';
import { count } from '../../jobs/state/wording.ts';
import { sections } from '../../jobs/view/sections.ts';
import { shared } from '../../styles.ts';
import { ViewElement } from './viewElement.ts';

/** The training sets of the project, newest first, and folders that are none. */
@customElement('smt-dataset-list')
export class ListPane extends ViewElement {
  static override styles = [
    shared,
    sections,
    css`
      :host {
        display: block;
        padding: 8px;
        overflow: auto;
        border-inline-end: 1px solid var(--line);
      }
      li {
        margin-bottom: 2px;
      }
      button.plain {
        display: block;
        width: 100%;
        padding: 5px 8px;
        text-align: start;
      }
      .name {
        display: block;
        font-weight: 600;
      }
      .small {
        display: block;
        font-size: 11px;
      }
    `,
  ];

  override render(): TemplateResult {
    const { list, manifest } = this.view;
    return html`<nav aria-label="Training sets">
      <ul>
        ${list.datasets.map(
          ({ name, train, created, toy }) => html`<li>
            <button class="plain" aria-current=${name === manifest?.name} @click=${() => this.view.choose(name)}>
              <span class="name ellipsis">${name}</span>
              <span class="small numbers">${count(train.tokens)} tokens${toy ? ' · built-in model' : nothing}</span>
              <span class="small">${new Date(created * 1000).toLocaleString()}</span>
            </button>
          </li>`,
        )}
        ${list.problems.map(
          ({ name, message }) =>
            html`<li class="mark warn" title=${message}>${icon('warning')}<span>${name}: ${message}</span></li>`,
        )}
      </ul>
    </nav>`;
  }
}
