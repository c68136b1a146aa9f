import { LitElement } from 'lit';

/** A page's state that says when it changed. */
export interface Watched {
  /** Gives the way to stop listening. */
  subscribe(listener: () => void): () => void;
}

/** A part of a page: draws the state it is given and is drawn again when that changes. */
export abstract class WatchingElement extends LitElement {
  private unsubscribe: (() => void) | undefined;

  /** The state, once the part was given it. */
  protected abstract get watched(): Watched | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.watch();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.unsubscribe?.();
    this.unsubscribe = undefined;
  }

  protected override willUpdate(): void {
    this.watch();
  }

  private watch(): void {
    if (this.unsubscribe || !this.watched || !this.isConnected) return;
    this.unsubscribe = this.watched.subscribe(() => this.requestUpdate());
  }
}
