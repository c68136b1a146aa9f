import { property } from 'lit/decorators.js';
import { WatchingElement } from '../../watchingElement.ts';
import type { RunView } from '../panel/runView.ts';

/** A part of the Job page. */
export abstract class ViewElement extends WatchingElement {
  @property({ attribute: false }) view!: RunView;

  protected get watched(): RunView {
    return this.view;
  }
}
