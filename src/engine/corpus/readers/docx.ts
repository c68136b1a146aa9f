import { htmlToMarkdown } from './htmlToMarkdown.ts';
import { describingMetadata } from './metadata.ts';
import { type Reader, unreadable } from './types.ts';
import { unzipWanted } from './zip.ts';

/** A Word document: mammoth's clean HTML as Markdown; title, author and date from its core properties. */
export const readDocx: Reader = async (bytes, name, limits) => {
  const unzipped = await unzipWanted(bytes, (path) => /\.(xml|rels)$/.test(path), limits.uncompressedBytes);
  if (!unzipped.ok) return unreadable(unzipped.reason, unzipped.message);
  if (!unzipped.entries.has('word/document.xml'))
    return unreadable(
      'malformed',
      'The archive holds no Word document. Open it in its own program and save it as .docx.',
    );

  // Handed to mammoth stored, not compressed: what it sees has already passed the size limit.
  const { zipSync } = await import('fflate');
  const safe = zipSync(Object.fromEntries(unzipped.entries), { level: 0 });
  const { default: mammoth } = await import('mammoth');
  let html: string;
  try {
    html = (await mammoth.convertToHtml({ buffer: Buffer.from(safe) }, { externalFileAccess: false })).value;
  } catch (error) {
    return unreadable(
      'malformed',
      `Word could not have written this (${error instanceof Error ? error.message : String(error)}). Open it in Word or LibreOffice and save it again.`,
    );
  }
  const { load } = await import('cheerio');
  const core = unzipped.entries.get('docProps/core.xml');
  const $core = load(core ? new TextDecoder().decode(core) : '', { xml: true });
  const metadata = describingMetadata({
    title: $core('dc\\:title').first().text(),
    author: $core('dc\\:creator').first().text(),
    date: $core('dcterms\\:created').first().text().slice(0, 10),
  });
  const text = await htmlToMarkdown(load(html));
  if (!text)
    return unreadable(
      'empty',
      'The document holds no text (pictures are not read). Leave it out with `corpus.exclude` in smt.yaml.',
    );
  const heading = /^# +(.+)$/m.exec(text)?.[1];
  return { documents: [{ title: metadata.title ?? heading ?? name, metadata, text }], unreadable: [] };
};
