import { css, html, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { type IconName, icon } from '../../icons.ts';
import { shared } from '../../styles.ts';
import { questionOf } from '../panel/decisions.ts';
import type { ListCommand } from '../state/keyboard.ts';
import { count } from '../state/wording.ts';
import { PanelElement } from './panelElement.ts';

/** What can be done with the selected samples, as buttons with their keys. Fires `command` with a `ListCommand`. */
@customElement('smt-action-bar')
export class ActionBar extends PanelElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        border-bottom: 1px solid var(--line);
        container-type: inline-size;
      }
      .bar {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 2px;
        padding: 3px 8px;
      }
      .gap {
        width: 1px;
        height: 16px;
        margin: 0 4px;
        background: var(--line);
      }
      .how-many {
        margin-inline-start: auto;
        padding-inline: 6px;
      }
      @container (max-width: 620px) {
        .word.lesser {
          position: absolute;
          width: 1px;
          height: 1px;
          overflow: hidden;
          clip-path: inset(50%);
        }
      }
      @container (max-width: 400px) {
        .word {
          position: absolute;
          width: 1px;
          height: 1px;
          overflow: hidden;
          clip-path: inset(50%);
        }
      }
    `,
  ];

  override render(): TemplateResult {
    const { panel } = this;
    const many = panel.targets.length;
    const none = many === 0 || !panel.trusted;
    const total = panel.list.total;
    return html`<div class="bar" role="toolbar" aria-label="Decisions">
      ${this.button('check', 'Accept', 'a', { do: 'accept' }, none)}
      ${this.button('cross', 'Reject', 'r', { do: 'reject', note: false }, none)}
      ${this.button('edit', 'Edit', 'e', { do: 'edit' }, none || many > 1)}
      <span class="gap"></span>
      ${this.button('again', 'Regenerate', 'g', { do: 'regenerate' }, none, true)}
      ${this.button('target', 'Rewrites', 'f', { do: 'rewrites' }, none || questionOf(panel) === null, true)}
      ${this.button('trash', 'Delete', 'Delete', { do: 'delete' }, none, true)}
      <span class="gap"></span>
      ${this.button('undo', 'Undo', 'u', { do: 'undo' }, !panel.canUndo || !panel.trusted, true)}
      <span class="how-many muted numbers nowrap">
        ${many > 1 ? html`<strong title="of ${count(total)}">${count(many)} selected</strong>` : ''}
      </span>
    </div>`;
  }

  private button(
    picture: IconName,
    word: string,
    key: string,
    command: ListCommand,
    disabled: boolean,
    lesser = false,
  ): TemplateResult {
    return html`<button
      class="plain"
      ?disabled=${disabled}
      aria-keyshortcuts=${key}
      title="${word} (${key})"
      @click=${() => this.dispatchEvent(new CustomEvent<ListCommand>('command', { detail: command }))}
    >
      ${icon(picture)}<span class="word ${lesser ? 'lesser' : ''}">${word}</span>
    </button>`;
  }
}
