import { existsSync, readFileSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ExportFormat } from '../../../src/contract/dataset.ts';
import { exportDataset, openStudent } from '../../../src/engine/mix/index.ts';
import { MixProject, textOf } from './mixProject.ts';

async function exported(project: MixProject, format: ExportFormat) {
  const loaded = await project.project();
  const student = await openStudent(loaded);
  if (!student.ok) throw new Error(student.message);
  const to = project.path('exports', format);
  return exportDataset(loaded, await project.manifest(), student.student, format, to);
}

function lines(project: MixProject, file: string): unknown[] {
  return readFileSync(project.path('exports', file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

async function mixed(yaml = ''): Promise<MixProject> {
  const project = new MixProject(yaml);
  await project.fill(40);
  await project.mix();
  return project;
}

describe('an export', () => {
  it('for TRL has the very texts of the training set, in its order', async () => {
    const project = await mixed();
    const { files, rows } = await exported(project, 'trl-text');
    const texts = lines(project, 'trl-text/train.jsonl');
    const stored = await project.rows();
    expect(texts).toEqual(stored.map(({ ids }) => ({ text: textOf(ids) })));
    const held = await project.rows('set', 'held_out');
    expect(lines(project, 'trl-text/held_out.jsonl')).toEqual(held.map(({ ids }) => ({ text: textOf(ids) })));
    expect(files).toEqual(['train.jsonl', 'held_out.jsonl']);
    expect(rows).toBe(stored.length + held.length);
  });

  it('as messages asks with title and question, and answers with explanation and answer; documents with their text', async () => {
    const project = await mixed();
    await exported(project, 'openai');
    const [kinds, conversations] = [
      (await project.rows()).map(({ kind }) => kind),
      lines(project, 'openai/train.jsonl'),
    ];
    expect(existsSync(project.path('exports/openai/validation.jsonl'))).toBe(true);
    for (const [at, kind] of kinds.entries()) {
      const content = kind === 'qa' ? /^The \w+\nWhat is number \d+\?$/ : /^The \w+$/;
      const answer = kind === 'qa' ? /^Counting[\s\S]*\nAnswer: It is \d+\.$/ : /^Text \d+ in other words\./;
      expect(conversations[at]).toEqual({
        messages: [
          { role: 'user', content: expect.stringMatching(content) },
          { role: 'assistant', content: expect.stringMatching(answer) },
        ],
      });
    }
  });

  it('leaves replay out of conversations, and says how much', async () => {
    const project = new MixProject('mixture: { replay: { source: general.jsonl } }\n');
    const general = Array.from({ length: 80 }, (_, at) =>
      JSON.stringify({ text: `General text number ${at} of rivers.` }),
    );
    project.write('general.jsonl', `${general.join('\n')}\n`);
    await project.fill(40);
    await project.mix();
    const { replay } = await project.manifest();
    const { left_out } = await exported(project, 'trl-messages');
    expect(left_out).toEqual({ 'replay is no conversation': replay?.rows });
    await exported(project, 'trl-text');
    expect(lines(project, 'trl-text/train.jsonl')).toHaveLength((await project.manifest()).train.rows);
  });

  it('of samples that were edited since is refused: it would not be what was mixed', async () => {
    const project = new MixProject();
    const [first] = await project.fill(40);
    await project.mix();
    if (!first) throw new Error('no sample');
    const text = [first.question, first.explanation, first.answer].join('\n');
    project.review({
      ...{ decision: 'edit', sample: first.id, text, request: first.request },
      fields: { answer: 'Other.' },
    });
    await expect(exported(project, 'trl-text')).rejects.toThrow(/reads differently now\. Build the training set again/);
    expect(existsSync(project.path('exports/trl-text'))).toBe(false);
    // A copy of the files needs no samples.
    expect((await exported(project, 'huggingface')).files).toContain('README.md');
  });

  it('never goes into a folder that holds files', async () => {
    const project = await mixed();
    project.write('exports/trl-text/mine.txt', 'mine');
    await expect(exported(project, 'trl-text')).rejects.toThrow(/holds files already/);
    rmSync(project.path('exports/trl-text/mine.txt'));
    expect((await exported(project, 'trl-text')).rows).toBeGreaterThan(0);
  });
});
