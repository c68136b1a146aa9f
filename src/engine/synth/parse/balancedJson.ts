import { jsonrepair } from 'jsonrepair';

/**
 * Every balanced `{…}` or `[…]` of a text that parses, outside strings, whatever prose or code fences are around them.
 * `jsonrepair` is the last resort and is reported, because a repaired value may not be what the model meant.
 */
export function jsonIn(text: string): { values: unknown[]; repaired: boolean } {
  const values: unknown[] = [];
  let reached = 0;
  let tried = 0;
  for (const { index: start } of text.matchAll(/[[{]/g)) {
    if (start < reached) continue;
    if (++tried > MAX_STARTS) break;
    const end = balancedEnd(text, start);
    if (end === undefined) continue;
    try {
      values.push(JSON.parse(text.slice(start, end)));
      reached = end;
    } catch {
      // Not JSON as it stands (a bracket in prose, a trailing comma): look further, repair below.
    }
  }
  const found = values.filter((value) => typeof value === 'object' && value !== null && Object.keys(value).length > 0);
  if (found.length > 0) return { values: found, repaired: false };
  const first = text.search(/[[{]\s*(?:["'{[]|\w+\s*:)/);
  if (first < 0) return { values: [], repaired: false };
  try {
    const end = balancedEnd(text, first) ?? text.length;
    const value: unknown = JSON.parse(jsonrepair(text.slice(first, end)));
    return { values: typeof value === 'object' && value !== null ? [value] : [], repaired: true };
  } catch {
    return { values: [], repaired: false };
  }
}

/** Bounds the work on a text that is nothing but brackets. */
const MAX_STARTS = 200;

function balancedEnd(text: string, start: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let index = start; index < text.length; index++) {
    const char = text[index];
    if (inString) {
      if (char === '\\') index++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') {
      depth--;
      if (depth === 0) return index + 1;
    }
  }
  return undefined;
}
