import type { Chunk } from '../../../contract/retrieval.ts';
import type { TokenCounter } from '../../corpus/index.ts';
import { passagesOf } from './questionText.ts';

/** A tokenizer that is not the model's own may count fewer tokens than the model does. */
export function countedSafely(text: string, counter: Pick<TokenCounter, 'count' | 'exact'>): number {
  return Math.ceil(counter.count(text) * (counter.exact ? 1.02 : 1.15));
}

/** The largest k up to `most` whose first k passages fit `free` tokens as a prompt shows them; zero where not even one does. */
export function fittingPassages(
  bestFirst: readonly Pick<Chunk, 'header' | 'text'>[],
  most: number,
  free: number,
  counter: Pick<TokenCounter, 'count' | 'exact'>,
): number {
  let k = most;
  while (k > 0 && countedSafely(passagesOf(bestFirst.slice(0, k)), counter) > free) k -= 1;
  return k;
}
