import { posix } from 'node:path';
import type { CheerioAPI } from 'cheerio';
import { htmlToMarkdown } from './htmlToMarkdown.ts';
import { describingMetadata } from './metadata.ts';
import { type Reader, unreadable } from './types.ts';
import { unzipWanted } from './zip.ts';

/** An e-book: the chapters of its spine in reading order, without its navigation pages. */
export const readEpub: Reader = async (bytes, name, limits) => {
  const unzipped = await unzipWanted(
    bytes,
    (path) => /(\.(xml|opf|x?html?)|META-INF\/encryption\.xml)$/i.test(path),
    limits.uncompressedBytes,
  );
  if (!unzipped.ok) return unreadable(unzipped.reason, unzipped.message);
  const { load } = await import('cheerio');
  const part = (path: string, xml: boolean): CheerioAPI | undefined => {
    const entry = unzipped.entries.get(path);
    return entry && load(new TextDecoder().decode(entry), xml ? { xml: true } : {});
  };

  const encryption = part('META-INF/encryption.xml', true);
  // Fonts are often obfuscated in free books; encrypted chapters mean DRM.
  const locked = encryption?.('CipherReference').filter((_, node) =>
    /\.x?html?$/i.test(encryption(node).attr('URI') ?? ''),
  );
  if (locked && locked.length > 0)
    return unreadable('encrypted', 'The book is protected (DRM). Only an unprotected copy can be read.');

  const packagePath = part('META-INF/container.xml', true)?.('rootfile').first().attr('full-path');
  const $package = packagePath === undefined ? undefined : part(packagePath, true);
  if (packagePath === undefined || !$package)
    return unreadable('malformed', 'Not an EPUB: it lacks the package file that lists its chapters. Convert it again.');

  const manifest = new Map(
    $package('manifest > item')
      .map((_, item) => ({
        id: $package(item).attr('id'),
        href: $package(item).attr('href'),
        navigation: /\bnav\b/.test($package(item).attr('properties') ?? ''),
      }))
      .get()
      .map((item) => [item.id, item]),
  );
  const chapters: string[] = [];
  for (const ref of $package('spine > itemref').toArray()) {
    const item = manifest.get($package(ref).attr('idref'));
    if (!item?.href || item.navigation) continue;
    const $chapter = part(posix.join(posix.dirname(packagePath), decodeHref(item.href)), false);
    const text = $chapter ? await htmlToMarkdown($chapter) : '';
    if (text) chapters.push(text);
  }
  const text = chapters.join('\n\n');
  if (!text)
    return unreadable(
      'empty',
      'The book holds no text (picture books are not read). Leave it out with `corpus.exclude` in smt.yaml.',
    );
  const dublinCore = (key: string) => $package(`dc\\:${key}`).first().text();
  const metadata = describingMetadata({
    title: dublinCore('title'),
    author: $package('dc\\:creator')
      .map((_, node) => $package(node).text())
      .get(),
    date: dublinCore('date').slice(0, 10),
    publisher: dublinCore('publisher'),
    language: dublinCore('language'),
  });
  return { documents: [{ title: metadata.title ?? name, metadata, text }], unreadable: [] };
};

function decodeHref(href: string): string {
  const path = href.replace(/#.*$/, '');
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
