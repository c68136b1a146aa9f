import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { onTestFinished } from 'vitest';
import {
  type OpenCorpusOptions,
  type OpenedCorpus,
  openCorpus,
  openTokenCounter,
} from '../../../src/engine/corpus/index.ts';
import { projectPaths } from '../../../src/engine/project/paths.ts';

export type Files = Record<string, string | Uint8Array>;

/** A project folder of its own for one test. */
export function folder(files: Files = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'smt-corpus-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) put(root, path, content);
  return root;
}

export function put(root: string, path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

export interface ScanOptions {
  include?: string[];
  exclude?: string[];
  maxFileMb?: number;
  windowTokens?: number;
  windowOverlapTokens?: number;
  signal?: AbortSignal;
  onProgress?: OpenCorpusOptions['onProgress'];
}

/** Opens the corpus of a folder as the product does, with the estimate as counter. */
export async function scan(root: string, options: ScanOptions = {}): Promise<OpenedCorpus> {
  const counter = await openTokenCounter({
    student: { model: 'none/none' },
    root,
    cacheDir: root,
    env: { HF_HOME: root },
  });
  try {
    return await openCorpus({
      paths: projectPaths(root),
      config: {
        include: options.include ?? ['**/*.{md,markdown,txt,html,htm,pdf,docx,epub,jsonl}'],
        exclude: options.exclude ?? [],
        max_file_mb: options.maxFileMb ?? 64,
      },
      windowTokens: options.windowTokens ?? 12_000,
      windowOverlapTokens: options.windowOverlapTokens ?? 200,
      counter,
      signal: options.signal,
      onProgress: options.onProgress,
    });
  } finally {
    await counter.close();
  }
}

/** The one document of a folder with one readable file, with its text. */
export async function readOne(name: string, content: string | Uint8Array) {
  const corpus = await scan(folder({ [name]: content }));
  const [document] = corpus.documents;
  if (!document) throw new Error(`unreadable: ${JSON.stringify(corpus.unreadable)}`);
  return { ...document, text: await corpus.text(document.id) };
}

/** The one reason of a folder with one unreadable file. */
export async function reasonFor(name: string, content: string | Uint8Array, options: ScanOptions = {}) {
  const corpus = await scan(folder({ [name]: content }), options);
  const [problem] = corpus.unreadable;
  if (!problem || corpus.documents.length > 0) throw new Error(`readable: ${JSON.stringify(corpus.documents)}`);
  return problem;
}

/** A PDF of one object a page: lines of text, or nothing but a picture, as a scanner writes it. */
export function pdf(
  pages: readonly (readonly string[] | 'picture')[],
  options: { encrypted?: boolean; title?: string } = {},
): Uint8Array {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, page) => `${6 + 2 * page} 0 R`).join(' ')}] >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
    // One grey pixel.
    '<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >>\nstream\n\u0080\nendstream',
    `<< /Title (${options.title ?? ''}) >>`,
    ...pages.flatMap((page, index) => {
      const content =
        page === 'picture'
          ? 'q 500 0 0 700 50 50 cm /Im Do Q'
          : page.map((line, at) => `BT /F1 11 Tf 1 0 0 1 72 ${760 - 14 * at} Tm (${line}) Tj ET`).join('\n');
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> /XObject << /Im 4 0 R >> >> /Contents ${7 + 2 * index} 0 R >>`,
        `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
      ];
    }),
  ];
  // Neither hash fits the empty password, so a reader has to ask for one.
  const junk = `<${'a5'.repeat(32)}>`;
  const encrypt = options.encrypted
    ? ` /Encrypt << /Filter /Standard /V 1 /R 2 /P -44 /O ${junk} /U ${junk} >> /ID [<00> <00>]`
    : '';
  let file = '%PDF-1.4\n';
  const offsets = objects.map((body, index) => {
    const offset = file.length;
    file += `${index + 1} 0 obj\n${body}\nendobj\n`;
    return offset;
  });
  const xref = file.length;
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')}`;
  file += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R /Info 5 0 R${encrypt} >>\nstartxref\n${xref}\n%%EOF\n`;
  return Buffer.from(file, 'latin1');
}

/** A Word document with this XML as its body. */
export function docx(body: string, others: Record<string, string> = {}): Uint8Array {
  const office = 'http://schemas.openxmlformats.org';
  return zip({
    '[Content_Types].xml': `<Types xmlns="${office}/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
    '_rels/.rels': `<Relationships xmlns="${office}/package/2006/relationships"><Relationship Id="r1" Type="${office}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
    'word/document.xml': `<w:document xmlns:w="${office}/wordprocessingml/2006/main"><w:body>${body}</w:body></w:document>`,
    ...others,
  });
}

export const paragraph = (text: string) => `<w:p><w:r><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`;

/** An e-book with these chapters (XHTML bodies), in this order, however their files are named. */
export function epub(chapters: Record<string, string>, others: Record<string, string> = {}): Uint8Array {
  const ids = Object.keys(chapters);
  return zip({
    mimetype: 'application/epub+zip',
    'META-INF/container.xml': '<container><rootfiles><rootfile full-path="OEBPS/content.opf"/></rootfiles></container>',
    'OEBPS/content.opf': `<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>A Book</dc:title><dc:creator>First Author</dc:creator><dc:creator>Second Author</dc:creator></metadata><manifest>${ids.map((id) => `<item id="${id}" href="text/${id}%20part.xhtml"/>`).join('')}<item id="nav" href="nav.xhtml" properties="nav"/></manifest><spine><itemref idref="nav"/>${ids.map((id) => `<itemref idref="${id}"/>`).join('')}</spine></package>`,
    'OEBPS/nav.xhtml': '<html><body><h1>Contents</h1></body></html>',
    ...Object.fromEntries(
      ids.map((id) => [`OEBPS/text/${id} part.xhtml`, `<html><body>${chapters[id]}</body></html>`]),
    ),
    ...others,
  });
}

export function zip(entries: Record<string, string | Uint8Array>): Uint8Array {
  return zipSync(
    Object.fromEntries(
      Object.entries(entries).map(([path, content]) => [
        path,
        typeof content === 'string' ? strToU8(content) : content,
      ]),
    ),
  );
}
