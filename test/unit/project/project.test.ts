import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  checkProjectText,
  countFolder,
  createProject,
  findProjectRoot,
  loadProject,
  methodOptions,
} from '../../../src/engine/project/index.ts';
import { methodsFor } from '../../../src/engine/synth/index.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'smt-unit-project-'));

describe('a new project file', () => {
  it.each(['standard', 'small'] as const)('is valid and holds the defaults of the %s profile', async (profile) => {
    const root = folder();
    await createProject(root, { profile, endpoint: profile === 'small' ? 'builtin' : 'lab' });
    const loaded = await loadProject(root);
    if (loaded.kind !== 'ready') throw new Error(JSON.stringify(loaded));
    for (const method of methodsFor(profile)) {
      expect(methodOptions(loaded.project.config, method)).toEqual(method.options.parse({}));
      expect(loaded.project.config.methods[method.id]?.enabled).toBe(true);
    }
  });

  it('never overwrites one, and ignores .smt without touching the user’s .gitignore', async () => {
    const root = folder();
    writeFileSync(join(root, '.gitignore'), 'mine\n');
    expect((await createProject(root)).kind).toBe('created');
    writeFileSync(join(root, 'smt.yaml'), 'v: 1\nname: edited\n');
    expect((await createProject(root)).kind).toBe('exists');
    expect(readFileSync(join(root, 'smt.yaml'), 'utf8')).toContain('edited');
    expect(readFileSync(join(root, '.gitignore'), 'utf8')).toBe('mine\n');
    expect(readFileSync(join(root, '.smt/.gitignore'), 'utf8')).toBe('*\n');
  });
});

describe('smt.yaml', () => {
  it('needs no more than a version and a name', () => {
    expect(checkProjectText('smt.yaml', 'v: 1\nname: x\n')).toEqual([]);
  });

  it.each([
    ['v: 1\nname: x\nmethods:\n  qa: {questions_per_call: 0}\n', 4, 'methods.qa.questions_per_call', '≥ 1'],
    ['v: 1\nname: x\nmethods:\n  wrap: {}\n', 4, 'methods.wrap', 'unknown key'],
    ['v: 1\nname: x\ngenerator:\n  profile: huge\n', 4, 'generator.profile', 'auto, standard, small'],
    ['v: 1\nname: x\ncorpus:\n  include: ["../secrets/*"]\n', 4, 'corpus.include.0', 'inside the project folder'],
    ['v: 1\nname: x\ngenerator:\n  endpoints: ["https://evil.example"]\n', 4, 'generator.endpoints.0', 'lower-case'],
    ['v: 0\nname: x\n', 1, 'v', 'allowed: 1'],
    ['v: 9\nname: x\nlater: {}\n', 1, 'v', 'a newer version of this program wrote this file: update it'],
    ['v: 1\nname: [\n', 3, '', 'not valid YAML'],
  ])('%j is underlined at its place with what is allowed', (text, line, key, message) => {
    const [problem] = checkProjectText('smt.yaml', text);
    expect(problem).toMatchObject({ file: 'smt.yaml', line, key });
    expect(problem?.message).toContain(message);
  });

  it('takes options of either profile, and each profile reads only its own', async () => {
    const root = folder();
    const [smallQa] = methodsFor('small');
    const [standardQa] = methodsFor('standard');
    writeFileSync(
      join(root, 'smt.yaml'),
      'v: 1\nname: x\nmethods:\n  qa: {calls_per_part: 7, questions_per_window: 3}\n',
    );
    const loaded = await loadProject(root);
    if (loaded.kind !== 'ready' || !smallQa || !standardQa) throw new Error(JSON.stringify(loaded));
    expect(methodOptions(loaded.project.config, standardQa)).toMatchObject({ calls_per_part: 7 });
    expect(methodOptions(loaded.project.config, smallQa)).toMatchObject({ questions_per_window: 3 });
  });
});

it('is found from a folder below it', async () => {
  const root = folder();
  await createProject(join(root, 'a'), {});
  expect(await findProjectRoot(join(root, 'a', 'b', 'c'))).toBe(join(root, 'a'));
});

it('counts files by kind without opening them', async () => {
  const root = folder();
  for (const name of ['a.md', 'b.md', 'c.pdf', 'd.exe']) writeFileSync(join(root, name), 'x');
  expect(await countFolder(root, ['**/*.{md,pdf}'])).toEqual({ files: { md: 2, pdf: 1 }, total: 3, bytes: 3 });
});
