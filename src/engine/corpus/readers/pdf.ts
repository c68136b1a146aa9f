import { describingMetadata } from './metadata.ts';
import { cleanText } from './plainText.ts';
import { type Reader, unreadable } from './types.ts';

/** A page's text item as pdf.js gives it; positions in points from the lower left corner. */
interface TextItem {
  str: string;
  hasEOL: boolean;
  height: number;
  transform: unknown[];
}

const PAGE_BREAK = '\n\n';

/** A PDF's text layer, page after page, with the offset at which each page starts. */
export const readPdf: Reader = async (bytes, name) => {
  const { getDocumentProxy, getMeta } = await import('unpdf');
  let pdf: Awaited<ReturnType<typeof getDocumentProxy>>;
  try {
    // A copy: pdf.js takes the buffer away.
    pdf = await getDocumentProxy(new Uint8Array(bytes), { verbosity: 0 });
  } catch (error) {
    const kind = error instanceof Error ? error.name : '';
    if (kind === 'PasswordException')
      return unreadable(
        'encrypted',
        'The PDF is protected with a password. Save an unprotected copy (print to PDF, or qpdf --decrypt).',
      );
    return unreadable(
      'malformed',
      `Not a readable PDF (${error instanceof Error ? error.message : String(error)}). Open it in a PDF viewer and save it again.`,
    );
  }
  try {
    const pages: number[] = [];
    let text = '';
    for (let number = 1; number <= pdf.numPages; number += 1) {
      if (number > 1) text += PAGE_BREAK;
      pages.push(text.length);
      const page = await pdf.getPage(number);
      text += cleanText(pageText((await page.getTextContent()).items.filter((item) => isTextItem(item))));
      page.cleanup();
    }
    if (isScanned(text, pages.length))
      return unreadable(
        'scanned',
        `The PDF has ${pages.length} ${pages.length === 1 ? 'page' : 'pages'} but no text layer: it is a scan. Run it through OCR (ocrmypdf in.pdf out.pdf) and use the result.`,
      );
    const { info } = await getMeta(pdf);
    const metadata = describingMetadata({
      title: ownTitle(info?.Title),
      author: info?.Author,
      date: pdfDate(info?.CreationDate),
    });
    return { documents: [{ title: metadata.title ?? name, metadata, text, pages }], unreadable: [] };
  } catch (error) {
    return unreadable(
      'malformed',
      `A page could not be read (${error instanceof Error ? error.message : String(error)}). Open the PDF in a viewer and save it again.`,
    );
  } finally {
    await pdf.loadingTask.destroy();
  }
};

function isTextItem<Item extends object>(item: Item): item is Item & TextItem {
  return 'str' in item && 'transform' in item;
}

/** Coordinate `index` of an item's transformation matrix. */
function coordinate(item: TextItem, index: number): number {
  const value = item.transform[index];
  return typeof value === 'number' ? value : 0;
}

/** Lines as pdf.js ends them; a blank line where the gap or the size says that a new block begins. */
function pageText(items: readonly TextItem[]): string {
  let text = '';
  let line = '';
  let last: { y: number; size: number } | undefined;
  let place: { y: number; size: number } | undefined;
  const endLine = () => {
    const trimmed = line.replace(/[ \t\u00a0]+$/, '').replace(/\u00ad/g, '');
    if (trimmed.trim() && place) {
      if (last && startsBlock(last, place)) text += '\n';
      text += `${trimmed}\n`;
      last = place;
    }
    line = '';
    place = undefined;
  };
  for (const item of items) {
    if (item.str.trim() && !place)
      place = { y: coordinate(item, 5), size: item.height || Math.abs(coordinate(item, 3)) };
    line += item.str;
    if (item.hasEOL) endLine();
  }
  endLine();
  return text.replace(/\n$/, '');
}

function startsBlock(before: { y: number; size: number }, now: { y: number; size: number }): boolean {
  const size = Math.max(before.size, now.size, 1);
  const gap = before.y - now.y;
  return gap > 1.65 * size || gap < -size || Math.abs(before.size - now.size) > 0.2 * size;
}

/** A stray page number or watermark does not make a scan a text. */
function isScanned(text: string, pages: number): boolean {
  const letters = text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
  return letters === 0 || (pages >= 3 && letters < 8 * pages);
}

/** Many programs write the file's name or "untitled" as title: no better than the file name itself. */
function ownTitle(title: unknown): string | undefined {
  if (typeof title !== 'string') return undefined;
  const clean = title.trim();
  const word = /\p{L}{3}/u.test(clean); // not an accession number
  return !word || /^(untitled|microsoft \w+ -)|\.(docx?|pdf|indd|tex|dvi|xlsx?|htm)$/i.test(clean) ? undefined : clean;
}

/** `D:20220114…` as `2022-01-14`. */
function pdfDate(date: unknown): string | undefined {
  const match = typeof date === 'string' ? /^D:(\d{4})(\d{2})(\d{2})/.exec(date) : null;
  return match ? `${match[1]}-${match[2]}-${match[3]}` : undefined;
}
