import type { Connection, Table } from '@lancedb/lancedb';
import type { Sample } from '../../contract/sample.ts';
import type { SampleCounts, SampleFilter, SamplePage } from '../../contract/samplesView.ts';
import { type Coverage, readCoverage } from './coverage.ts';
import { FacetColumns, STALE } from './facetColumns.ts';
import { connectLanceToRead, openSampleTable } from './lanceTable.ts';
import { loadFacets } from './loadFacets.ts';
import { LogTail } from './logTail.ts';
import { withReview } from './overlay.ts';
import { planOrder } from './planOrder.ts';
import type { ReviewBook } from './reviewBook.ts';
import { ReviewOverlay } from './reviewOverlay.ts';
import { countSlots } from './sampleCounts.ts';
import { matchingSlots } from './sampleQuery.ts';
import { sampleText } from './sampleText.ts';
import { Staleness } from './staleness.ts';
import { directPage, directWhere, samplesById, samplesBySeq } from './storedSamples.ts';
import { slotsWithWords } from './textSearch.ts';
import { TimeSlice } from './timeSlice.ts';
import type { LogPosition, SampleReader } from './types.ts';
import { hasWords, searchWords } from './words.ts';

export interface ReaderOptions {
  /** The `.smt/lance` folder. */
  lance: string;
  reviews: ReviewBook;
  /** Method labels by id. */
  labels?: ReadonlyMap<string, string>;
  /** Samples that are in the log behind `position` but not in the table yet; null: nothing is in the table. */
  tail?: (position: LogPosition | null) => Promise<readonly Sample[]>;
}

/**
 * The latest version of the `samples` table with what is newer in the log, people's reviews and staleness laid over.
 * Facets of all samples are held in memory and loaded in slices; texts are fetched for the page that is shown. Until
 * the facets are there, first pages come straight from the table. @throws StoreUnavailable
 */
export async function openSampleReader(options: ReaderOptions): Promise<LanceSampleReader> {
  const reader = new LanceSampleReader(options, await connectLanceToRead(options.lance));
  await reader.openTable();
  // Whoever asks for samples tries again and sees the failure.
  reader.refresh().catch(() => {});
  return reader;
}

export class LanceSampleReader implements SampleReader {
  readonly #options: ReaderOptions;
  /** Undefined until a job has made the folder: reading never does. */
  #database: Connection | undefined;
  readonly #listeners = new Set<(revision: number) => void>();
  readonly #staleness = new Staleness();
  readonly #tail = new LogTail();
  readonly #reviews: ReviewOverlay;
  #table: Table | undefined;
  #coverage: Coverage | null = null;
  #version = -1;
  #columns = new FacetColumns();
  #order: Uint32Array = new Uint32Array(0);
  #newest = 0;
  #ready = false;
  #revision = 0;
  #refreshing: Promise<boolean> | undefined;
  #refreshAgain = false;
  /** Who waits for the facets. */
  readonly #waiting: (() => void)[] = [];
  #closed = false;
  /** Results of the latest filters and words, for as long as nothing changes. */
  readonly #matches = new Map<string, Uint32Array>();
  readonly #found = new Map<string, Uint8Array>();

  constructor(options: ReaderOptions, database: Connection | undefined) {
    this.#options = options;
    this.#database = database;
    this.#reviews = new ReviewOverlay(options.reviews);
  }

  get revision(): number {
    return this.#revision;
  }

  /** Facets are loaded; until then only first pages are quick. */
  get ready(): boolean {
    return this.#ready;
  }

  get coverage(): Coverage | null {
    return this.#coverage;
  }

  /** Resolves when everything is loaded, the log's tail too. @throws what loading failed with */
  async whenReady(): Promise<void> {
    if (!this.#ready || this.#refreshing) await this.refresh();
  }

  /** Resolves when the facets of the table are loaded. */
  async #whenLoaded(): Promise<void> {
    if (this.#ready) return;
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push(resolve);
      this.refresh().catch(reject);
    });
  }

  async page(filter: SampleFilter, offset: number, limit: number): Promise<SamplePage> {
    if (!this.#ready && this.#table) {
      const where = directWhere(filter);
      if (where !== undefined) {
        const revision = this.#revision;
        const { total, samples } = await directPage(this.#table, where, offset, limit);
        const laid = samples.map((sample) => withReview(sample, this.#options.reviews.review(sample.id)));
        const shown = filter.state ? laid.filter((sample) => sample.state === filter.state) : laid;
        return { revision, total, offset, samples: shown };
      }
    }
    await this.#whenLoaded();
    const revision = this.#revision;
    const matches = await this.#matching(filter);
    const samples = await this.#samples([...matches.subarray(offset, offset + limit)]);
    return { revision, total: matches.length, offset, samples };
  }

  /** Ids of a stretch of what matches, in plan order. */
  async ids(filter: SampleFilter, limit: number, offset = 0): Promise<string[]> {
    await this.#whenLoaded();
    const matches = await this.#matching(filter);
    const slice = new TimeSlice();
    const ids: string[] = [];
    for (const slot of matches.subarray(offset, offset + limit)) {
      ids.push(this.#columns.id(slot));
      if (ids.length % 1024 === 0) await slice.turn();
    }
    return ids;
  }

  async counts(filter: SampleFilter = {}): Promise<SampleCounts> {
    await this.#whenLoaded();
    const revision = this.#revision;
    return countSlots(this.#columns, await this.#matching(filter), revision, this.#options.labels ?? new Map());
  }

  async get(id: string): Promise<Sample | undefined> {
    return (await this.getAll([id])).get(id);
  }

  /** Several samples by id, reviews laid over. */
  async getAll(ids: readonly string[]): Promise<Map<string, Sample>> {
    if (!this.#ready && this.#table) {
      const stored = await samplesById(this.#table, ids);
      if (stored.size === new Set(ids).size) {
        return new Map([...stored].map(([id, sample]) => [id, withReview(sample, this.#options.reviews.review(id))]));
      }
    }
    await this.#whenLoaded();
    const slots = ids.map((id) => this.#columns.slot(id)).filter((slot) => slot >= 0);
    return new Map((await this.#samples(slots)).map((sample) => [sample.id, sample]));
  }

  /** Reviews whose sample is not there any more, under its id or as the same text of the same request. */
  async orphans() {
    await this.#whenLoaded();
    return this.#reviews.orphans();
  }

  onChange(listener: (revision: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The text hash of every document as it is now: samples of other texts are stale. */
  async setDocumentHashes(hashes: ReadonlyMap<string, string>): Promise<void> {
    this.#staleness.hashes = hashes;
    if (!this.#ready) return;
    if (await this.#staleness.apply(this.#columns)) this.#changed();
  }

  /** Lays the reviews over again after `reviews.jsonl` changed; with `samples`, only those. */
  async reviewsChanged(samples?: Iterable<string>): Promise<void> {
    if (!this.#ready) return;
    await this.#reviews.apply(this.#columns, (slots) => this.#stored(slots), samples);
    this.#changed();
  }

  /** Takes in what is new in table, log and reviews. True when anything changed. */
  refresh(): Promise<boolean> {
    if (this.#refreshing) {
      this.#refreshAgain = true;
      return this.#refreshing;
    }
    this.#refreshing = this.#refreshUntilQuiet().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
    await this.#refreshing?.catch(() => {});
    this.#table?.close();
    this.#database?.close();
  }

  /** Opens the table where there is one with coverage; first pages can be asked for then. */
  async openTable(): Promise<void> {
    const coverage = await readCoverage(this.#options.lance);
    if (coverage?.generation === this.#coverage?.generation && (this.#table || !coverage)) {
      this.#coverage = coverage;
      await this.#table?.checkoutLatest();
      return;
    }
    this.#table?.close();
    this.#database ??= coverage ? await connectLanceToRead(this.#options.lance) : undefined;
    this.#table = coverage && this.#database ? await openSampleTable(this.#database) : undefined;
    this.#coverage = coverage;
    this.#version = -1;
    this.#newest = 0;
  }

  async #refreshUntilQuiet(): Promise<boolean> {
    let changed = false;
    do {
      this.#refreshAgain = false;
      changed = (await this.#refreshOnce()) || changed;
    } while (this.#refreshAgain && !this.#closed);
    return changed;
  }

  async #refreshOnce(): Promise<boolean> {
    await this.openTable();
    const reviewsRead = await this.#options.reviews.refresh();
    const version = (await this.#table?.version()) ?? 0;
    // The table comes first; what only the log has takes longer to derive and follows.
    const tail = this.#ready ? ((await this.#options.tail?.(this.#coverage?.position ?? null)) ?? []) : [];
    if (!this.#ready && this.#options.tail) this.#refreshAgain = true;
    const fresh = this.#newest === 0;
    const changed = !this.#ready || version !== this.#version || this.#tail.differs(tail) || reviewsRead;
    if (!changed) return false;
    // A whole load goes into columns of its own, so that those in use stay whole.
    const columns = fresh ? new FacetColumns(await this.#table?.countRows()) : this.#columns;
    let slots: number[] = [];
    if (this.#table && version !== this.#version) {
      const loaded = await loadFacets(this.#table, columns, this.#newest);
      slots = loaded.slots;
      this.#newest = loaded.newest;
    }
    if (fresh) this.#tail.forget();
    this.#tail.apply(columns, tail);
    if (fresh || reviewsRead) this.#reviews.forget();
    await this.#staleness.apply(columns);
    await this.#reviews.apply(columns, (wanted) => this.#stored(wanted, columns));
    const order = await planOrder(columns);
    this.#columns = columns;
    this.#order = order;
    this.#version = version;
    this.#ready = true;
    for (const loaded of this.#waiting.splice(0)) loaded();
    this.#changed();
    return slots.length > 0 || changed;
  }

  #changed(): void {
    this.#revision++;
    this.#matches.clear();
    this.#found.clear();
    for (const listener of this.#listeners) listener(this.#revision);
  }

  async #matching(filter: SampleFilter): Promise<Uint32Array> {
    const words = filter.text === undefined ? [] : searchWords(filter.text);
    const { text: _text, ...facets } = filter;
    if (words.length === 0 && Object.values(facets).every((value) => value === undefined)) return this.#order;
    const key = JSON.stringify([facets, words]);
    const known = this.#matches.get(key);
    if (known) return known;
    const revision = this.#revision;
    const found = words.length > 0 ? await this.#withWords(words) : undefined;
    const matches = await matchingSlots(this.#columns, this.#order, facets, found);
    if (revision === this.#revision) remember(this.#matches, key, matches);
    return matches;
  }

  async #withWords(words: readonly string[]): Promise<Uint8Array> {
    const key = words.join(' ');
    const known = this.#found.get(key);
    if (known) return known;
    const revision = this.#revision;
    const columns = this.#columns;
    const found = this.#table ? await slotsWithWords(this.#table, columns, words) : new Uint8Array(columns.size);
    // What the index does not have, or has in an older wording.
    const elsewhere = [...new Set([...this.#reviews.editedSlots(), ...this.#tail.slots()])];
    const samples = await this.#stored(elsewhere);
    for (const slot of elsewhere) {
      const sample = samples.get(slot);
      if (sample)
        found[slot] = hasWords(sampleText(withReview(sample, this.#reviews.ofSlot(columns, slot))), words) ? 1 : 0;
    }
    if (revision === this.#revision) remember(this.#found, key, found);
    return found;
  }

  /** Samples of slots with everything laid over, in the order of the slots. */
  async #samples(slots: readonly number[]): Promise<Sample[]> {
    const columns = this.#columns;
    const stored = await this.#stored(slots);
    return slots.flatMap((slot) => {
      const sample = stored.get(slot);
      if (!sample) return [];
      const laid = withReview(sample, this.#reviews.ofSlot(columns, slot));
      return [(columns.flags[slot] ?? 0) & STALE ? { ...laid, stale: true } : laid];
    });
  }

  /** Samples of slots as the table or the log's tail has them. */
  async #stored(slots: readonly number[], columns = this.#columns): Promise<Map<number, Sample>> {
    const samples = new Map<number, Sample>();
    const inTable: number[] = [];
    for (const slot of slots) {
      const newer = this.#tail.sample(slot);
      if (newer) samples.set(slot, newer);
      else inTable.push(slot);
    }
    if (!this.#table || inTable.length === 0) return samples;
    const rows = await samplesBySeq(
      this.#table,
      inTable.map((slot) => columns.seq[slot] ?? 0),
    );
    const missing: number[] = [];
    for (const slot of inTable) {
      const sample = rows.get(columns.seq[slot] ?? 0);
      // The id is compared because a rebuilt table numbers its rows anew.
      if (sample && sample.id === columns.id(slot)) samples.set(slot, sample);
      else missing.push(slot);
    }
    if (missing.length === 0) return samples;
    // Replaced in the table since the facets were read: the newer row has the same id.
    const byId = await samplesById(
      this.#table,
      missing.map((slot) => columns.id(slot)),
    );
    for (const slot of missing) {
      const sample = byId.get(columns.id(slot));
      if (sample) samples.set(slot, sample);
    }
    return samples;
  }
}

/** Keeps the four latest. */
function remember<V>(cache: Map<string, V>, key: string, value: V): void {
  cache.set(key, value);
  const [oldest] = cache.keys();
  if (cache.size > 4 && oldest !== undefined) cache.delete(oldest);
}
