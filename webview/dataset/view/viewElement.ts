import { property } from 'lit/decorators.js';
import { WatchingElement } from '../../watchingElement.ts';
import type { DatasetView } from '../panel/datasetView.ts';

/** A part of the dataset page. */
export abstract class ViewElement extends WatchingElement {
  @property({ attribute: false }) view!: DatasetView;

  protected get watched(): DatasetView {
    return this.view;
  }
}
