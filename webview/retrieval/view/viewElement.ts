import { property } from 'lit/decorators.js';
import { WatchingElement } from '../../watchingElement.ts';
import type { TryRetrieval } from '../panel/tryRetrieval.ts';

/** A part of the Try Retrieval page. */
export abstract class ViewElement extends WatchingElement {
  @property({ attribute: false }) view!: TryRetrieval;

  protected get watched(): TryRetrieval {
    return this.view;
  }
}
