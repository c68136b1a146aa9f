import type { MethodDocument } from './types.ts';

/** Metadata keys that a prompt shows first, in this order; the rest follows by name (recipe §3: metadata in every prompt). */
const FIRST = ['author', 'company', 'date', 'year', 'period'];
const MAX_METADATA = 2_000;
/** Every draft of a document has the same lines. */
const linesKnown = new WeakMap<MethodDocument, string>();

/**
 * The variables every prompt has: `document` (the window's text), `title`, and `metadata`, one `key: value` a line
 * (empty when there is none). One string object per window, so that hashing it once is enough.
 */
export function documentInputs(document: MethodDocument, window: number): Record<string, string> {
  const shown = document.windows.find((each) => each.index === window) ?? document.windows[0];
  return { title: document.title, metadata: metadataLines(document), document: shown?.text ?? '' };
}

function metadataLines(document: MethodDocument): string {
  const known = linesKnown.get(document);
  if (known !== undefined) return known;
  const keys = Object.keys(document.metadata).filter((key) => key !== 'title' && document.metadata[key]?.trim() !== '');
  const rank = (key: string) => {
    const index = FIRST.indexOf(key.toLowerCase());
    return index < 0 ? FIRST.length : index;
  };
  keys.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const lines = keys.map((key) => `${key}: ${document.metadata[key]?.replace(/\s+/g, ' ').trim() ?? ''}`);
  const shown = lines.join('\n').slice(0, MAX_METADATA);
  linesKnown.set(document, shown);
  return shown;
}
