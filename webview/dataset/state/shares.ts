import type { DatasetManifest } from '../../../src/contract/dataset.ts';

/** What a training set is made of, as bars: shares of 1, tokens and rows. Pure. */
export interface Bar {
  readonly id: string;
  readonly label: string;
  readonly share: number;
  /** Share that was asked for; null where none was. */
  readonly asked: number | null;
  readonly tokens: number;
  readonly rows: number;
}

const kindLabels: Readonly<Record<string, string>> = { qa: 'QA', document: 'Documents' };

/** Lengths in at most `most` steps: neighbours are put together, empty ends left out. */
export function coarser<Bucket extends { from: number; to: number; rows: number }>(
  buckets: readonly Bucket[],
  most: number,
): { from: number; to: number; rows: number }[] {
  const first = buckets.findIndex(({ rows }) => rows > 0);
  const last = buckets.findLastIndex(({ rows }) => rows > 0);
  if (first < 0) return [];
  const used = buckets.slice(first, last + 1);
  const together = Math.ceil(used.length / most);
  return Array.from({ length: Math.ceil(used.length / together) }, (_, at) => {
    const group = used.slice(at * together, (at + 1) * together);
    return {
      from: group[0]?.from ?? 0,
      to: group.at(-1)?.to ?? 0,
      rows: group.reduce((sum, { rows }) => sum + rows, 0),
    };
  });
}

/** The parts of the mixture and replay. Parts are shares of the synthetic tokens, replay of all training tokens. */
export function partBars({ parts, replay }: DatasetManifest): Bar[] {
  return [
    ...parts.map(({ label, asked, achieved, tokens, rows }) => ({
      id: label,
      label: kindLabels[label] ?? label,
      share: achieved,
      asked,
      tokens,
      rows,
    })),
    ...(replay
      ? [
          {
            id: 'replay',
            label: 'Replay (of all tokens)',
            share: replay.achieved,
            asked: replay.asked,
            tokens: replay.tokens,
            rows: replay.rows,
          },
        ]
      : []),
  ];
}

/** Bars of methods or documents, largest first, as shares of their sum. */
export function shareBars(
  of: Readonly<Record<string, { tokens: number; rows: number }>>,
  label: (id: string) => string,
): Bar[] {
  const total = Object.values(of).reduce((sum, { tokens }) => sum + tokens, 0);
  return Object.entries(of)
    .map(([id, { tokens, rows }]) => ({
      id,
      label: label(id),
      share: total === 0 ? 0 : tokens / total,
      asked: null,
      tokens,
      rows,
    }))
    .sort((one, other) => other.tokens - one.tokens || one.label.localeCompare(other.label));
}

/** Largest distance between what was asked and what is there, over the parts; null where there are none. */
export function furthestOff(bars: readonly Bar[]): number | null {
  const off = bars.flatMap(({ share, asked }) => (asked === null ? [] : [Math.abs(share - asked)]));
  return off.length === 0 ? null : Math.max(...off);
}
