import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { textOf } from '../../controls.ts';
import { icon } from '../../icons.ts';
import { shared } from '../../styles.ts';
import { count } from '../state/wording.ts';

export interface Choice {
  id: string;
  label: string;
  meaning?: string;
  count: number;
  on: boolean;
}

/** Above this many, a field narrows the choices. */
const SEARCHABLE = 12;
/** Drawn at most; the field finds the rest. */
const SHOWN = 200;

/** A button that opens a list of things to switch on and off, each with its count. Fires `choose` with the id. */
@customElement('smt-choice-menu')
export class ChoiceMenu extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        position: relative;
        display: inline-flex;
      }
      .menu {
        position: absolute;
        z-index: 20;
        top: calc(100% + 3px);
        left: 0;
        display: flex;
        flex-direction: column;
        min-width: 220px;
        max-width: 360px;
        max-height: 340px;
        padding: 4px;
        border: 1px solid var(--vscode-menu-border, var(--line));
        border-radius: 5px;
        background: var(--vscode-menu-background, var(--vscode-editorWidget-background));
        color: var(--vscode-menu-foreground, var(--vscode-foreground));
        box-shadow: 0 2px 10px var(--vscode-widget-shadow, transparent);
      }
      .menu.end {
        left: auto;
        right: 0;
      }
      ui-text-field {
        margin: 2px 2px 4px;
      }
      .options {
        overflow: auto;
        min-height: 0;
      }
      .option {
        display: flex;
        align-items: center;
        gap: 7px;
        width: 100%;
        padding: 3px 7px;
        border: 0;
        border-radius: 3px;
        background: none;
        color: inherit;
        font: inherit;
        text-align: start;
        cursor: pointer;
      }
      .option:hover,
      .option:focus-visible {
        background: var(--vscode-menu-selectionBackground, var(--vscode-list-hoverBackground));
        color: var(--vscode-menu-selectionForeground, inherit);
        outline: 1px solid var(--vscode-menu-selectionBorder, transparent);
        outline-offset: -1px;
      }
      .tick {
        flex: none;
        width: 14px;
      }
    `,
  ];

  @property() label = '';
  @property({ attribute: false }) choices: Choice[] = [];
  @state() private open = false;
  @state() private sought = '';
  @state() private atEnd = false;
  @query('button') private button!: HTMLButtonElement;

  private readonly closeOutside = (event: Event) => {
    if (!event.composedPath().includes(this)) this.close();
  };

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('pointerdown', this.closeOutside);
  }

  override render(): TemplateResult {
    const on = this.choices.filter((choice) => choice.on).length;
    return html`<button
        class="plain"
        aria-haspopup="true"
        aria-expanded=${this.open ? 'true' : 'false'}
        ?disabled=${this.choices.length === 0}
        @click=${() => (this.open ? this.close() : this.show())}
        @keydown=${(event: KeyboardEvent) => event.key === 'ArrowDown' && this.show()}
      >
        ${this.label}${on > 0 ? html` <span class="badge">${on}</span>` : nothing}${icon('down', 11)}
      </button>
      ${this.open ? this.list() : nothing}`;
  }

  private list(): TemplateResult {
    const sought = this.sought.trim().toLowerCase();
    const found = this.choices.filter((choice) => choice.label.toLowerCase().includes(sought));
    return html`<div class="menu ${this.atEnd ? 'end' : ''}" @keydown=${this.key}>
      ${
        this.choices.length > SEARCHABLE
          ? html`<ui-text-field
            aria-label="Find in ${this.label}"
            placeholder="Find…"
            @input=${(event: Event) => {
              this.sought = textOf(event);
            }}
          ></ui-text-field>`
          : nothing
      }
      <div class="options" role="group" aria-label=${this.label}>
        ${found.slice(0, SHOWN).map(
          (choice) => html`<button
            class="option"
            role="checkbox"
            aria-checked=${choice.on ? 'true' : 'false'}
            title=${choice.meaning ?? choice.label}
            @click=${() => this.dispatchEvent(new CustomEvent<string>('choose', { detail: choice.id }))}
          >
            <span class="tick">${choice.on ? icon('check', 13) : nothing}</span>
            <span class="grow ellipsis">${choice.label}</span>
            <span class="numbers">${count(choice.count)}</span>
          </button>`,
        )}
        ${found.length > SHOWN ? html`<p class="muted">${count(found.length - SHOWN)} more: type to find them</p>` : nothing}
        ${found.length === 0 ? html`<p class="muted">Nothing found</p>` : nothing}
      </div>
    </div>`;
  }

  private show(): void {
    this.atEnd = this.getBoundingClientRect().left > window.innerWidth - 300;
    this.open = true;
    document.addEventListener('pointerdown', this.closeOutside);
    void this.updateComplete.then(() => this.shadowRoot?.querySelector<HTMLElement>('ui-text-field, .option')?.focus());
  }

  private close(): void {
    this.open = false;
    this.sought = '';
    document.removeEventListener('pointerdown', this.closeOutside);
  }

  private key(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === 'Escape' || event.key === 'Tab') {
      this.close();
      this.button.focus();
      if (event.key === 'Escape') event.preventDefault();
      return;
    }
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    const options = [...(this.shadowRoot?.querySelectorAll<HTMLElement>('.option') ?? [])];
    const at = options.findIndex((option) => option.matches(':focus'));
    options[Math.min(Math.max(0, at + (event.key === 'ArrowDown' ? 1 : -1)), options.length - 1)]?.focus();
  }
}

/** The id out of a `choose` event. */
export function chosen(event: Event): string {
  return event instanceof CustomEvent && typeof event.detail === 'string' ? event.detail : '';
}
