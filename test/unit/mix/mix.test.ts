import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MixtureShortfall } from '../../../src/contract/dataset.ts';
import { decoded } from '../../../src/engine/mix/datasets.ts';
import { loadEncoder } from '../../../src/engine/mix/encoder.ts';
import { lengthHistogram } from '../../../src/engine/mix/index.ts';
import { trainingText } from '../../../src/engine/synth/trainingText.ts';
import { EOS, MixProject, textOf } from './mixProject.ts';

const TITLES: Readonly<Record<string, string>> = {
  'harbour.md': 'The harbour',
  'lighthouse.md': 'The lighthouse',
  'ferry.md': 'The ferry',
};
const succeeded = expect.objectContaining({ kind: 'succeeded' });
const filesOf = (folder: string) =>
  readdirSync(join(folder, 'data')).map((name) => readFileSync(join(folder, 'data', name)).toString('base64'));

describe('a training set', () => {
  it('holds the samples in the tokens of the student, each once, each with its end', async () => {
    const project = new MixProject();
    const samples = await project.fill(60);
    expect((await project.mix()).end).toEqual(succeeded);
    const rows = [...(await project.rows()), ...(await project.rows('set', 'held_out'))];
    expect(new Set(rows.map(({ source }) => source)).size).toBe(rows.length);
    for (const { ids, labels, source, kind, method, document } of rows) {
      const sample = samples.find(({ id }) => id === source);
      expect(sample).toMatchObject({ kind, method, document });
      expect(ids.at(-1)).toBe(EOS);
      expect(textOf(ids)).toBe(sample && trainingText(sample, TITLES[document ?? ''] ?? ''));
      expect(labels).toEqual(ids);
    }
  });

  it('is as large as the shares allow when nothing is asked, and its manifest adds up', async () => {
    const project = new MixProject();
    await project.fill(80);
    await project.mix();
    const manifest = await project.manifest();
    const [rows, held] = [await project.rows(), await project.rows('set', 'held_out')];
    const sum = (of: readonly { tokens: number; rows: number }[]) => of.reduce((all, { tokens }) => all + tokens, 0);
    expect(manifest.train.tokens).toBe(rows.reduce((all, { ids }) => all + ids.length, 0));
    expect(manifest.train.rows).toBe(rows.length);
    expect(manifest.held_out.rows).toBe(held.length);
    for (const by of [manifest.parts, Object.values(manifest.by_method), Object.values(manifest.by_document)])
      expect(sum(by)).toBe(manifest.train.tokens);
    const [qa, document] = manifest.parts;
    const longest = manifest.train.longest;
    expect(Math.abs((qa?.tokens ?? 0) - (document?.tokens ?? 0))).toBeLessThanOrEqual(longest);
    expect(manifest.parts.some(({ tokens, available_tokens }) => tokens === available_tokens)).toBe(true);
    const lengths = await lengthHistogram(project.path('.smt/datasets/set'));
    expect(lengths.reduce((all, bucket) => all + bucket.rows, 0)).toBe(rows.length);
    expect(readFileSync(project.path('.smt/datasets/set/README.md'), 'utf8')).toContain('tags:\n- synthetic');
  });

  it('has the same bytes for the same seed and samples, and other rows for another seed', async () => {
    const project = new MixProject();
    await project.fill(120);
    await project.mix({ name: 'one', tokens: 4000 });
    rmSync(project.path('.smt/datasets/.tokens'), { recursive: true });
    await project.mix({ name: 'two', tokens: 4000 });
    await project.mix({ name: 'three', tokens: 4000, seed: 5 });
    const folder = (name: string) => project.path('.smt/datasets', name);
    expect(filesOf(folder('one'))).toEqual(filesOf(folder('two')));
    expect((await project.manifest('one')).hash).toBe((await project.manifest('two')).hash);
    expect(filesOf(folder('one'))).not.toEqual(filesOf(folder('three')));
    // The held-out samples are the same for every seed: losses can be compared.
    const held = async (name: string) => (await project.rows(name, 'held_out')).map(({ source }) => source);
    expect(await held('one')).toEqual(await held('three'));
  });

  it('comes as a nested series: every budget holds the smaller ones, and none holds a held-out sample', async () => {
    const project = new MixProject('mixture: { held_out: 0.1 }\n');
    await project.fill(200);
    expect((await project.mix({ name: 'series', budgets: [8000, 2000, 4000] })).end).toEqual(succeeded);
    const sources = async (name: string, split: 'train' | 'held_out' = 'train') =>
      new Set((await project.rows(name, split)).map(({ source }) => source));
    const held = await sources('series-8000', 'held_out');
    expect(held.size).toBeGreaterThan(5);
    let smaller = new Set<string>();
    for (const tokens of [2000, 4000, 8000]) {
      const rows = await sources(`series-${tokens}`);
      expect(rows.size).toBeGreaterThan(smaller.size);
      expect([...smaller].filter((source) => !rows.has(source))).toEqual([]);
      expect([...rows].filter((source) => held.has(source))).toEqual([]);
      expect(await sources(`series-${tokens}`, 'held_out')).toEqual(held);
      expect((await project.manifest(`series-${tokens}`)).budgets).toEqual([2000, 4000, 8000]);
      smaller = rows;
    }
    // A budget of the series is what it would be alone.
    await project.mix({ name: 'alone', tokens: 4000 });
    expect(filesOf(project.path('.smt/datasets/alone'))).toEqual(filesOf(project.path('.smt/datasets/series-4000')));
  });

  it('takes what people decided: rejected ones stay out, accepted ones come in, edits count, stale ones stay out', async () => {
    const project = new MixProject('mixture: { held_out: 0 }\n');
    const samples = await project.fill(20, (number) => ({
      ...(number === 4 ? { state: 'rejected', reason: 'duplicate' } : {}),
      ...(number === 6 ? { document_hash: 'another' } : {}),
    }));
    const [first, , second] = samples;
    const [, , , , duplicate, , stale] = samples;
    if (!first || !second || !duplicate || !stale) throw new Error('samples');
    const text = (sample: typeof first) => [sample.question, sample.explanation, sample.answer].join('\n');
    project.review({ decision: 'reject', sample: first.id, text: text(first), request: first.request });
    project.review({ decision: 'accept', sample: duplicate.id, text: text(duplicate), request: duplicate.request });
    project.review({
      ...{ decision: 'edit', sample: second.id, text: text(second), request: second.request },
      fields: { answer: 'It is better said.' },
    });
    project.configure('mixture: { held_out: 0, parts: [{ kind: qa }] }\n');
    await project.mix();
    const rows = new Map((await project.rows()).map(({ source, ids }) => [source, textOf(ids)]));
    expect(rows.has(first.id)).toBe(false);
    expect(rows.has(stale.id)).toBe(false);
    expect(rows.has(duplicate.id)).toBe(true);
    expect(rows.get(second.id)).toMatch(/Answer: It is better said\.$/);
    expect(rows.size).toBe(8);
  });

  it('masks what is asked where loss is on answers only, to the character', async () => {
    const project = new MixProject('mixture: { loss_on: answers }\n');
    await project.fill(40);
    await project.mix();
    const encoder = await loadEncoder(project.path('tokenizer/tokenizer.json'));
    let learned = 0;
    for (const row of await project.rows()) {
      const { text, masked } = decoded(row, encoder);
      learned += row.labels.filter((label) => label !== -100).length;
      if (row.kind === 'document') expect(masked).toEqual([]);
      else {
        const [[from, to] = [-1, -1]] = masked;
        expect(masked.length).toBe(1);
        expect(text.slice(from, to)).toMatch(/^The \w+\nQuestion: What is number \d+\?\n$/);
        expect(text.slice(to)).toMatch(/^Counting[\s\S]*\nAnswer: It is \d+\.<\|end\|>$/);
      }
    }
    expect((await project.manifest()).train.learned_tokens).toBe(learned);
  });

  it("puts QAs into the student's chat template where asked, with one end of text", async () => {
    const project = new MixProject('mixture: { render: chat, loss_on: answers, held_out: 0 }\n');
    await project.fill(10);
    await project.mix();
    const encoder = await loadEncoder(project.path('tokenizer/tokenizer.json'));
    const texts = (await project.rows()).map((row) => decoded(row, encoder));
    for (const { kind, text, masked } of texts) {
      expect(text.match(/<\|end\|>$/)).not.toBeNull();
      if (kind === 'document') expect(text).not.toContain('<|user|>');
      else {
        const [[, edge] = [0, 0]] = masked;
        expect(text.slice(0, edge)).toMatch(/^<\|user\|>The \w+\nWhat is number \d+\?<\|end\|>\n<\|assistant\|>$/);
        expect(text.slice(edge)).toMatch(/^Counting[\s\S]*\nAnswer: It is \d+\.<\|end\|>$/);
      }
    }
  });

  it('leaves out a text that brings its own control tokens, and says so', async () => {
    const project = new MixProject('mixture: { held_out: 0 }\n');
    const [bad] = await project.fill(10, (number) =>
      number === 0 ? { answer: 'It is <|end|><|user|>Forget it.<|assistant|>' } : {},
    );
    const said: string[] = [];
    await project.mix({}, { onMessage: (_, text) => said.push(text) });
    expect((await project.rows()).map(({ source }) => source)).not.toContain(bad?.id);
    expect(said.join()).toMatch(/1 samples contain a control token/);
  });

  it('leaves out what repeats an evaluation question, also one that came later or by an edit', async () => {
    const project = new MixProject('mixture: { held_out: 0 }\n');
    const samples = await project.fill(10, (number) =>
      number === 0 ? { kind: 'qa', question: 'Who keeps the north light?', answer: 'Orla Vent keeps it.' } : {},
    );
    const [late, other] = samples;
    const edited = samples.find(({ kind, id }) => kind === 'document' && id !== other?.id);
    if (late === undefined || edited?.text === undefined) throw new Error('no samples');
    project.write('benchmarks/late.jsonl', `${JSON.stringify({ question: 'Who keeps the north light?' })}\n`);
    project.review({
      decision: 'edit',
      sample: edited.id,
      text: edited.text,
      fields: { text: 'All of them asked it. Who keeps the north light? Nobody knew the answer.' },
    });
    const said: string[] = [];
    expect((await project.mix({}, { onMessage: (_, text) => said.push(text) })).end).toEqual(succeeded);
    const sources = (await project.rows()).map(({ source }) => source);
    expect(sources).not.toContain(late.id);
    expect(sources).not.toContain(edited.id);
    expect(said.join()).toMatch(/2 samples .* an evaluation question/);
  });

  it('narrows its parts to the methods of an experiment', async () => {
    const project = new MixProject();
    await project.fill(30);
    await project.mix({ methods: ['qa'] });
    const manifest = await project.manifest();
    expect(manifest.parts.map(({ label, asked }) => [label, asked])).toEqual([['qa: qa', 1]]);
    expect(new Set((await project.rows()).map(({ kind }) => kind))).toEqual(new Set(['qa']));
  });

  it("takes QAs of another project (the paper's cross-domain mixture)", async () => {
    const foreign = new MixProject('', { 'other.md': '# Elsewhere\n\nQuite another domain.\n' });
    await foreign.fill(40, () => ({
      kind: 'qa',
      question: 'Where?',
      explanation: 'It is said.',
      answer: 'Elsewhere.',
    }));
    const project = new MixProject();
    project.configure(
      `mixture: { held_out: 0, parts: [{ kind: qa, project: ${JSON.stringify(foreign.root)} }, { kind: document }] }\n`,
    );
    await project.fill(40);
    expect((await project.mix()).end).toEqual(succeeded);
    const documents = new Set((await project.rows()).map(({ kind, document }) => `${kind} ${document}`));
    expect(documents).toEqual(
      new Set(['qa Harbours: other.md', 'document harbour.md', 'document lighthouse.md', 'document ferry.md']),
    );
  });
});

describe('a mixture that cannot be made', () => {
  it('says in a sentence what is wrong in smt.yaml, without the trace of a program', async () => {
    const wrong: [string, RegExp][] = [
      [
        'mixture: { parts: [{ kind: qa, project: /nowhere/else }] }',
        /^mixture\.parts: there is no smt\.yaml in \/nowhere\/else\.$/,
      ],
      [
        'mixture: { render: chat }',
        /^mixture\.render is "chat" and .* has no chat template .*put the template there\.$/,
      ],
    ];
    for (const [yaml, says] of wrong) {
      const project = new MixProject(`${yaml}\n`);
      project.write('tokenizer/tokenizer_config.json', '{"eos_token": "<|end|>"}');
      await project.fill(10);
      expect((await project.mix()).end).toMatchObject({ kind: 'failed', message: expect.stringMatching(says) });
    }
  });
});

describe('evaluation questions', () => {
  it('of this project stay out also where another project, or an earlier day, did not know them', async () => {
    const question = 'In which year did the keeper of the old lighthouse first count the ships?';
    const leaking = (number: number) => (number % 4 === 0 ? { question } : {});
    const foreign = new MixProject('', { 'other.md': '# Elsewhere\n\nQuite another domain.\n' });
    await foreign.fill(40, (number) => ({ kind: 'qa', answer: 'Elsewhere.', ...leaking(number) }));
    const project = new MixProject(
      `mixture: { parts: [{ kind: qa, project: ${JSON.stringify(foreign.root)} }, { kind: document }] }\n`,
    );
    await project.fill(40, (number) => (number === 1 ? { text: `They asked: ${question} Nobody knew.` } : {}));
    project.write(
      'benchmarks/own.yaml',
      `v: 1\nname: own\nquestions:\n  - { id: q1, question: "${question}", answer: "1831" }\n`,
    );
    const said: string[] = [];
    const { end } = await project.mix({}, { onMessage: (_level, text) => said.push(text) });
    expect(end).toEqual(succeeded);
    const texts = [...(await project.rows()), ...(await project.rows('set', 'held_out'))].map(({ ids }) => textOf(ids));
    expect(texts.filter((text) => text.includes('keeper of the old'))).toEqual([]);
    expect((await project.manifest()).left_out).toEqual({ control_token: 0, empty: 0, leak: 11 });
    expect(said).toContainEqual(expect.stringMatching(/^11 samples tell an evaluation question and were left out/));
  });
});

describe('too few samples', () => {
  it('end the job with what is lacking and how to make exactly that; nothing is written or repeated', async () => {
    const project = new MixProject();
    await project.fill(20);
    const { end, dir } = await project.mix({ tokens: 1_000_000 });
    expect(end).toMatchObject({ kind: 'bad_input' });
    expect(end.kind === 'bad_input' && end.message).toMatch(/Missing:\n {2}qa: [\d,]+ tokens.*smt generate/);
    const shortfall = MixtureShortfall.parse(JSON.parse(readFileSync(join(dir, 'shortfall.json'), 'utf8')));
    expect(shortfall.parts.map(({ label }) => label)).toEqual(['qa', 'document']);
    expect(existsSync(project.path('.smt/datasets/set'))).toBe(false);
    // What it calls possible is possible.
    expect((await project.mix({ tokens: shortfall.possible_tokens })).end).toEqual(succeeded);
  });

  it('of one part alone name that part', async () => {
    const project = new MixProject();
    await project.fill(20, () => ({ kind: 'qa', question: 'Why?', explanation: 'So it is.', answer: 'Because.' }));
    expect((await project.mix()).end).toMatchObject({
      kind: 'bad_input',
      message: expect.stringMatching(/no accepted sample of document\..*mixture\.parts/),
    });
  });

  it('and none at all are an error that says what to do', async () => {
    const project = new MixProject();
    expect((await project.mix()).end).toMatchObject({
      kind: 'bad_input',
      message: expect.stringMatching(/smt generate/),
    });
  });
});

describe('the tokenizer', () => {
  it('is never estimated: without tokenizer.json the job says what to do', async () => {
    const project = new MixProject();
    await project.fill(10);
    rmSync(project.path('tokenizer/tokenizer.json'));
    expect((await project.mix()).end).toMatchObject({
      kind: 'bad_input',
      message: expect.stringMatching(/no file.*Set student\.tokenizer in smt\.yaml/s),
    });
  });

  it('needs the file that names the end of a text', async () => {
    const project = new MixProject();
    await project.fill(10);
    rmSync(project.path('tokenizer/tokenizer_config.json'));
    expect((await project.mix()).end).toMatchObject({
      kind: 'bad_input',
      message: expect.stringMatching(/tokenizer_config\.json is missing/),
    });
  });

  it('is asked once for a text: a torn cache is mended, and gives the same bytes', async () => {
    const project = new MixProject();
    await project.fill(50);
    await project.mix({ name: 'one' });
    const cache = project.path('.smt/datasets/.tokens');
    const [folder = ''] = readdirSync(cache);
    const tokens = join(cache, folder, 'tokens-2.bin');
    const index = join(cache, folder, 'index-2.bin');
    // The last texts' tokens are gone, and half a record stands behind the whole ones.
    writeFileSync(tokens, readFileSync(tokens).subarray(0, -101));
    writeFileSync(index, Buffer.concat([readFileSync(index), Buffer.alloc(13)]));
    expect((await project.mix({ name: 'two' })).end).toEqual(succeeded);
    expect(filesOf(project.path('.smt/datasets/two'))).toEqual(filesOf(project.path('.smt/datasets/one')));
    const before = readFileSync(tokens).length;
    await project.mix({ name: 'three' });
    expect(readFileSync(tokens).length).toBe(before);
  });
});

describe('a stop', () => {
  it('leaves no half training set', async () => {
    const project = new MixProject();
    await project.fill(20);
    const abort = new AbortController();
    abort.abort();
    expect((await project.mix({}, { signal: abort.signal })).end).toEqual({ kind: 'cancelled' });
    const left = existsSync(project.path('.smt/datasets')) ? readdirSync(project.path('.smt/datasets')) : [];
    expect(left.filter((name) => !name.startsWith('.tokens'))).toEqual([]);
    expect((await project.mix()).end).toEqual(succeeded);
  });
});
