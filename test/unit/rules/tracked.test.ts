import { describe, expect, it } from 'vitest';
import { read, trackedFiles } from './sources.ts';

const text =
  /\.(ts|mts|mjs|cjs|js|json|jsonl|md|txt|toml|ya?ml|py|css|html|svg|sh|lock)$|(^|\/)(\.npmrc|\.gitignore|\.vscodeignore|run)$/;
const readable = trackedFiles().filter((file) => text.test(file));
const linesWith = (pattern: RegExp, files: readonly string[]) =>
  files.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim().slice(0, 120)}`] : [])),
  );

describe('what is in git', () => {
  it('names no package registry: which one is used is a matter of the machine', () => {
    const registries = new RegExp(
      [
        'registry\\.npmjs',
        'registry\\.yarnpkg',
        'npm\\.pkg\\.github',
        'pypi\\.org',
        'pythonhosted',
        'proxy\\.golang',
      ].join('|'),
    );
    // Not a download address but advice to a person, and this rule itself.
    const files = readable.filter((file) => file !== 'test/unit/rules/tracked.test.ts');
    expect(linesWith(registries, files)).toEqual([]);
  });

  it('has no download addresses in the locks', () => {
    const locks = readable.filter((file) => file.endsWith('package-lock.json'));
    expect(locks.length).toBeGreaterThanOrEqual(3);
    expect(linesWith(/"resolved":/, locks)).toEqual([]);
  });

  it('names no folder of the machine it was written on', () => {
    // /home/you and the like in documentation are nobody's; these are somebody's.
    const machine = new RegExp(
      [
        '(^|[\\s"\'`=(])/(work|root)/',
        '/home/(?!you\\b|user\\b|person\\b|me\\b)\\w+/',
        '[A-Z]:\\\\\\\\?Users\\\\',
      ].join('|'),
    );
    const files = readable.filter(
      (file) => file !== 'test/unit/rules/tracked.test.ts' && !/^(sample-corpus|test\/fixtures)\//.test(file),
    );
    expect(linesWith(machine, files)).toEqual([]);
  });

  it('has source files of one idea: at most 400 lines', () => {
    const sources = readable.filter((file) => /^(src|webview)\/.*\.(ts|css)$/.test(file));
    const long = sources
      .map((file) => [file, read(file).split('\n').length] as const)
      .filter(([, lines]) => lines > 400);
    expect(long).toEqual([]);
  });

  it('has no files with names that say nothing', () => {
    const vague = /(^|\/)(utils?|helpers?|common|managers?|misc)(\.|\/)|(Manager|Helper|Utils)\.ts$/;
    expect(trackedFiles().filter((file) => /^(src|webview|scripts|test)\//.test(file) && vague.test(file))).toEqual([]);
  });

  it('contains no output, no corpus of others and no package', () => {
    const foreign =
      /(^|\/)(node_modules|dist|\.cache|\.demo|\.smt|test-results|__pycache__)\/|\.(vsix|node|gguf|safetensors)$/;
    expect(trackedFiles().filter((file) => foreign.test(file))).toEqual([]);
  });
});
