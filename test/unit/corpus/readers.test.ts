import { describe, expect, test } from 'vitest';
import { docx, epub, folder, paragraph, pdf, readOne, reasonFor, scan, zip } from './fixtures.ts';

describe('Markdown and plain text', () => {
  test('front matter becomes title and metadata, the rest stays as it is', async () => {
    const source =
      '---\ntitle: The Tides\nauthor: [A. Aske, B. Boon]\ndate: 2024-05-01\nquestion: a secret?\n---\n\n# Head\n\nText *as it is*.\n';
    const document = await readOne('tides.md', source);
    expect(document.title).toBe('The Tides');
    expect(document.metadata).toEqual({ title: 'The Tides', author: 'A. Aske, B. Boon', date: '2024-05-01' });
    expect(document.text).toBe('# Head\n\nText *as it is*.\n');
  });

  test('a rule at the beginning is no front matter', async () => {
    expect((await readOne('rule.md', '---\nOnce upon a time\n---\nthe end')).text).toBe(
      '---\nOnce upon a time\n---\nthe end',
    );
  });

  test('without front matter the first heading is the title, without heading the file name', async () => {
    expect((await readOne('a.md', 'Intro\n\n# The Heading #\n\ntext')).title).toBe('The Heading');
    expect((await readOne('no-heading.md', 'Only text.')).title).toBe('no-heading');
    expect((await readOne('letter.txt', 'The Letter\n\nDear all,')).title).toBe('The Letter');
    expect((await readOne('prose.txt', 'It was a sentence.\n\nAnd more.')).title).toBe('prose');
  });

  test('Windows line ends give the same text, so the same hash, as Unix ones', async () => {
    const unix = await readOne('a.txt', 'one\ntwo\n\nthree\n');
    const windows = await readOne('a.txt', 'one\r\ntwo\r\n\r\nthree\r\n');
    expect(windows.text).toBe(unix.text);
    expect(windows.text_hash).toBe(unix.text_hash);
  });

  test.each([
    ['UTF-8 with byte order mark', Buffer.from('\ufeffGrüße 🌊', 'utf8')],
    ['UTF-16 little endian', Buffer.from('\ufeffGrüße 🌊', 'utf16le')],
    ['UTF-16 big endian', Buffer.from('\ufeffGrüße 🌊', 'utf16le').swap16()],
  ])('%s is read', async (_, bytes) => {
    const document = await readOne('a.txt', bytes);
    expect(document.text).toBe('Grüße 🌊');
    expect(document.characters).toBe('Grüße 🌊'.length);
  });

  test('other encodings are a reason, not garbage', async () => {
    const problem = await reasonFor('a.txt', Buffer.from('Grüße', 'latin1'));
    expect(problem).toMatchObject({ path: 'a.txt', reason: 'encoding' });
    expect(problem.message).toContain('Save the file as UTF-8');
  });

  test('a file without a letter is empty', async () => {
    expect((await reasonFor('a.md', ' \n\n')).reason).toBe('empty');
    expect((await reasonFor('b.txt', '')).reason).toBe('empty');
  });
});

describe('HTML', () => {
  test('text without scripts, styles, menus; headings, lists and table rows stay', async () => {
    const document = await readOne(
      'page.html',
      `<html lang="en"><head><title> The  Page </title><meta name="Author" content="N. Haskett"><style>p{}</style></head><body>
       <nav>Menu</nav><h1>Head</h1><p>One <b>bold</b> <a href="javascript:x">link</a> &amp; 3 * 4_5.</p><script>alert(1)</script>
       <ul><li>first</li><li>second</li></ul><table><tr><th>Ship</th><th>Cars</th></tr><tr><td>Tern</td><td>34</td></tr></table>
       <p hidden>unseen</p></body></html>`,
    );
    expect(document.text).toBe(
      '# Head\n\nOne bold link & 3 * 4_5.\n\n-   first\n-   second\n\nShip | Cars\n\nTern | 34',
    );
    expect(document).toMatchObject({ title: 'The Page', metadata: { author: 'N. Haskett', language: 'en' } });
  });

  test('a page laid out with a table keeps its paragraphs, tables inside included', async () => {
    const inner = '<table><tr><td>a</td><td>b</td></tr></table>';
    const document = await readOne(
      'layout.html',
      `<table><tr><td><h1>Head</h1><p>One.</p><p>Two.</p>${inner}</td><td>Side</td></tr></table>`,
    );
    expect(document.text).toBe('# Head\n\nOne.\n\nTwo.\n\na | b\n\nSide');
  });

  test('the charset that a page declares is believed', async () => {
    const dash = Buffer.from([0x96]); // an en dash in windows-1252, not valid UTF-8
    const page = Buffer.concat([
      Buffer.from('<meta charset="windows-1252"><p>Gr\u00fc\u00dfe ', 'latin1'),
      dash,
      Buffer.from(' Tag</p>'),
    ]);
    expect((await readOne('old.html', page)).text).toBe('Grüße – Tag');
  });

  test('a page of scripts is empty', async () => {
    expect((await reasonFor('app.html', '<body><script>run()</script></body>')).reason).toBe('empty');
  });
});

describe('PDF', () => {
  test('the page map holds the offset of each page', async () => {
    const document = await readOne(
      'three.pdf',
      pdf([['First page.', 'Second line.'], ['Second page.'], ['Third \\(page\\).']], { title: 'Three Pages' }),
    );
    expect(document.title).toBe('Three Pages');
    expect(document.pages).toHaveLength(3);
    const [, second = 0, third = 0] = document.pages ?? [];
    expect(document.text.slice(0, second)).toBe('First page.\nSecond line.\n\n');
    expect(document.text.slice(second, third)).toBe('Second page.\n\n');
    expect(document.text.slice(third)).toBe('Third (page).');
  });

  test('a page without text keeps its place in the map', async () => {
    const document = await readOne('gap.pdf', pdf([['Before the picture.'], 'picture', ['After the picture.']]));
    const [first = -1, second = -1, third = -1] = document.pages ?? [];
    expect([first, second < third]).toEqual([0, true]);
    expect(document.text.slice(second, third).trim()).toBe('');
    expect(document.text.slice(third)).toBe('After the picture.');
  });

  test('a file name as title is not better than our own', async () => {
    expect(
      (await readOne('report.pdf', pdf([['Text enough.']], { title: 'Microsoft Word - draft7.docx' }))).title,
    ).toBe('report');
    expect((await readOne('filing.pdf', pdf([['Text enough.']], { title: '0000764478-23-000006' }))).title).toBe(
      'filing',
    );
  });

  test('protected, scanned and damaged files each have their reason and what to do', async () => {
    const encrypted = await reasonFor('locked.pdf', pdf([['Secret.']], { encrypted: true }));
    expect(encrypted.reason).toBe('encrypted');
    expect(encrypted.message).toContain('unprotected copy');
    const scanned = await reasonFor('scan.pdf', pdf(['picture', 'picture']));
    expect(scanned.reason).toBe('scanned');
    expect(scanned.message).toMatch(/2 pages.*OCR/);
    expect((await reasonFor('broken.pdf', 'not a pdf at all')).reason).toBe('malformed');
  });
});

describe('DOCX and EPUB', () => {
  test('a table in a Word document is one line a row', async () => {
    const cell = (text: string) => `<w:tc>${paragraph(text)}</w:tc>`;
    const row = (...cells: string[]) => `<w:tr>${cells.map(cell).join('')}</w:tr>`;
    const document = await readOne('t.docx', docx(`<w:tbl>${row('Ship', 'Cars')}${row('Tern', '34')}</w:tbl>`));
    expect(document.text).toBe('Ship | Cars\n\nTern | 34');
  });

  test('a Word document is read with its headings and without its markup', async () => {
    const heading = '<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>The Guide</w:t></w:r></w:p>';
    const document = await readOne(
      'guide.docx',
      docx(`${heading}${paragraph('One &amp; two.')}${paragraph('Three.')}`),
    );
    expect(document.text).toBe('# The Guide\n\nOne & two.\n\nThree.');
    expect(document.title).toBe('The Guide');
  });

  test('the chapters of a book come in the order of its spine, without the table of contents', async () => {
    const document = await readOne(
      'book.epub',
      epub({ zulu: '<h1>First</h1><p>Text.</p>', alpha: '<h1>Second</h1><script>no()</script>' }),
    );
    expect(document.text).toBe('# First\n\nText.\n\n# Second');
    expect(document).toMatchObject({ title: 'A Book', metadata: { author: 'First Author, Second Author' } });
  });

  test('a book with locked chapters is encrypted; one with locked fonts is not', async () => {
    const lock = (uri: string) => ({
      'META-INF/encryption.xml': `<encryption><EncryptedData><CipherData><CipherReference URI="${uri}"/></CipherData></EncryptedData></encryption>`,
    });
    expect((await reasonFor('drm.epub', epub({ a: '<p>x</p>' }, lock('OEBPS/text/a part.xhtml')))).reason).toBe(
      'encrypted',
    );
    expect((await readOne('font.epub', epub({ a: '<p>readable</p>' }, lock('OEBPS/fonts/a.ttf')))).text).toBe(
      'readable',
    );
  });

  test('archives that are damaged, protected or something else', async () => {
    expect((await reasonFor('cut.docx', docx(paragraph('text')).subarray(0, 200))).reason).toBe('malformed');
    expect((await reasonFor('other.docx', zip({ 'readme.txt': 'no document' }))).reason).toBe('malformed');
    expect((await reasonFor('other.epub', zip({ 'readme.txt': 'no book' }))).reason).toBe('malformed');
    const ole = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600)]);
    expect((await reasonFor('locked.docx', ole)).reason).toBe('encrypted');
    expect((await reasonFor('pictures.docx', docx(''))).reason).toBe('empty');
  });

  test('an archive that unpacks to more than the limit is refused before it is unpacked', async () => {
    const bomb = docx(paragraph('a'.repeat(12 * 2 ** 20)));
    expect(bomb.length).toBeLessThan(100_000);
    const problem = await reasonFor('bomb.docx', bomb, { maxFileMb: 1 });
    expect(problem.reason).toBe('too_large');
    expect(problem.message).toContain('4 MB');
  });

  test('an archive that lies about its sizes is never unpacked past what it declares', async () => {
    const bomb = Buffer.from(docx(paragraph('a'.repeat(12 * 2 ** 20))));
    const real = Buffer.alloc(4);
    const declared = Buffer.alloc(4);
    for (let at = 0; at < bomb.length - 4; at += 1) {
      const size = bomb.readUInt32LE(at);
      if (size < 12 * 2 ** 20 || size > 12 * 2 ** 20 + 500) continue;
      real.writeUInt32LE(size);
      declared.writeUInt32LE(2000);
      declared.copy(bomb, at);
    }
    expect(real.readUInt32LE()).toBeGreaterThan(0);
    expect(['malformed', 'empty']).toContain((await reasonFor('liar.docx', bomb, { maxFileMb: 1 })).reason);
  });
});

describe('JSONL', () => {
  const line = (row: object) => `${JSON.stringify(row)}\n`;

  test('one document a row, with the row’s own id and describing metadata only', async () => {
    const corpus = await scan(
      folder({
        'rows.jsonl':
          line({
            id: 7,
            text: 'Seven.\r\nLines.',
            title: 'T',
            author: 'A',
            year: 1954,
            company: 'C',
            question: 'Q?',
            answer: 'A',
          }) +
          line({ article: 'By article.', doc_name: 'DOC_1' }) +
          line({ text: 'No id.' }),
      }),
    );
    expect(corpus.documents.map(({ id, title, metadata }) => ({ id, title, metadata }))).toEqual([
      { id: 'rows.jsonl#7', title: 'T', metadata: { title: 'T', author: 'A', year: '1954', company: 'C' } },
      { id: 'rows.jsonl#DOC_1', title: 'DOC_1', metadata: { doc_name: 'DOC_1' } },
      { id: 'rows.jsonl#3', title: '3', metadata: {} },
    ]);
    expect(await corpus.text('rows.jsonl#7')).toBe('Seven.\nLines.');
  });

  test('two QuALITY rows of one article are one document, and their questions are never text', async () => {
    const row = (question: string) =>
      line({ article_id: '9', title: 'Story', article: 'Once.', questions: [{ question, options: ['a', 'b'] }] });
    const corpus = await scan(folder({ 'quality.jsonl': row('Who came?') + row('Who left?') }));
    expect(corpus.documents.map(({ id }) => id)).toEqual(['quality.jsonl#9']);
    expect(await corpus.text('quality.jsonl#9')).toBe('Once.');
  });

  test('the same id with another text stays a document of its own', async () => {
    const corpus = await scan(
      folder({
        'a.jsonl': line({ id: 'x', text: 'one' }) + line({ id: 'x', text: 'two' }) + line({ id: 'x', text: 'one' }),
      }),
    );
    expect(corpus.documents.map(({ id }) => id)).toEqual(['a.jsonl#x', 'a.jsonl#x-2']);
  });

  test('broken lines are listed with their number, and the rest goes on', async () => {
    const corpus = await scan(
      folder({
        'a.jsonl': `${line({ text: 'good' })}{"text": "cut\n\n[1]\n${line({ title: 'no text' })}${line({ text: ' ' })}${line({ text: 'also good' })}`,
      }),
    );
    expect(corpus.documents.map(({ id }) => id)).toEqual(['a.jsonl#1', 'a.jsonl#7']);
    expect(corpus.unreadable.map(({ path, reason }) => `${path} ${reason}`)).toEqual([
      'a.jsonl:2 malformed',
      'a.jsonl:4 malformed',
      'a.jsonl:5 unsupported',
      'a.jsonl:6 empty',
    ]);
  });

  test('a thousand broken lines do not flood the list', async () => {
    const corpus = await scan(folder({ 'a.jsonl': `${line({ text: 'good' })}${'{\n'.repeat(1000)}` }));
    expect(corpus.unreadable).toHaveLength(51);
    expect(corpus.unreadable.some(({ message }) => message.includes('950 more lines'))).toBe(true);
  });

  test('a data set without texts is one reason, not one a line', async () => {
    const problem = await reasonFor(
      'qa.jsonl',
      line({ question: 'Who?', answer: 'She' }) + line({ question: 'When?' }),
    );
    expect(problem).toMatchObject({ path: 'qa.jsonl', reason: 'unsupported' });
    expect(problem.message).toContain('`text` or `article`');
  });
});
