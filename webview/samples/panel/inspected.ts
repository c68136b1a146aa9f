import type { z } from 'zod';
import { asFailure } from '../../../src/contract/rpcConnection.ts';
import { Panel } from '../../../src/contract/samplesPanel.ts';
import type { SampleLineage } from '../../../src/contract/samplesView.ts';
import type { Ask } from '../../asking.ts';
import { idle, Latest, type Resource, refreshing, valueIn } from '../../resource.ts';

export type DocumentText = z.infer<typeof Panel.documentText.result>;
export interface ShownDocument {
  id: string;
  document: DocumentText;
}

/** Documents kept for going back and forth; each can be megabytes. */
const KEPT = 4;

/** What the person looks at closely: one sample with everything behind it, and one document's text. */
export class Inspected {
  lineage: Resource<SampleLineage> = idle;
  text: Resource<ShownDocument> = idle;
  /** Asked for, loaded or not. */
  sample: string | null = null;
  document: string | null = null;

  private readonly lineages = new Latest();
  private readonly texts = new Latest();
  private readonly kept = new Map<string, DocumentText>();

  constructor(
    private readonly ask: Ask,
    private readonly changed: () => void,
  ) {}

  async openSample(id: string | null): Promise<void> {
    const same = id === this.sample;
    this.sample = id;
    if (id === null) {
      this.lineages.cancel();
      this.lineage = idle;
      this.changed();
      return;
    }
    // The previous sample stays visible (marked as such) until the next one is here: no flicker on j, j, j.
    this.lineage = same || valueIn(this.lineage) ? refreshing(this.lineage) : { status: 'loading' };
    this.changed();
    try {
      const outcome = await this.lineages.run((token) => this.ask(Panel.lineage, { sample: id }, token));
      if (outcome.superseded) return;
      this.lineage = { status: 'ready', value: outcome.value };
    } catch (error) {
      const failure = asFailure(error);
      if (failure.code === 'cancelled') return;
      this.lineage = { status: 'failed', failure };
    }
    this.changed();
  }

  async openDocument(id: string): Promise<void> {
    if (id === this.document && this.text.status === 'ready') return;
    this.document = id;
    const kept = this.kept.get(id);
    this.text = kept ? { status: 'stale', value: { id, document: kept } } : { status: 'loading' };
    this.changed();
    try {
      const outcome = await this.texts.run((token) => this.ask(Panel.documentText, { document: id }, token));
      if (outcome.superseded) return;
      this.kept.delete(id);
      this.kept.set(id, outcome.value);
      for (const oldest of this.kept.keys()) if (this.kept.size > KEPT) this.kept.delete(oldest);
      this.text = { status: 'ready', value: { id, document: outcome.value } };
    } catch (error) {
      const failure = asFailure(error);
      if (failure.code === 'cancelled') return;
      this.text = { status: 'failed', failure };
    }
    this.changed();
  }

  /** The host has something newer: both are asked for again, and stay visible meanwhile. */
  refresh(): void {
    if (this.sample !== null) void this.openSample(this.sample);
  }

  /** Reads the document again (it changed on disk). */
  async reread(): Promise<void> {
    const id = this.document;
    if (id === null) return;
    this.document = null;
    await this.openDocument(id);
  }
}
