import { strToU8, zlibSync } from 'fflate';

// Advance widths of Helvetica for the characters from space to tilde, in 1/1000 of the font size (Adobe's AFM files).
const WIDTHS = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
  556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
  722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
  556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
  260, 334, 584,
];
const PAGE = { width: 595, height: 842, left: 72, right: 72, top: 76, bottom: 80 };
/** Styles by heading level; 0 is a paragraph. Bold runs some 8 % wider than the regular widths. */
const STYLES = {
  0: { font: 'F1', size: 10.5, leading: 15, before: 0, after: 9, widen: 1 },
  1: { font: 'F2', size: 22, leading: 27, before: 0, after: 8, widen: 1.08 },
  2: { font: 'F2', size: 13, leading: 18, before: 14, after: 7, widen: 1.08 },
};

const widthOf = (text, { size, widen }) =>
  ([...text].reduce((sum, character) => sum + (WIDTHS[character.charCodeAt(0) - 32] ?? 556), 0) * size * widen) / 1000;

function wrap(text, style) {
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (widthOf(longer, style) <= PAGE.width - PAGE.left - PAGE.right) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

const literal = (text) => `(${text.replace(/[\\()]/g, '\\$&')})`;

/** A PDF with a text layer in the built-in Helvetica, page numbers, and the document's properties. ASCII text only. */
export function pdf({ title, author, date, blocks }) {
  const pages = [[]];
  let y = PAGE.height - PAGE.top;
  const put = (text, x, at, { font, size }) =>
    pages.at(-1).push(`BT /${font} ${size} Tf 1 0 0 1 ${x} ${at.toFixed(1)} Tm ${literal(text)} Tj ET`);
  for (const [index, block] of blocks.entries()) {
    const style = STYLES[block.level];
    const lines = wrap(block.text, style);
    const first = y === PAGE.height - PAGE.top;
    if (!first) y -= style.before;
    // A heading stays with three lines of what follows; a paragraph is not broken after its first line.
    const needed = block.level ? style.leading + 3 * STYLES[0].leading : Math.min(2, lines.length) * style.leading;
    if (y - needed < PAGE.bottom && index > 0) {
      pages.push([]);
      y = PAGE.height - PAGE.top;
    }
    for (const line of lines) {
      if (y - style.leading < PAGE.bottom) {
        pages.push([]);
        y = PAGE.height - PAGE.top;
      }
      y -= style.leading;
      put(line, PAGE.left, y, style);
    }
    y -= style.after;
  }
  for (const [index, page] of pages.entries())
    page.push(
      `BT /F1 8.5 Tf 1 0 0 1 ${PAGE.left} 46 Tm ${literal(`${title}   |   Page ${index + 1} of ${pages.length}`)} Tj ET`,
    );

  const objects = [];
  const add = (body) => objects.push(body);
  const first = 6; // objects 1…5 are catalog, pages, two fonts, properties
  add('<< /Type /Catalog /Pages 2 0 R /Lang (en) >>');
  add(
    `<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, index) => `${first + 2 * index} 0 R`).join(' ')}] >>`,
  );
  add('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>');
  add('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>');
  add(`<< /Title ${literal(title)} /Author ${literal(author)} /CreationDate (D:${date.replaceAll('-', '')}000000Z) >>`);
  for (const [index, page] of pages.entries()) {
    add(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${PAGE.width} ${PAGE.height}] /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> /Contents ${first + 2 * index + 1} 0 R >>`,
    );
    add(zlibSync(strToU8(page.join('\n')), { level: 9 }));
  }

  const chunks = [];
  const offsets = [];
  let length = 0;
  const write = (chunk) => {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : Buffer.from(chunk);
    chunks.push(bytes);
    length += bytes.length;
  };
  write('%PDF-1.4\n%\u00e2\u00e3\u00cf\u00d3\n');
  for (const [index, body] of objects.entries()) {
    offsets.push(length);
    write(`${index + 1} 0 obj\n`);
    if (typeof body === 'string') write(body);
    else {
      write(`<< /Length ${body.length} /Filter /FlateDecode >>\nstream\n`);
      write(body);
      write('\nendstream');
    }
    write('\nendobj\n');
  }
  const xref = length;
  write(
    `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')}`,
  );
  write(`trailer\n<< /Size ${objects.length + 1} /Root 1 0 R /Info 5 0 R >>\nstartxref\n${xref}\n%%EOF\n`);
  return Buffer.concat(chunks);
}
