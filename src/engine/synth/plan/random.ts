import { hash } from 'node:crypto';

/** A seeded stream of uniform numbers in [0, 1): sfc32 started from SHA-256 of its name. Same name, same stream. */
export function seeded(...name: (string | number)[]): () => number {
  const digest = hash('sha256', name.join('\u0000'), 'buffer');
  let a = digest.readUInt32LE(0);
  let b = digest.readUInt32LE(4);
  let c = digest.readUInt32LE(8);
  let counter = digest.readUInt32LE(12);
  const next = () => {
    const sum = (a + b + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) >>> 0;
    c = ((c << 21) | (c >>> 11)) >>> 0;
    c = (c + sum) >>> 0;
    return sum / 2 ** 32;
  };
  for (let round = 0; round < 12; round++) next();
  return next;
}
