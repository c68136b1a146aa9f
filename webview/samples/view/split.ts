import { css, html, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { shared } from '../../styles.ts';

/**
 * Two panes with a sash between them, dragged or moved with the arrow keys (the separator pattern of ARIA).
 * Slots: `first`, `second`. Fires `split` with the new share of the first pane (0.1–0.9).
 */
@customElement('smt-split')
export class Split extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        min-width: 0;
        min-height: 0;
        overflow: hidden;
      }
      :host([vertical]) {
        flex-direction: column;
      }
      .pane {
        display: flex;
        min-width: 0;
        min-height: 0;
        overflow: hidden;
      }
      .pane.first {
        flex: 0 0 calc(var(--share, 0.5) * 100%);
      }
      .pane.second {
        flex: 1 1 0;
      }
      .sash {
        position: relative;
        flex: 0 0 1px;
        background: var(--line);
        cursor: col-resize;
        touch-action: none;
      }
      :host([vertical]) .sash {
        cursor: row-resize;
      }
      .sash::after {
        content: '';
        position: absolute;
        z-index: 2;
        inset: 0 -3px;
      }
      :host([vertical]) .sash::after {
        inset: -3px 0;
      }
      .sash:hover::after,
      .sash:focus-visible::after,
      .sash.moving::after {
        background: var(--vscode-sash-hoverBorder, var(--vscode-focusBorder));
        transition: background 0.1s 0.15s;
      }
      ::slotted(*) {
        flex: 1 1 auto;
        min-width: 0;
        min-height: 0;
      }
    `,
  ];

  @property({ type: Boolean, reflect: true }) vertical = false;
  @property({ type: Number }) share = 0.5;
  @property() label = 'Resize';

  private moving = false;

  override render() {
    return html`
      <div class="pane first"><slot name="first"></slot></div>
      <div
        class="sash ${this.moving ? 'moving' : ''}"
        role="separator"
        tabindex="0"
        aria-label=${this.label}
        aria-orientation=${this.vertical ? 'horizontal' : 'vertical'}
        aria-valuemin="10"
        aria-valuemax="90"
        aria-valuenow=${Math.round(this.share * 100)}
        @pointerdown=${this.begin}
        @pointermove=${this.drag}
        @pointerup=${this.end}
        @pointercancel=${this.end}
        @keydown=${this.key}
      ></div>
      <div class="pane second"><slot name="second"></slot></div>
    `;
  }

  protected override updated(): void {
    // A custom property set through the object model: a style attribute would be refused by the page's policy.
    this.style.setProperty('--share', String(this.share));
  }

  private begin(event: PointerEvent): void {
    if (event.currentTarget instanceof Element) event.currentTarget.setPointerCapture(event.pointerId);
    this.moving = true;
    this.requestUpdate();
    event.preventDefault();
  }

  private drag(event: PointerEvent): void {
    if (!this.moving) return;
    const box = this.getBoundingClientRect();
    this.move(this.vertical ? (event.clientY - box.top) / box.height : (event.clientX - box.left) / box.width);
  }

  private end(): void {
    this.moving = false;
    this.requestUpdate();
  }

  private key(event: KeyboardEvent): void {
    const less = this.vertical ? 'ArrowUp' : 'ArrowLeft';
    const more = this.vertical ? 'ArrowDown' : 'ArrowRight';
    if (event.key !== less && event.key !== more) return;
    event.preventDefault();
    event.stopPropagation();
    this.move(this.share + (event.key === more ? 0.02 : -0.02));
  }

  private move(share: number): void {
    const next = Math.min(0.85, Math.max(0.15, share));
    this.dispatchEvent(new CustomEvent('split', { detail: next }));
  }
}

/** The new share out of a `split` event. */
export function shareOf(event: Event): number {
  return event instanceof CustomEvent && typeof event.detail === 'number' ? event.detail : 0.5;
}
