import { property } from 'lit/decorators.js';
import { WatchingElement } from '../../watchingElement.ts';
import type { ResultsView } from '../panel/resultsView.ts';

/** A part of the Results page. */
export abstract class ViewElement extends WatchingElement {
  @property({ attribute: false }) view!: ResultsView;

  protected get watched(): ResultsView {
    return this.view;
  }
}
