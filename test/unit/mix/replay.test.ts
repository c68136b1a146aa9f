import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openProjectCorpus } from '../../../src/engine/generate/index.ts';
import { CorpusOverlap } from '../../../src/engine/mix/overlap.ts';
import { loadProject } from '../../../src/engine/project/index.ts';
import { DOCUMENTS, MixProject, textOf } from './mixProject.ts';

const general = (count: number) =>
  Array.from(
    { length: count },
    (_, at) => `General text number ${at} speaks of weather, trade and ${'rivers '.repeat(at % 9)}.`,
  );
const jsonl = (texts: readonly string[]) => `${texts.map((text) => JSON.stringify({ text })).join('\n')}\n`;

describe('replay', () => {
  it('has its share of all tokens by both rules, counted apart', async () => {
    for (const rule of ['add', 'replace']) {
      const project = new MixProject(
        `mixture: { tokens: 9000, replay: { source: general.jsonl, share: 0.1, rule: ${rule} } }\n`,
      );
      project.write('general.jsonl', jsonl(general(100)));
      await project.fill(200);
      expect((await project.mix()).end).toMatchObject({ kind: 'succeeded' });
      const { train, replay, parts } = await project.manifest();
      const synthetic = parts.reduce((sum, { tokens }) => sum + tokens, 0);
      expect(train.tokens).toBe(synthetic + (replay?.tokens ?? 0));
      expect(Math.abs(synthetic - (rule === 'add' ? 9000 : 8100))).toBeLessThanOrEqual(train.longest);
      expect(Math.abs((replay?.tokens ?? 0) - 0.1 * train.tokens)).toBeLessThanOrEqual(train.longest);
      const rows = (await project.rows()).filter(({ kind }) => kind === 'replay');
      expect(rows.length).toBe(replay?.rows);
      expect(rows.every(({ source }) => /^replay:\d+$/.test(source))).toBe(true);
    }
  });

  it('leaves out what repeats the corpus or itself, and counts it', async () => {
    const project = new MixProject('mixture: { tokens: 5000, replay: { source: general } }\n');
    const texts = general(60);
    mkdirSync(project.path('general'));
    project.write('general/a.jsonl', jsonl([DOCUMENTS['harbour.md'].slice(15), ...texts.slice(0, 30)]));
    project.write(
      'general/b.jsonl',
      jsonl([texts[3] ?? '', `Somebody quotes it: ${DOCUMENTS['lighthouse.md'].slice(20, 400)}`, ...texts.slice(30)]),
    );
    await project.fill(200);
    await project.mix({ tokens: 20_000 });
    const { replay } = await project.manifest();
    expect(replay?.dropped_duplicates).toBe(3);
    const rows = (await project.rows()).filter(({ kind }) => kind === 'replay').map(({ ids }) => textOf(ids));
    expect(rows.filter((text) => /seven piers|was lit in the year/.test(text))).toEqual([]);
    expect(new Set(rows).size).toBe(rows.length);
  });

  it('leaves out what tells an evaluation question or brings control tokens, and counts it', async () => {
    const project = new MixProject('mixture: { tokens: 5000, replay: { source: general.jsonl } }\n');
    const question = 'In which year did the keeper of the old lighthouse first count the ships?';
    project.write(
      'benchmarks/own.yaml',
      `v: 1\nname: own\nquestions:\n  - { id: q1, question: "${question}", answer: "1831" }\n`,
    );
    const texts = general(80);
    project.write(
      'general.jsonl',
      jsonl([
        `A quiz of last week. ${question.toUpperCase()} It was 1831.`,
        'Somebody writes <|user|>and nobody<|end|> knows why.',
        ...texts,
      ]),
    );
    await project.fill(200);
    expect((await project.mix()).end).toMatchObject({ kind: 'succeeded' });
    const { replay } = await project.manifest();
    expect(replay).toMatchObject({
      ...{ dropped_duplicates: 0, dropped_leaks: 1, dropped_control_tokens: 1, evaluation_questions: 1 },
    });
    const rows = (await project.rows()).filter(({ kind }) => kind === 'replay');
    expect(rows.filter(({ ids }) => /QUIZ|Somebody/i.test(textOf(ids)))).toEqual([]);
    for (const { ids } of rows) expect(ids.slice(0, -1).every((id) => id < 256)).toBe(true);
    const card = project.read('.smt/datasets/set/README.md');
    expect(card).toContain('1 that tell one of 1 evaluation questions, 1 with a control token of the student');
    expect(card).not.toContain('keeper of the old lighthouse');
  });

  it('waits for a benchmark that cannot be read: a question nobody knows could be trained on', async () => {
    const project = new MixProject('mixture: { replay: { source: general.jsonl } }\n');
    project.write('general.jsonl', jsonl(general(100)));
    project.write('benchmarks/torn.jsonl', '{"question": "What is\n');
    await project.fill(40);
    const says = expect.stringMatching(/torn\.jsonl.*Not a JSON value/);
    expect((await project.mix()).end).toMatchObject({ kind: 'bad_input', message: says });
  });

  it('reads Parquet as well, and cuts long texts into rows of which the last one ends', async () => {
    const { parquetWriteBuffer } = await import('hyparquet-writer');
    const project = new MixProject('mixture: { tokens: 9000, replay: { source: general.parquet, share: 0.5 } }\n');
    const long = 'A long text about tides and their tables. '.repeat(120);
    const buffer = parquetWriteBuffer({
      columnData: [{ name: 'text', data: [long, ...general(200)], type: 'STRING' }],
    });
    writeFileSync(project.path('general.parquet'), Buffer.from(buffer));
    await project.fill(200);
    expect((await project.mix()).end).toMatchObject({ kind: 'succeeded' });
    const pieces = (await project.rows()).filter(({ source }) => source === 'replay:0');
    expect(pieces.length).toBe(3);
    expect(pieces.filter(({ ids }) => ids.at(-1) === 256).length).toBe(1);
    expect(pieces.reduce((sum, { ids }) => sum + textOf(ids).length, 0)).toBe(long.length);
  });

  it('is no document of the corpus, also where it lies among them', async () => {
    const project = new MixProject();
    project.write('general/texts.md', 'General text.');
    project.write('general/texts.jsonl', jsonl(general(50)));
    const yaml = readFileSync(project.path('smt.yaml'), 'utf8').replace("['*.md']", "['**/*.md']");
    const documents = async () => {
      const loaded = await loadProject(project.root);
      if (loaded.kind !== 'ready') throw new Error(loaded.kind);
      const { corpus, counter } = await openProjectCorpus(loaded.project);
      await counter.close();
      return corpus.documents.map(({ id }) => id);
    };
    project.write('smt.yaml', yaml);
    expect(await documents()).toContain('general/texts.md');
    project.write('smt.yaml', `${yaml}mixture: { replay: { source: general } }\n`);
    expect(await documents()).not.toContain('general/texts.md');
  });

  it('that is too short, of another format or not there ends the job with a sentence', async () => {
    const project = new MixProject();
    await project.fill(100);
    project.write('short.jsonl', jsonl(general(2)));
    project.write('odd.jsonl', '{"content":"no text here"}\n');
    for (const [source, says] of [
      ['short.jsonl', /Replay needs \d+ tokens and short\.jsonl has \d+.*Nothing is repeated/],
      ['odd.jsonl', /odd\.jsonl, line 1: no field "text"/],
      ['gone.jsonl', /gone\.jsonl is not there/],
      ['smt.yaml', /neither \.jsonl nor \.parquet/],
    ] as const) {
      project.configure(`mixture: { replay: { source: ${source} } }\n`);
      expect((await project.mix()).end).toMatchObject({ kind: 'bad_input', message: expect.stringMatching(says) });
    }
  });
});

describe('the overlap with the corpus', () => {
  const corpus = 'In the year of the great storm the keeper of the lighthouse counted four hundred ships that passed.';
  const overlap = new CorpusOverlap(corpus.length);
  overlap.add(corpus);

  it('is found whatever case, accents and punctuation', () => {
    expect(overlap.repeats('IN THE YEAR, of the great storm: the keeper — of the lighthouse — counted!')).toBe(true);
    expect(overlap.repeats(corpus)).toBe(true);
  });

  it('is not seen in texts that share words but no passage', () => {
    expect(overlap.repeats('The keeper of the keys counted the ships in the year of the plague.')).toBe(false);
    for (const text of general(300)) expect(overlap.repeats(text)).toBe(false);
  });
});
