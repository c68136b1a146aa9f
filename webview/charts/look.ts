import { css } from 'lit';

/**
 * How a curve is told from others: a colour of the theme, a dash and a marker, so that it can be told without colour.
 * `slot` chooses the three: classes `look-0` … of {@link lookStyles} carry the colour.
 */
export interface Look {
  readonly slot: number;
  readonly dash: string;
  readonly marker: Marker;
}
export type Marker = 'circle' | 'square' | 'diamond' | 'triangle' | 'cross' | 'ring';

const dashes = ['', '7 3', '2 3', '9 3 2 3', '12 4', '5 2 1 2 1 2'];
const markers: readonly Marker[] = ['circle', 'square', 'diamond', 'triangle', 'cross', 'ring'];
/** As many as `lookStyles` has colours. */
export const LOOKS = 6;

export function look(slot: number): Look {
  const at = ((slot % LOOKS) + LOOKS) % LOOKS;
  return { slot: at, dash: dashes[at] ?? '', marker: markers[at] ?? 'circle' };
}

/**
 * A slot for each id: the one its hash says, so that a run has its colour in every view; the next free one where an
 * earlier id of the list has it. `kept` are slots that were given before and stay.
 */
export function slots(ids: readonly string[], kept: Readonly<Record<string, number>> = {}): Record<string, number> {
  const given: Record<string, number> = {};
  const taken = new Set<number>();
  for (const id of ids) {
    const before = kept[id];
    if (before === undefined) continue;
    given[id] = before % LOOKS;
    taken.add(before % LOOKS);
  }
  for (const id of ids) {
    if (given[id] !== undefined) continue;
    const wish = hash(id) % LOOKS;
    const free = Array.from({ length: LOOKS }, (_, step) => (wish + step) % LOOKS).find((slot) => !taken.has(slot));
    given[id] = free ?? wish;
    taken.add(free ?? wish);
  }
  return given;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}

/** `color` of each slot; strokes and fills of a chart are `currentColor`. */
export const lookStyles = css`
  .look-0 {
    color: var(--vscode-charts-blue);
  }
  .look-1 {
    color: var(--vscode-charts-orange);
  }
  .look-2 {
    color: var(--vscode-charts-green);
  }
  .look-3 {
    color: var(--vscode-charts-purple);
  }
  .look-4 {
    color: var(--vscode-charts-red);
  }
  .look-5 {
    color: var(--vscode-charts-foreground, var(--vscode-foreground));
  }
`;
