import { LitElement, type PropertyValues } from 'lit';
import { property } from 'lit/decorators.js';
import type { SamplesPanel } from '../panel/samplesPanel.ts';

/** A part of the page: draws the panel's state and is drawn again when it changes. */
export abstract class PanelElement extends LitElement {
  @property({ attribute: false }) panel!: SamplesPanel;

  private unsubscribe: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.watch();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.unsubscribe?.();
    this.unsubscribe = undefined;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('panel')) this.watch();
  }

  private watch(): void {
    if (this.unsubscribe || !this.panel || !this.isConnected) return;
    this.unsubscribe = this.panel.subscribe(() => this.requestUpdate());
  }
}
