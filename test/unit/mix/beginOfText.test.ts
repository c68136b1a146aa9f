import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadEncoder } from '../../../src/engine/mix/encoder.ts';
import { exportDataset, openStudent } from '../../../src/engine/mix/index.ts';
import { BOS, bosConfig, byteTokenizer, EOS, tokenizerConfig } from '../../fixtures/byteTokenizer.ts';
import { MixProject, textOf } from './mixProject.ts';

/** A project whose student begins every text as Llama 3 does. */
function withBegin(yaml = '', config = bosConfig): MixProject {
  const project = new MixProject(yaml);
  project.write('tokenizer/tokenizer.json', byteTokenizer({ bos: true }));
  project.write('tokenizer/tokenizer_config.json', config);
  return project;
}

async function student(project: MixProject) {
  const found = await openStudent(await project.project());
  if (!found.ok) throw new Error(found.message);
  return found.student;
}

const general = (count: number) =>
  Array.from({ length: count }, (_, at) => `${JSON.stringify({ text: `General text ${at} of weather.` })}\n`).join('');

describe('what every text of a student begins with', () => {
  const folder = mkdtempSync(join(tmpdir(), 'smt-begin-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("is what the tokenizer's own post-processor puts ahead of it", async () => {
    for (const [bos, begin] of [
      [true, [BOS]],
      [false, []],
    ] as const) {
      writeFileSync(join(folder, 'tokenizer.json'), byteTokenizer({ bos }));
      writeFileSync(join(folder, 'tokenizer_config.json'), bos ? bosConfig : tokenizerConfig);
      const encoder = await loadEncoder(join(folder, 'tokenizer.json'));
      expect(encoder.begin).toEqual(begin);
      expect(encoder.encode('text')).toHaveLength(4);
    }
  });

  it('is what add_bos_token says where the configuration has it', async () => {
    const says = (add_bos_token: boolean, more: object = {}) =>
      JSON.stringify({ ...JSON.parse(bosConfig), add_bos_token, ...more });
    expect((await student(withBegin('', says(false)))).tokenizer.begin).toEqual([]);
    expect((await student(withBegin('', says(true)))).tokenizer).toMatchObject({
      begin: [BOS],
      beginText: '<|begin|>',
    });
    // A tokenizer without the post-processor, as some Llama conversions are: the configuration adds it.
    const converted = new MixProject();
    converted.write('tokenizer/tokenizer_config.json', says(true, { bos_token: '<|user|>' }));
    expect((await student(converted)).tokenizer.begin).toEqual([EOS + 1]);
    // And one that has nothing to begin with.
    expect((await student(new MixProject())).tokenizer.begin).toEqual([]);
  });

  it('stands once at the start of every row, is counted, recorded and told on the card', async () => {
    const project = withBegin(
      'mixture: { tokens: 4000, loss_on: answers, replay: { source: general.jsonl, share: 0.3 } }\n',
    );
    const long = 'A long text about tides and their tables. '.repeat(120);
    project.write('general.jsonl', `${JSON.stringify({ text: long })}\n${general(400)}`);
    await project.fill(200);
    expect((await project.mix({ tokens: 30_000 })).end).toMatchObject({ kind: 'succeeded' });
    const manifest = await project.manifest();
    expect(manifest.tokenizer).toMatchObject({ begin: [BOS], eos: EOS });
    const rows = await project.rows();
    const pieces = rows.filter(({ source }) => source === 'replay:0');
    for (const { ids, labels, kind } of rows.filter((row) => !pieces.includes(row))) {
      expect(ids[0]).toBe(BOS);
      expect(ids.filter((id) => id === BOS)).toHaveLength(1);
      expect(ids.at(-1)).toBe(EOS);
      // What begins a masked question is not learned either.
      expect(labels[0]).toBe(kind === 'qa' ? -100 : BOS);
      if (kind === 'qa') expect(textOf(labels.filter((id) => id >= 0))).toMatch(/^Counting/);
    }
    // Only the first piece of a long text begins, only the last ends.
    expect(pieces.map(({ ids }) => [ids[0] === BOS, ids.at(-1) === EOS])).toEqual(
      expect.arrayContaining([
        [true, false],
        [false, false],
        [false, true],
      ]),
    );
    expect(rows.reduce((sum, { ids }) => sum + ids.length, 0)).toBe(manifest.train.tokens);
    expect(project.read('.smt/datasets/set/README.md')).toContain('begins with token 259 and ends with token 256');
  });

  it('is written once by a chat template, and not at all where the template writes none', async () => {
    const project = withBegin('mixture: { render: chat }\n');
    await project.fill(40);
    await project.mix();
    for (const { ids } of await project.rows()) expect(ids.filter((id) => id === BOS)).toHaveLength(1);
    const silent = { ...JSON.parse(bosConfig) };
    silent.chat_template = silent.chat_template.replace('{{ bos_token }}', '');
    const other = withBegin('mixture: { render: chat }\n', JSON.stringify(silent));
    await other.fill(40);
    await other.mix();
    for (const { ids, kind } of await other.rows())
      expect(ids.filter((id) => id === BOS)).toHaveLength(kind === 'qa' ? 0 : 1);
  });

  it('reaches a trainer once, whoever puts it there', async () => {
    for (const render of ['plain', 'chat']) {
      const project = withBegin(`mixture: { render: ${render}, replay: { source: general.jsonl } }\n`);
      project.write('general.jsonl', general(60));
      await project.fill(40);
      await project.mix();
      const rows = await project.rows();
      for (const format of ['trl-text', 'axolotl', 'llama-factory'] as const)
        await exportDataset(
          ...[await project.project(), await project.manifest(), await student(project)],
          ...[format, project.path('exports', format)],
        );
      const lines = (file: string) =>
        project
          .read(`exports/${file}`)
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line));
      // Both put it there themselves; axolotl's segments are taken as they are.
      for (const { text } of [...lines('trl-text/train.jsonl'), ...lines('llama-factory/train.jsonl')])
        expect(text).not.toContain('<|begin|>');
      const encoder = await loadEncoder(project.path('tokenizer/tokenizer.json'));
      expect(
        lines('axolotl/train.jsonl').map(({ segments }) =>
          segments.flatMap((each: { text: string }) => encoder.encode(each.text)),
        ),
      ).toEqual(rows.map(({ ids }) => [...ids]));
    }
  });
});
