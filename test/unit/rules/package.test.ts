import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readManifest } from '../../../scripts/testing/manifest.ts';
import { read, trackedFiles } from './sources.ts';

const Lock = z.object({
  packages: z.record(z.string(), z.object({ optionalDependencies: z.record(z.string(), z.string()).optional() })),
});
const Versions = z.object({
  devDependencies: z.record(z.string(), z.string()),
  optionalDependencies: z.record(z.string(), z.string()),
  dependencies: z.undefined().optional(),
});

describe('the package', () => {
  it('has an allow-list for the VSIX: nothing gets in by being forgotten', () => {
    const lines = read('.vscodeignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines[0]).toBe('**');
    expect(lines.slice(1).every((line) => line.startsWith('!'))).toBe(true);
    expect(lines).toContain('!dist/**');
    expect(lines.filter((line) => /src|test|scripts|node_modules|docs|\.cache/.test(line))).toEqual([]);
  });

  it('pins what it is built with, and ships no dependencies beside the bundles', () => {
    const { devDependencies, optionalDependencies } = Versions.parse(JSON.parse(read('package.json')));
    const loose = Object.entries({ ...devDependencies, ...optionalDependencies }).filter(
      ([, version]) => !/^(npm:[\w@/.-]+@)?\d+\.\d+\.\d+$/.test(version),
    );
    expect(loose).toEqual([]);
  });

  it('installs from a clean clone on every platform: the lock names all optional packages', () => {
    const { packages } = Lock.parse(JSON.parse(read('package-lock.json')));
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`],
      ),
    );
    expect(missing).toEqual([]);
  });

  it('has the scripts that the documentation tells people to run', () => {
    const { scripts } = readManifest();
    const documents = trackedFiles().filter((file) => /^([A-Z]+|docs\/.*)\.md$/.test(file));
    expect(documents).toContain('README.md');
    const asked = documents.flatMap((file) =>
      [...read(file).matchAll(/npm run (?:--silent |-s )?([\w:.-]+)/g)].map((match) => `${file}: npm run ${match[1]}`),
    );
    expect(asked.filter((one) => !scripts[one.split('npm run ')[1] ?? ''])).toEqual([]);
  });
});
