import { describingMetadata } from './metadata.ts';
import { decodeText } from './plainText.ts';
import { type Reader, unreadable } from './types.ts';

const EMPTY = 'The file holds no text. Add some, or leave it out with `corpus.exclude` in smt.yaml.';

/** Plain text as it stands. A short first line set off by a blank one is the title. */
export const readTxt: Reader = async (bytes, name) => {
  const decoded = decodeText(bytes);
  if (!decoded.ok) return unreadable('encoding', decoded.message);
  const { text } = decoded;
  if (!text.trim()) return unreadable('empty', EMPTY);
  const first = /^\s*(\S[^\n]{0,99}?)[ \t]*\n[ \t]*\n/.exec(text)?.[1];
  const title = first && !/[.!?:;,]$/.test(first) ? first : name;
  return { documents: [{ title, metadata: {}, text }], unreadable: [] };
};

/** Markdown as it stands, without its YAML front matter, which becomes title and metadata. */
export const readMarkdown: Reader = async (bytes, name) => {
  const decoded = decodeText(bytes);
  if (!decoded.ok) return unreadable('encoding', decoded.message);
  const { front, text } = splitFrontMatter(decoded.text);
  if (!text.trim()) return unreadable('empty', EMPTY);
  const metadata = front === undefined ? {} : describingMetadata(await parseFrontMatter(front));
  const heading = /^ {0,3}# +(.+?)[ \t#]*$/m.exec(text)?.[1];
  return { documents: [{ title: metadata.title ?? heading ?? name, metadata, text }], unreadable: [] };
};

function splitFrontMatter(source: string): { front?: string; text: string } {
  const match = /^---[ \t]*\n([\s\S]{0,20000}?)\n(?:---|\.\.\.)[ \t]*(?:\n|$)/.exec(source);
  // A document may also simply begin with a rule: front matter has at least one `key:` line.
  if (!match?.[1] || !/^[\w-]+[ \t]*:/m.test(match[1])) return { text: source };
  return { front: match[1], text: source.slice(match[0].length).replace(/^\n+/, '') };
}

async function parseFrontMatter(front: string): Promise<Record<string, unknown>> {
  const { parse } = await import('yaml');
  try {
    const value: unknown = parse(front, { maxAliasCount: 0 });
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {}; // Broken front matter costs the metadata, not the document.
  }
}
