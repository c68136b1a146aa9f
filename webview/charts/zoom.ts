import type { Scale } from './scale.ts';

/** Zoom and the keys of a chart. Pure. */

export type ChartKey =
  | { do: 'move'; by: number }
  | { do: 'end'; last: boolean }
  | { do: 'zoom'; factor: number }
  | { do: 'all' };

/** What a key means on a focused chart; undefined: nothing, it goes on to the page. */
export function meant(
  event: Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey'>,
): ChartKey | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  switch (event.key) {
    case 'ArrowLeft':
      return { do: 'move', by: event.shiftKey ? -10 : -1 };
    case 'ArrowRight':
      return { do: 'move', by: event.shiftKey ? 10 : 1 };
    case 'Home':
      return { do: 'end', last: false };
    case 'End':
      return { do: 'end', last: true };
    case '+':
    case '=':
      return { do: 'zoom', factor: 0.5 };
    case '-':
      return { do: 'zoom', factor: 2 };
    case '0':
    case 'Escape':
      return { do: 'all' };
    default:
      return undefined;
  }
}

/**
 * The stretch after zooming by `factor` (< 1: in) about `centre`, or the middle; null when it would show everything.
 * It stays inside `all`.
 */
export function zoomed(
  [from, to]: readonly [number, number],
  all: readonly [number, number],
  centre: number | null,
  factor: number,
  kind: Scale['kind'],
): readonly [number, number] | null {
  const forward = kind === 'log' ? Math.log : (value: number) => value;
  const inverse = kind === 'log' ? Math.exp : (value: number) => value;
  const [low, high] = [forward(from), forward(to)];
  const middle = centre === null ? (low + high) / 2 : forward(centre);
  const span = (high - low) * factor;
  const share = high === low ? 0.5 : (middle - low) / (high - low);
  const [least, most] = [forward(all[0]), forward(all[1])];
  if (span >= most - least) return null;
  const start = Math.min(Math.max(middle - share * span, least), most - span);
  return [inverse(start), inverse(start + span)];
}
