// Writes l10n/bundle.l10n.json: every text that src/editor passes to vscode.l10n.t, for translators.
//   node scripts/l10n.mjs
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const texts = new Set();
for (const file of globSync('src/editor/**/*.ts', { cwd: root })) {
  const source = readFileSync(join(root, file), 'utf8');
  for (const [, text] of source.matchAll(/l10n\.t\(\s*'((?:[^'\\]|\\.)*)'/g)) texts.add(text.replace(/\\'/g, "'"));
}
const bundle = Object.fromEntries([...texts].sort().map((text) => [text, text]));
writeFileSync(join(root, 'l10n', 'bundle.l10n.json'), `${JSON.stringify(bundle, null, 2)}\n`);
