import { property } from 'lit/decorators.js';
import { WatchingElement } from '../../watchingElement.ts';
import type { SamplesPanel } from '../panel/samplesPanel.ts';

/** A part of the Samples page. */
export abstract class PanelElement extends WatchingElement {
  @property({ attribute: false }) panel!: SamplesPanel;

  protected get watched(): SamplesPanel {
    return this.panel;
  }
}
