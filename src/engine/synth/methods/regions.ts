/** A part of a window that one request asks about: character offsets into the document's text. */
export interface Region {
  start: number;
  end: number;
}

/** About this many tokens are one region: a page of prose, enough for several questions and few enough to be exhausted. */
export const REGION_TOKENS = 600;

/**
 * Cuts a window into regions of about equal length at paragraph (else sentence, else word) ends. Depends on the
 * window alone, never on how many requests are wanted: more requests must not move the regions of earlier ones.
 */
export function regionsOf(window: { start: number; text: string; tokens: number }): Region[] {
  const count = Math.max(1, Math.ceil(window.tokens / REGION_TOKENS));
  const size = window.text.length / count;
  const cuts = [0];
  for (let index = 1; index < count; index++) {
    const cut = nearestBreak(window.text, Math.round(index * size), Math.floor(size / 3));
    if (cut > (cuts.at(-1) ?? 0)) cuts.push(cut);
  }
  cuts.push(window.text.length);
  return cuts.slice(0, -1).map((start, index) => ({
    start: window.start + start,
    end: window.start + (cuts[index + 1] ?? window.text.length),
  }));
}

/** Order in which regions are visited so that any first few are spread over the whole: van der Corput, base 2. */
export function spreadOrder(count: number): number[] {
  const order: number[] = [];
  const bits = Math.ceil(Math.log2(Math.max(2, count)));
  for (let index = 0; order.length < count; index++) {
    let reversed = 0;
    for (let bit = 0; bit < bits; bit++) reversed |= ((index >> bit) & 1) << (bits - 1 - bit);
    if (reversed < count) order.push(reversed);
  }
  return order;
}

/** How a region is named in a prompt: quoted whole when short, else by how it begins and ends. */
export function regionLabel(text: string): string {
  const flat = text.replace(/\s+/g, ' ').trim();
  if (flat.length <= 600) return flat;
  return `from "${clip(flat.slice(0, 120), 'end')} …" to "… ${clip(flat.slice(-120), 'start')}"`;
}

function clip(text: string, side: 'start' | 'end'): string {
  return (side === 'end' ? text.replace(/\s\S*$/, '') : text.replace(/^\S*\s/, '')).replaceAll('"', "'");
}

function nearestBreak(text: string, at: number, reach: number): number {
  for (const pattern of [/\n\s*\n/g, /\n/g, /[.!?]["')\]]?\s/g, /\s/g]) {
    const from = Math.max(0, at - reach);
    let best: number | undefined;
    for (const match of text.slice(from, at + reach).matchAll(pattern)) {
      const end = from + match.index + match[0].length;
      if (best === undefined || Math.abs(end - at) < Math.abs(best - at)) best = end;
    }
    if (best !== undefined) return best;
  }
  return at;
}
