import { beforeAll, describe, expect, it } from 'vitest';
import { type Import, importsOf, trackedFiles, visibleTypeImports } from './sources.ts';

/** Which rooms a room may import from, besides itself (design: editor → contract ← server → engine, cli → engine). */
const allowed: Record<string, readonly string[]> = {
  'src/contract': [],
  'src/engine': ['src/contract'],
  'src/editor': ['src/contract'],
  'src/extension.ts': ['src/contract', 'src/editor'],
  'src/server': ['src/contract', 'src/engine'],
  'src/server.ts': ['src/contract', 'src/engine', 'src/server'],
  'src/cli': ['src/contract', 'src/engine'],
  'src/cli.ts': ['src/contract', 'src/engine', 'src/cli'],
  webview: ['src/contract'],
};

function roomOf(file: string): string | undefined {
  return Object.keys(allowed).find((room) => file === room || file.startsWith(`${room}/`));
}

const shown = ({ file, target }: Import) => `${file} imports ${target}`;

const edge = (file: string, target: string): Import => ({ file, target, kind: 'static' });

/** Files that reach themselves, those of one circle together. */
function circles(imports: readonly Import[]): string[][] {
  const targets = new Map<string, string[]>();
  for (const { file, target } of imports) targets.set(file, [...(targets.get(file) ?? []), target]);
  const reached = new Map<string, Set<string>>();
  for (const start of targets.keys()) {
    const seen = new Set<string>();
    const next = [...(targets.get(start) ?? [])];
    for (let file = next.pop(); file !== undefined; file = next.pop()) {
      if (seen.has(file)) continue;
      seen.add(file);
      next.push(...(targets.get(file) ?? []));
    }
    reached.set(start, seen);
  }
  const inside = [...reached].filter(([file, seen]) => seen.has(file)).map(([file]) => file);
  const together = (file: string) =>
    inside.filter((other) => reached.get(file)?.has(other) && reached.get(other)?.has(file));
  return [...new Map(inside.map((file) => [together(file).sort().join(), together(file).sort()])).values()];
}

describe('imports point one way', () => {
  let imports: Import[];
  beforeAll(async () => {
    const files = trackedFiles().filter((file) => /^(src|webview)\/.*\.ts$/.test(file) && !file.endsWith('.d.ts'));
    imports = await importsOf(files);
    expect(imports.length).toBeGreaterThan(files.length / 2); // else nothing was parsed
  }, 120_000);

  it('every source file is in a room with a rule', () => {
    const files = trackedFiles().filter((file) => file.startsWith('src/') && file.endsWith('.ts'));
    expect(files.filter((file) => !roomOf(file) && !file.endsWith('.d.ts'))).toEqual([]);
  });

  it('a room imports itself and what the rule allows', () => {
    const wrong = imports.filter(({ file, target }) => {
      const [from, to] = [roomOf(file), roomOf(target)];
      if (!from) return false;
      if (!to) return /^(src|webview|test|scripts)\//.test(target) && !/\.(md|json)$/.test(target);
      return from !== to && !allowed[from]?.includes(to);
    });
    expect(wrong.map(shown)).toEqual([]);
  });

  it('no file imports itself by way of others; in src/editor only types may, through its context', () => {
    const counted = imports.filter(({ kind, file }) => kind !== 'type' || !file.startsWith('src/editor/'));
    expect(circles(counted)).toEqual([]);
    expect(circles([edge('a', 'b'), edge('b', 'c'), edge('c', 'b'), edge('c', 'd')])).toEqual([['b', 'c']]);
  });

  it('vscode is imported in src/editor and src/extension.ts only', () => {
    const wrong = imports.filter(
      ({ file, target }) => target === 'vscode' && roomOf(file) !== 'src/editor' && roomOf(file) !== 'src/extension.ts',
    );
    expect(wrong.map(shown)).toEqual([]);
  });

  it('one module imports the archived webview toolkit', () => {
    const importing = imports.filter(({ target }) => target.startsWith('@vscode/webview-ui-toolkit'));
    expect(new Set(importing.map(({ file }) => file)).size).toBeLessThanOrEqual(1);
    expect(importing.every(({ file }) => file.startsWith('webview/'))).toBe(true);
  });

  it('native and heavy modules are loaded when first used, not with the file', () => {
    const heavy = /^(@lancedb\/lancedb|unpdf|mammoth|cheerio|turndown|gpt-tokenizer|apache-arrow)(\/|$)/;
    const wrong = imports.filter(({ target, kind }) => heavy.test(target) && kind === 'static');
    expect(wrong.map(shown)).toEqual([]);
  });

  it('sees imports of types as well', () => {
    expect(visibleTypeImports("import type { A } from './a.ts';")).toBe("import { A } from './a.ts?type';");
    expect(visibleTypeImports("export type {\n  A,\n} from './a.ts';")).toBe("export {\n  A,\n} from './a.ts?type';");
    expect(visibleTypeImports('export type A = string;')).toBe('export type A = string;');
  });
});
