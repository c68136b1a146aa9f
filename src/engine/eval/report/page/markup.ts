/**
 * HTML that is safe by construction: what a template is given is escaped, unless a template made it. Model output and
 * documents are hostile; nothing else in the report's page writes a tag.
 */
export class Markup {
  constructor(readonly text: string) {}
}

type Part = string | number | Markup | null | readonly Part[];

/** Text and numbers are escaped, markup and lists of it are taken as they are, null is nothing. */
export function html(pieces: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(pieces.map((piece, at) => piece + written(parts[at] ?? null)).join(''));
}

/** A text of ours that is no markup language of HTML's, such as the style sheet. Never of anybody else. */
export const verbatim = (text: string): Markup => new Markup(text);

function written(part: Part): string {
  if (part === null) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(written).join('');
  return escaped(String(part));
}

const NAMES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Also what no HTML text may hold: control characters. */
const escaped = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, '\ufffd')
    .replace(/[&<>"']/g, (character) => NAMES[character] ?? '');
