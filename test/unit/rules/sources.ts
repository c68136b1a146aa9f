import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** Files that are in git or would be added to it, `/`-separated, relative to the root. */
export function trackedFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  return listed.split('\0').filter((file) => file !== '' && existsSync(join(root, file)));
}

export const read = (file: string): string => readFileSync(join(root, file), 'utf8');

export interface Import {
  readonly file: string;
  /** A file of the repository, or the bare name, e.g. `vscode`. */
  readonly target: string;
  /** `type`: erased. `lazy`: `import()` or `require()`, loaded when reached. `static`: loaded with the file. */
  readonly kind: 'type' | 'lazy' | 'static';
}

/**
 * Every import in the files, found by esbuild's parser, with type-only ones kept: a type crosses a wall as well.
 * @param files relative to the root
 */
export async function importsOf(files: readonly string[]): Promise<Import[]> {
  const found: Import[] = [];
  const record: Plugin = {
    name: 'record',
    setup(build) {
      // Types are erased before esbuild resolves anything, so type imports are made visible on the way in.
      build.onLoad({ filter: /\.ts$/ }, ({ path }) => ({
        contents: visibleTypeImports(readFileSync(path, 'utf8')),
        loader: 'ts',
      }));
      build.onResolve({ filter: /.*/ }, ({ path, importer, kind }) => {
        if (kind === 'entry-point') return undefined;
        const file = relative(root, importer).split(sep).join('/');
        const name = path.replace(typeMark, '');
        const target = name.startsWith('.') ? posix.normalize(posix.join(posix.dirname(file), name)) : name;
        found.push({ file, target, kind: name !== path ? 'type' : kind === 'import-statement' ? 'static' : 'lazy' });
        return { path, external: true };
      });
    },
  };
  await build({
    absWorkingDir: root,
    entryPoints: [...files],
    bundle: true,
    write: false,
    outdir: 'none',
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true, experimentalDecorators: true } },
    plugins: [record],
  });
  return found;
}

const typeMark = '?type';

/** Turns `import type … from 'a'` and `export type … from 'a'` into imports of `a?type`, which esbuild keeps. */
export function visibleTypeImports(source: string): string {
  return source.replaceAll(
    /^(import|export) type ([^;='"]*?\bfrom\s*)(['"])([^'"]+)\3/gm,
    (_, statement: string, names: string, quote: string, path: string) =>
      `${statement} ${names}${quote}${path}${typeMark}${quote}`,
  );
}
