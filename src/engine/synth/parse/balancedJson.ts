import { jsonrepair } from 'jsonrepair';

/**
 * The first balanced `{…}` or `[…]` of a text that parses, outside strings, whatever prose or code fence is around it.
 * `jsonrepair` is the last resort and is reported, because a repaired value may not be what the model meant.
 */
export function firstJson(text: string): { value: unknown; repaired: boolean } | undefined {
  const starts = [...text.matchAll(/[[{]/g)].map((match) => match.index).slice(0, 50);
  let reached = 0;
  for (const start of starts) {
    if (start < reached) continue;
    const end = balancedEnd(text, start);
    if (end === undefined) continue;
    try {
      return { value: JSON.parse(text.slice(start, end)), repaired: false };
    } catch {
      // Not JSON as it stands (a bracket in prose, a trailing comma): look further, repair below.
      reached = end;
    }
  }
  const first = text.search(/[[{]\s*(?:["'{[]|\w+\s*:)/);
  if (first < 0) return undefined;
  try {
    const end = balancedEnd(text, first) ?? text.length;
    const value: unknown = JSON.parse(jsonrepair(text.slice(first, end)));
    return typeof value === 'object' && value !== null ? { value, repaired: true } : undefined;
  } catch {
    return undefined;
  }
}

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
