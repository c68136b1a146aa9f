// Writes the sample corpus's PDF, DOCX and EPUB from the Markdown beside this file, byte for byte the same each time.
//   node scripts/sample-corpus/build.mjs [FOLDER]      default: sample-corpus
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { docx } from './docx.mjs';
import { epub } from './epub.mjs';
import { pdf } from './pdf.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const target = process.argv[2] ?? join(here, '..', '..', 'sample-corpus');

/** Front matter and blocks: `{ level: 1…3, text }`, level 0 for a paragraph. */
function readSource(name) {
  const [, front, body] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(readFileSync(join(here, `${name}.md`), 'utf8'));
  const blocks = body
    .trim()
    .split(/\n{2,}/)
    .map((block) => {
      const heading = /^(#{1,3}) (.*)$/.exec(block);
      return heading ? { level: heading[1].length, text: heading[2] } : { level: 0, text: block.replace(/\s+/g, ' ') };
    });
  return { ...parse(front, { schema: 'failsafe' }), blocks };
}

for (const [name, extension, write] of [
  ['saltworks-annual-report-2024', 'pdf', pdf],
  ['museum-of-tides-guide', 'docx', docx],
  ['feasts-and-tales-of-osmerrow', 'epub', epub],
]) {
  const bytes = write(readSource(name));
  writeFileSync(join(target, `${name}.${extension}`), bytes);
  console.log(`${name}.${extension}: ${bytes.length} bytes`);
}
