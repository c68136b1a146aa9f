import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { REPORT_MARK } from '../../../src/contract/corpus.ts';
import type { ScanProgress } from '../../../src/engine/corpus/index.ts';
import { walkFolder } from '../../../src/engine/corpus/walk.ts';
import { folder, pdf, put, scan } from './fixtures.ts';

const ids = (corpus: { documents: readonly { id: string }[] }) => corpus.documents.map(({ id }) => id);

describe('what is looked at', () => {
  test('documents of the globs, never the product’s own files, version control or dependencies', async () => {
    const root = folder({
      'b.md': 'b',
      'a/deep/er.txt': 'deep',
      'A.MD': 'upper case',
      'skip/this.md': 'x',
      'notes.rst': 'x',
      'benchmarks/q.jsonl': '{"text":"x"}',
      'prompts/qa.md': 'x',
      'reviews.jsonl': '{"text":"x"}',
      'smt.yaml': 'v: 1',
      '.git/config.txt': 'x',
      '.smt/old/x.txt': 'x',
      'node_modules/p/readme.md': 'x',
      'a/node_modules/p/readme.md': 'x',
      '.hidden/x.md': 'x',
      'a/benchmarks/kept.md': 'a folder of the user’s own that happens to have this name',
    });
    const corpus = await scan(root, { exclude: ['skip/**'] });
    expect(ids(corpus)).toEqual(['A.MD', 'a/benchmarks/kept.md', 'a/deep/er.txt', 'b.md']);
    expect(corpus.unreadable).toEqual([]);
  });

  test('a glob may name files that no reader knows: they are listed, not lost', async () => {
    const corpus = await scan(folder({ 'a.md': 'a', 'b.xyz': 'b' }), { include: ['**/*'] });
    expect(ids(corpus)).toEqual(['a.md']);
    expect(corpus.unreadable).toMatchObject([{ path: 'b.xyz', reason: 'unsupported' }]);
  });

  test('a report of ours that was saved among the documents is none of them', async () => {
    const page = `<!doctype html>${REPORT_MARK}\n<html><body><h1>Results</h1><p>Who built the quay?</p></body></html>`;
    const corpus = await scan(
      folder({ 'a.md': 'a', 'results.html': page, 'results.md': `${REPORT_MARK}\n# Results\n`, 'b.html': '<p>b</p>' }),
    );
    expect(ids(corpus)).toEqual(['a.md', 'b.html']);
    expect(corpus.unreadable).toMatchObject([
      { path: 'results.html', reason: 'report', message: expect.stringContaining('evaluation questions') },
      { path: 'results.md', reason: 'report' },
    ]);
  });

  test('links that leave the folder are listed and never opened; links inside are read', async () => {
    const outside = folder({ 'secret.md': 'secret', 'sub/also.md': 'secret' });
    const root = folder({ 'real.md': 'real', 'sub/x.md': 'x', '.git/config.md': 'x' });
    symlinkSync(join(outside, 'secret.md'), join(root, 'stolen.md'));
    symlinkSync(join(outside, 'sub'), join(root, 'stolen-folder'));
    symlinkSync(join(root, 'real.md'), join(root, 'alias.md'));
    symlinkSync(join(root, 'sub'), join(root, 'alias-folder'));
    symlinkSync(root, join(root, 'sub', 'loop'));
    symlinkSync(join(root, '.git', 'config.md'), join(root, 'config.md'));
    symlinkSync(join(root, 'gone.md'), join(root, 'dangling.md'));
    const corpus = await scan(root);
    expect(ids(corpus)).toEqual(['alias.md', 'real.md', 'sub/x.md']);
    expect(corpus.unreadable.map(({ path, reason }) => `${path} ${reason}`)).toEqual([
      'config.md outside',
      'dangling.md malformed',
      'stolen-folder outside',
      'stolen.md outside',
    ]);
    expect(readFileSync(join(root, '.smt/corpus/index.jsonl'), 'utf8')).not.toContain('secret');
  });

  test('a link that no glob can reach is none of its business: another folder’s link does not spoil the benchmarks', async () => {
    const outside = folder({ 'q.yaml': 'question: x' });
    const root = folder({ 'benchmarks/own.yaml': 'question: y', 'notes/a.md': 'a' });
    symlinkSync(outside, join(root, 'notes', 'elsewhere'));
    const globs = { include: ['benchmarks/**/*.yaml'], exclude: [], ownFiles: true };
    const found = await walkFolder(root, globs);
    expect(found.files.map(({ path }) => path)).toEqual(['benchmarks/own.yaml']);
    expect(found.unreadable).toEqual([]);
    symlinkSync(outside, join(root, 'benchmarks', 'linked'));
    expect((await walkFolder(root, globs)).unreadable).toMatchObject([
      { path: 'benchmarks/linked', reason: 'outside' },
    ]);
    const other = folder({ 'notes/a.md': 'a' });
    symlinkSync(outside, join(other, 'benchmarks'));
    expect((await walkFolder(other, globs)).unreadable).toMatchObject([{ path: 'benchmarks', reason: 'outside' }]);
  });

  test('a folder whose name a glob has to escape is looked into', async () => {
    const root = folder({ 'notes (old)/a.md': 'a', 'notes [1]/b.md': 'b', 'other/c.md': 'c' });
    const include = ['notes \\(old\\)/**/*.md', 'notes \\[1\\]/*.md'];
    const { files } = await walkFolder(root, { include, exclude: [], ownFiles: false });
    expect(files.map(({ path }) => path)).toEqual(['notes (old)/a.md', 'notes [1]/b.md']);
  });

  test('a file over the limit is listed with its size, and read when the limit is raised', async () => {
    const root = folder({ 'big.txt': 'word '.repeat(300_000), 'small.txt': 'small' });
    const corpus = await scan(root, { maxFileMb: 1 });
    expect(ids(corpus)).toEqual(['small.txt']);
    expect(corpus.unreadable).toMatchObject([{ path: 'big.txt', reason: 'too_large' }]);
    expect(corpus.unreadable[0]?.message).toMatch(/1\.4 MB.*max_file_mb/);
    expect(ids(await scan(root, { maxFileMb: 2 }))).toEqual(['big.txt', 'small.txt']);
  });

  test('one hopeless file does not stop the others', async () => {
    const corpus = await scan(
      folder({ 'a.pdf': 'nonsense', 'b.docx': 'nonsense', 'c.epub': 'nonsense', 'd.md': 'good', 'e.txt': '' }),
    );
    expect(ids(corpus)).toEqual(['d.md']);
    expect(corpus.unreadable.map(({ path, reason }) => `${path} ${reason}`)).toEqual([
      'a.pdf malformed',
      'b.docx malformed',
      'c.epub malformed',
      'e.txt empty',
    ]);
  });
});

describe('reading only what changed', () => {
  test('a second scan extracts nothing and finds the same', async () => {
    const root = folder({
      'a.md': '# A',
      'b.pdf': pdf([['Text of b.']]),
      'c.jsonl': '{"text":"row"}\n{',
      'd.pdf': 'broken',
    });
    const first = await scan(root);
    const second = await scan(root);
    expect([first.extracted, second.extracted]).toEqual([4, 0]);
    expect(second.documents).toEqual(first.documents);
    expect(second.unreadable).toEqual(first.unreadable);
  });

  test('only the changed file is extracted; a touched one is only hashed', async () => {
    const root = folder({ 'a.md': 'one', 'b.md': 'two', 'c.md': 'three' });
    const before = await scan(root);
    put(root, 'a.md', 'ONE');
    utimesSync(join(root, 'b.md'), new Date(2020, 1, 1), new Date(2020, 1, 1));
    const after = await scan(root);
    expect(after.extracted).toBe(1);
    expect(await after.text('a.md')).toBe('ONE');
    expect(after.documents.map(({ text_hash }, at) => text_hash === before.documents[at]?.text_hash)).toEqual([
      false,
      true,
      true,
    ]);
    expect((await scan(root)).extracted).toBe(0);
  });

  test('a change that keeps size and modification time is still seen', async () => {
    const root = folder({ 'a.md': 'one' });
    await scan(root);
    const { atime, mtime } = statSync(join(root, 'a.md'));
    put(root, 'a.md', 'two');
    utimesSync(join(root, 'a.md'), atime, mtime);
    expect(await (await scan(root)).text('a.md')).toBe('two');
  });

  test('deleted and renamed files leave the list, their old texts stay for samples made from them', async () => {
    const root = folder({ 'a.md': 'kept text', 'b.md': 'old text' });
    await scan(root);
    rmSync(join(root, 'b.md'));
    expect(ids(await scan(root))).toEqual(['a.md']);
    const texts = readdirSync(join(root, '.smt/corpus/texts'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.txt'),
    );
    expect(texts).toHaveLength(2);
  });

  test('a lost text is extracted again when it is asked for', async () => {
    const root = folder({ 'a.md': 'the text' });
    await scan(root);
    rmSync(join(root, '.smt/corpus/texts'), { recursive: true });
    const corpus = await scan(root);
    expect(corpus.extracted).toBe(0);
    expect(await corpus.text('a.md')).toBe('the text');
  });

  test('a torn or foreign cache is rebuilt, one of a newer version is refused with what to do', async () => {
    const root = folder({ 'a.md': 'one', 'b.md': 'two' });
    await scan(root);
    const index = join(root, '.smt/corpus/index.jsonl');
    writeFileSync(index, readFileSync(index, 'utf8').slice(0, -40));
    expect((await scan(root)).extracted).toBe(1);
    writeFileSync(index, 'something else');
    expect((await scan(root)).extracted).toBe(2);
    writeFileSync(index, '{"v":99,"extraction":1}\n');
    await expect(scan(root)).rejects.toThrow(/newer version.*Update/);
    expect(readFileSync(index, 'utf8')).toContain('99');
  });

  test('the user’s files and folders are never written to', async () => {
    const root = folder({ 'a.md': 'one', 'sub/b.txt': 'two' });
    const look = () =>
      readdirSync(root, { recursive: true, encoding: 'utf8' })
        .filter((path) => !path.startsWith('.smt'))
        .map((path) => [path, statSync(join(root, path)).mtimeMs]);
    const before = look();
    await scan(root);
    expect(look()).toEqual(before);
  });
});

describe('while it works', () => {
  test('progress counts every file, and stopping leaves no half-written cache', async () => {
    const files = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`${at}.md`, `text ${at}`]));
    const root = folder(files);
    const stop = new AbortController();
    const seen: ScanProgress[] = [];
    const stopped = scan(root, {
      signal: stop.signal,
      onProgress: (progress) => {
        seen.push(progress);
        if (seen.length === 5) stop.abort();
      },
    });
    await expect(stopped).rejects.toThrow(/abort/i);
    expect(existsSync(join(root, '.smt/corpus/index.jsonl'))).toBe(false);
    const progress: ScanProgress[] = [];
    await scan(root, { onProgress: (at) => progress.push(at) });
    const read = progress.filter(({ phase }) => phase === 'read');
    expect(read.map(({ done }) => done)).toEqual(Array.from({ length: 30 }, (_, at) => at + 1));
    expect(read.every(({ total }) => total === 30)).toBe(true);
  });

  test('an unknown document is an error that says where to look', async () => {
    const corpus = await scan(folder({ 'a.md': 'a' }));
    await expect(corpus.text('b.md')).rejects.toThrow(/No document "b.md"/);
    await expect(corpus.windows('b.md')).rejects.toThrow(/No document "b.md"/);
  });
});
