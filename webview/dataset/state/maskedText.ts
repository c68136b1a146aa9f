import type { DatasetRow } from '../../../src/contract/dataset.ts';

/** A piece of a row's text; `learned` false: its tokens are masked, the model sees but does not learn them. */
export interface Piece {
  readonly text: string;
  readonly learned: boolean;
}

/** The text cut at the ends of its masked ranges; overlapping and disordered ranges are one. Pure. */
export function pieces({ text, masked }: Pick<DatasetRow, 'text' | 'masked'>): Piece[] {
  const found: Piece[] = [];
  const add = (from: number, to: number, learned: boolean) => {
    if (to <= from) return;
    const last = found.at(-1);
    const part = text.slice(from, to);
    if (last?.learned === learned) found[found.length - 1] = { text: last.text + part, learned };
    else found.push({ text: part, learned });
  };
  let at = 0;
  for (const [start, end] of [...masked].sort(([one], [other]) => one - other)) {
    const from = Math.max(at, Math.min(start, text.length));
    const to = Math.min(end, text.length);
    add(at, from, true);
    add(from, to, false);
    at = Math.max(from, to);
  }
  add(at, text.length, true);
  return found;
}
