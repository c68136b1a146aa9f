import { escapeXml, zip } from './zip.mjs';

const XML = '<?xml version="1.0" encoding="UTF-8"?>\n';

const page = (title, body) =>
  `${XML}<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en"><head><title>${escapeXml(title)}</title></head><body>\n${body}\n</body></html>\n`;

const element = ({ level, text }) =>
  level ? `<h${level}>${escapeXml(text)}</h${level}>` : `<p>${escapeXml(text)}</p>`;

/** An EPUB 3 book: each first-level heading begins a chapter. */
export function epub({ title, author, date, publisher, blocks }) {
  const chapters = [];
  for (const block of blocks) {
    if (block.level === 1) chapters.push({ title: block.text, blocks: [] });
    chapters.at(-1).blocks.push(block);
  }
  const id = (index) => `chapter-${index + 1}`;
  const contents = chapters.map(
    (chapter, index) => `<li><a href="${id(index)}.xhtml">${escapeXml(chapter.title)}</a></li>`,
  );
  return zip(
    {
      mimetype: 'application/epub+zip',
      'META-INF/container.xml': `${XML}<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>`,
      'book/package.opf': `${XML}<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">urn:uuid:8d9bb2b4-58a2-4f0c-9a67-0f4f2c4f7a11</dc:identifier><dc:title>${escapeXml(title)}</dc:title><dc:creator>${escapeXml(author)}</dc:creator><dc:publisher>${escapeXml(publisher)}</dc:publisher><dc:date>${date}</dc:date><dc:language>en</dc:language><meta property="dcterms:modified">${date}T00:00:00Z</meta></metadata><manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>${chapters.map((_, index) => `<item id="${id(index)}" href="${id(index)}.xhtml" media-type="application/xhtml+xml"/>`).join('')}</manifest><spine><itemref idref="nav"/>${chapters.map((_, index) => `<itemref idref="${id(index)}"/>`).join('')}</spine></package>`,
      'book/nav.xhtml': page('Contents', `<nav epub:type="toc"><h1>Contents</h1><ol>${contents.join('')}</ol></nav>`),
      ...Object.fromEntries(
        chapters.map((chapter, index) => [
          `book/${id(index)}.xhtml`,
          page(chapter.title, chapter.blocks.map(element).join('\n')),
        ]),
      ),
    },
    ['mimetype'],
  );
}
