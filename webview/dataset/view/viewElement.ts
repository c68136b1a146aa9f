import { LitElement, type PropertyValues } from 'lit';
import { property } from 'lit/decorators.js';
import type { DatasetView } from '../panel/datasetView.ts';

/** A part of the dataset page: draws the view's state and is drawn again when it changes. */
export abstract class ViewElement extends LitElement {
  @property({ attribute: false }) view!: DatasetView;

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
    if (changed.has('view')) this.watch();
  }

  private watch(): void {
    if (this.unsubscribe || !this.view || !this.isConnected) return;
    this.unsubscribe = this.view.subscribe(() => this.requestUpdate());
  }
}
