import { setFlagsFromString } from 'node:v8';

/**
 * From here on V8 collects once the heap of a thread has grown by three tenths, where it would let it grow several times:
 * rows are garbage as soon as they are written, and a million of them took 1.1 GB (Node 24), now 0.8 in the same time.
 * For all of the process, so only in a job's own. A V8 that does not know the flag says so on standard error.
 */
export function collectSoon(): void {
  setFlagsFromString('--heap-growing-percent=30');
}
