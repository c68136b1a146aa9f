import { htmlToMarkdown } from './htmlToMarkdown.ts';
import { describingMetadata } from './metadata.ts';
import { decodeText } from './plainText.ts';
import { type Reader, unreadable } from './types.ts';

/** A web page: title and meta tags as metadata, the body as Markdown. */
export const readHtml: Reader = async (bytes, name) => {
  const decoded = decodeText(bytes, declaredCharset(bytes));
  if (!decoded.ok) return unreadable('encoding', decoded.message);
  const { load } = await import('cheerio');
  const $ = load(decoded.text);
  const meta = (key: string) => $(`meta[name="${key}" i], meta[property="${key}" i]`).first().attr('content');
  const metadata = describingMetadata({
    title: $('title').first().text() || meta('og:title'),
    author: meta('author') ?? meta('article:author'),
    date: meta('date') ?? meta('article:published_time'),
    language: $('html').attr('lang'),
  });
  const heading = $('h1').first().text().replace(/\s+/g, ' ').trim();
  const text = await htmlToMarkdown($);
  if (!text)
    return unreadable(
      'empty',
      'The page holds no text outside scripts and menus. Leave it out with `corpus.exclude` in smt.yaml.',
    );
  return { documents: [{ title: metadata.title ?? (heading || name), metadata, text }], unreadable: [] };
};

/** The charset a page declares for itself, looked for in its first kilobyte as browsers do. */
function declaredCharset(bytes: Uint8Array): string | undefined {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 1024));
  return /<meta[^>]+charset\s*=\s*["']?([\w-]+)/i.exec(start)?.[1];
}
