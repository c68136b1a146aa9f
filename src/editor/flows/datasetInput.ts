/** What a person types for a training set. Pure. */

/** A number of tokens as people write it: `29000`, `29,000`, `29k`, `1.5M`; undefined where it is none. */
export function tokensIn(text: string): number | undefined {
  const [, digits, unit = ''] = /^\s*(\d[\d,_ ]*(?:\.\d+)?)\s*([kKmM]?)\s*$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const factor = { k: 1_000, m: 1_000_000 }[unit.toLowerCase()] ?? 1;
  const tokens = Math.round(Number(digits.replace(/[,_ ]/g, '')) * factor);
  return Number.isSafeInteger(tokens) && tokens > 0 ? tokens : undefined;
}

/** A name for the next training set that is what the folder may be called and that nobody has. */
export function freeDatasetName(project: string, known: ReadonlySet<string>): string {
  const stem =
    project
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[^a-z0-9]+/, '')
      .slice(0, 40)
      .replace(/[-._]+$/, '') || 'set';
  if (!known.has(stem)) return stem;
  for (let at = 2; ; at++) if (!known.has(`${stem}-${at}`)) return `${stem}-${at}`;
}
