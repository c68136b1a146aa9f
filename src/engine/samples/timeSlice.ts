import { setImmediate } from 'node:timers/promises';

/** Longest stretch of work between two turns of the event loop, in ms (the bar is 50 ms on a busy machine). */
const SLICE_MS = 8;

/** Work over a million samples lets other requests through: `await slice.turn()` every few thousand steps. */
export class TimeSlice {
  #start = performance.now();

  async turn(): Promise<void> {
    if (performance.now() - this.#start < SLICE_MS) return;
    await setImmediate();
    this.#start = performance.now();
  }
}
