import { RejectionReason, type Sample, type SampleKind } from '../../contract/sample.ts';
import { contentHash } from '../contentHash.ts';
import { formatId, IdTable, parseId } from '../llm/idTable.ts';
import { Interner } from './interner.ts';

/** Reason codes: 0 is accepted, then the rejection reasons in the contract's order. */
export const ACCEPTED = 0;
export const REASONS = RejectionReason.options;
const reasonCodes = new Map<string, number>(REASONS.map((reason, index) => [reason, index + 1]));
export function reasonCode(reason: string | undefined): number {
  return reason === undefined ? ACCEPTED : (reasonCodes.get(reason) ?? reasonCodes.get('malformed') ?? 1);
}
export function reasonOf(code: number): RejectionReason | undefined {
  return REASONS[code - 1];
}

/** Flags of a slot. */
export const REVIEWED = 1;
export const STALE = 2;
/** Not in the table any more and not in the log's tail. */
export const GONE = 4;

/** What is known of a sample without its text. */
export interface Facets {
  seq: number;
  kind: SampleKind;
  method: number;
  /** Code of document and its text's hash together. */
  source: number;
  base: number;
  tokens: number;
  orderRequest: number;
  orderIndex: number;
  start: number;
  end: number;
}

/**
 * The facets of all samples, column by column in typed arrays: about 70 bytes a sample, so that filtering and sorting
 * a million takes milliseconds. A sample keeps its slot for as long as the reader lives.
 */
export class FacetColumns {
  readonly ids: IdTable;
  readonly methods = new Interner();
  readonly documents = new Interner();
  /** `hash\tdocument`: all samples made from one text of one document. */
  readonly sources = new Interner();
  /** Per source code: its document's code. */
  readonly documentOfSource: number[] = [];

  /** Row number in the table; 0 where the sample is only in the log's tail. */
  seq = new Uint32Array(0);
  method = new Uint16Array(0);
  isQa = new Uint8Array(0);
  source = new Uint32Array(0);
  /** Reason code of the parser and the gates. */
  base = new Uint8Array(0);
  /** Reason code with reviews laid over. */
  shown = new Uint8Array(0);
  flags = new Uint8Array(0);
  tokens = new Int32Array(0);
  orderRequest = new Int32Array(0);
  orderIndex = new Int32Array(0);
  start = new Int32Array(0);
  end = new Int32Array(0);
  /** First 64 bits of the id of the question served and of the request. Two words a slot. */
  query = new Uint32Array(0);
  request = new Uint32Array(0);
  /** seq → slot + 1; 0 where the row was replaced. */
  slotOfSeq = new Uint32Array(1024);

  constructor(expected = 0) {
    this.ids = new IdTable(4, expected);
    if (expected > 0) this.reserve(expected);
  }

  get size(): number {
    return this.ids.size;
  }

  slot(id: string): number {
    return isId(id) ? this.ids.find(id) : -1;
  }

  id(slot: number): string {
    for (let word = 0; word < 4; word++) scratch[word] = this.ids.word(slot, word);
    return formatId(scratch);
  }

  documentOf(slot: number): string {
    return this.documents.values[this.documentOfSource[this.source[slot] ?? 0] ?? 0] ?? '';
  }

  /** The code of a document and the hash of its text. */
  sourceCode(document: string, hash: string): number {
    const code = this.sources.code(`${hash}\t${document}`);
    if (this.documentOfSource[code] === undefined) this.documentOfSource[code] = this.documents.code(document);
    return code;
  }

  /** Enters or replaces the facets of an id and gives its slot. `id` holds its four words at `at`. */
  set(id: Uint32Array, at: number, facets: Facets): number {
    let slot = this.ids.findWords(id, at);
    if (slot < 0) {
      slot = this.ids.add(id, at);
      if (slot >= this.seq.length) this.reserve(Math.max(4096, this.seq.length * 2));
    } else if ((this.seq[slot] ?? 0) > 0) {
      this.slotOfSeq[this.seq[slot] ?? 0] = 0;
    }
    this.seq[slot] = facets.seq;
    if (facets.seq > 0) {
      if (facets.seq >= this.slotOfSeq.length) this.slotOfSeq = grown(this.slotOfSeq, facets.seq * 2);
      this.slotOfSeq[facets.seq] = slot + 1;
    }
    this.method[slot] = facets.method;
    this.isQa[slot] = facets.kind === 'qa' ? 1 : 0;
    this.source[slot] = facets.source;
    this.base[slot] = facets.base;
    this.shown[slot] = facets.base;
    this.flags[slot] = 0;
    this.tokens[slot] = facets.tokens;
    this.orderRequest[slot] = facets.orderRequest;
    this.orderIndex[slot] = facets.orderIndex;
    this.start[slot] = facets.start;
    this.end[slot] = facets.end;
    return slot;
  }

  /** The same for a sample that is not in the table, or newer there. */
  setSample(sample: Sample, seq: number): number {
    parseId(sample.id, scratch);
    const slot = this.set(scratch, 0, {
      seq,
      kind: sample.kind,
      method: this.methods.code(sample.method),
      source: this.sourceCode(sample.document, sample.document_hash),
      base: sample.state === 'accepted' ? ACCEPTED : reasonCode(sample.reason ?? 'malformed'),
      tokens: sample.tokens,
      orderRequest: sample.order[0],
      orderIndex: sample.order[1],
      start: sample.source?.start ?? -1,
      end: sample.source?.end ?? -1,
    });
    key64(sample.query, this.query, slot * 2);
    key64(sample.request, this.request, slot * 2);
    return slot;
  }

  reserve(slots: number): void {
    if (slots <= this.seq.length) return;
    this.seq = grown(this.seq, slots);
    this.method = grown(this.method, slots);
    this.isQa = grown(this.isQa, slots);
    this.source = grown(this.source, slots);
    this.base = grown(this.base, slots);
    this.shown = grown(this.shown, slots);
    this.flags = grown(this.flags, slots);
    this.tokens = grown(this.tokens, slots);
    this.orderRequest = grown(this.orderRequest, slots);
    this.orderIndex = grown(this.orderIndex, slots);
    this.start = grown(this.start, slots);
    this.end = grown(this.end, slots);
    this.query = grown(this.query, slots * 2);
    this.request = grown(this.request, slots * 2);
  }
}

const scratch = new Uint32Array(4);
const words = new Uint32Array(4);

/** Writes the first 64 bits of an id (or of the hash of another text); nothing is 0. */
export function key64(id: string | undefined, into: Uint32Array, at: number): void {
  if (id === undefined || id === '') {
    into[at] = 0;
    into[at + 1] = 0;
    return;
  }
  parseId(isId(id) ? id : contentHash(id), words);
  into[at] = words[0] ?? 0;
  into[at + 1] = words[1] ?? 0;
}

export function isId(id: string): boolean {
  return /^[0-9a-f]{32}$/.test(id);
}

function grown<A extends Uint8Array | Uint16Array | Uint32Array | Int32Array>(array: A, length: number): A {
  const larger = new (array.constructor as new (length: number) => A)(length);
  larger.set(array);
  return larger;
}
