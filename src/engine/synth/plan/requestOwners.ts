import { parseId } from '../../llm/idTable.ts';

const WORDS = 5;
const SMALLEST = 64;
const id = new Uint32Array(4);

/**
 * Request id → a small number, in one typed array: a document's plan remembers every id it walked, and a million
 * of them as strings in a map would live just long enough to fill the old generation.
 */
export class RequestOwners {
  /** Slots of four words of an id and the number + 1; 0 = free. At most half of them are taken. */
  #slots = new Uint32Array(SMALLEST * WORDS);
  #size = 0;

  /** -1: not known. */
  get(request: string): number {
    parseId(request, id);
    return (this.#slots[this.#find(this.#slots) + 4] ?? 0) - 1;
  }

  set(request: string, owner: number): void {
    if ((this.#size + 1) * 2 * WORDS > this.#slots.length) this.#grow();
    parseId(request, id);
    const at = this.#find(this.#slots);
    if (this.#slots[at + 4] === 0) this.#size++;
    this.#slots.set(id, at);
    this.#slots[at + 4] = owner + 1;
  }

  /** Where the id is, or would be. */
  #find(slots: Uint32Array): number {
    const count = slots.length / WORDS;
    // Ids are hashes: their bits are as good as any.
    for (let slot = (id[0] ?? 0) & (count - 1); ; slot = (slot + 1) & (count - 1)) {
      const at = slot * WORDS;
      if (slots[at + 4] === 0) return at;
      if (slots[at] === id[0] && slots[at + 1] === id[1] && slots[at + 2] === id[2] && slots[at + 3] === id[3])
        return at;
    }
  }

  #grow(): void {
    const larger = new Uint32Array(this.#slots.length * 2);
    for (let at = 0; at < this.#slots.length; at += WORDS) {
      if (this.#slots[at + 4] === 0) continue;
      id.set(this.#slots.subarray(at, at + 4));
      larger.set(this.#slots.subarray(at, at + WORDS), this.#find(larger));
    }
    this.#slots = larger;
  }
}
