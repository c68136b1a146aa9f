import { describe, expect, it } from 'vitest';
import { type BenchmarkSource, EvaluateParams } from '../../../src/contract/evaluation.ts';
import { projectBenchmarkQuestions, readBenchmarkQuestions } from '../../../src/engine/eval/benchmarkQuestions.ts';
import { financeBench } from '../../../src/engine/eval/benchmarks/financeBench.ts';
import { evaluatedQuestions, loadBenchmarks } from '../../../src/engine/eval/benchmarks/loadBenchmarks.ts';
import { TextLocator } from '../../../src/engine/eval/benchmarks/locateText.ts';
import { longHealth } from '../../../src/engine/eval/benchmarks/longHealth.ts';
import { quality } from '../../../src/engine/eval/benchmarks/quality.ts';
import { limitQuestions, splitQuestions } from '../../../src/engine/eval/benchmarks/split.ts';
import { squad } from '../../../src/engine/eval/benchmarks/squad.ts';
import { generalQuestions } from '../../../src/engine/eval/general/generalPanel.ts';
import { selectEvaluation } from '../../../src/engine/eval/run/selection.ts';
import { openProjectCorpus } from '../../../src/engine/generate/projectCorpus.ts';
import { loadProject } from '../../../src/engine/project/index.ts';
import { type Files, folder, scan } from '../corpus/fixtures.ts';

async function project(files: Files) {
  const root = folder(files);
  const loaded = await loadProject(root);
  if (loaded.kind !== 'ready') throw new Error(JSON.stringify(loaded));
  return loaded.project;
}

const article =
  'The lantern was lit in 1741.\n\nOrla kept the oil. The warden of the town paid three silver marks for it.';
const qualityRow = (over: object = {}) =>
  JSON.stringify({
    article_id: '77',
    set_unique_id: '77_A',
    title: 'The Lantern',
    author: 'Vent, Orla',
    year: 1951,
    article,
    questions: [
      { question: 'Who kept the oil?', options: [' Orla ', 'Ben', 'Ida', 'Tom'], gold_label: 1, difficult: 1 },
      { question: 'When was it lit?', options: ['1612', '1741', '1803', '1899'], gold_label: 2, difficult: 0 },
    ],
    ...over,
  });

describe('QuALITY', () => {
  it('merges the writers of an article; gold_label counts from 1, options are stripped, years may be numbers', () => {
    const second = qualityRow({ set_unique_id: '77_B', year: '1951', author: 'Orla Vent' });
    const { questions, problems } = quality(`${qualityRow()}\n${second}\n`, 'q.jsonl');
    expect(problems).toEqual([]);
    expect(questions).toHaveLength(4);
    expect(questions[0]).toMatchObject({
      id: '77_A_1',
      line: 1,
      context: 'In the context of "The Lantern" by Orla Vent (1951):',
      choices: ['Orla', 'Ben', 'Ida', 'Tom'],
      gold_choice: 0,
      gold: 'Orla',
      type: 'hard',
      group: '77',
    });
    expect(questions[1]).toMatchObject({ gold: '1741', type: 'easy' });
    expect(questions[2]).toMatchObject({ line: 2, group: '77', context: questions[0]?.context });
  });

  it('copes without year, difficulty and ids of sets', () => {
    const row = JSON.parse(qualityRow());
    const { year, set_unique_id, ...rest } = row;
    const { questions, problems } = quality(JSON.stringify(rest), 'q.jsonl');
    expect([year, set_unique_id, problems]).toEqual([1951, '77_A', []]);
    expect(questions[0]?.context).toBe('In the context of "The Lantern" by Orla Vent:');
  });

  it.each([
    ['a line that is no JSON', `${qualityRow()}\n{"article_id": "7`, 2, /JSON/],
    [
      'the unlabelled test split',
      qualityRow({ questions: [{ question: 'Who?', options: ['a', 'b', 'c', 'd'] }] }),
      1,
      /test split/,
    ],
    [
      'a label that is no option',
      qualityRow({ questions: [{ question: 'Who?', options: ['a', 'b', 'c', 'd'], gold_label: 0 }] }),
      1,
      /1/,
    ],
    [
      'three options',
      qualityRow({ questions: [{ question: 'Who?', options: ['a', 'b', 'c'], gold_label: 1 }] }),
      1,
      /4/,
    ],
    [
      'an option without a word',
      qualityRow({ questions: [{ question: 'Who?', options: ['a', '  ', 'c', 'd'], gold_label: 1 }] }),
      1,
      /options\.1 is empty/,
    ],
    ['another format', '{"question": "Who?"}', 1, /article_id|invalid/i],
    ['nothing', '\n\n', 1, /no rows/],
  ])('refuses %s with its line', (_, source, line, message) => {
    const { problems } = quality(source, 'q.jsonl');
    expect(problems[0]).toMatchObject({ file: 'q.jsonl', line });
    expect(`${problems[0]?.key} ${problems[0]?.message}`).toMatch(message);
  });
});

describe('what a wrong line says', () => {
  const asked = (over: object) =>
    qualityRow({ questions: [{ question: 'Who?', options: ['a', 'b', 'c', 'd'], gold_label: 1, ...over }] });

  it.each([
    ['a label above four', asked({ gold_label: 5 }), 'questions.0.gold_label', 'must be at most 4'],
    ['a label below one', asked({ gold_label: 0 }), 'questions.0.gold_label', 'must be at least 1'],
    ['three options', asked({ options: ['a', 'b', 'c'] }), 'questions.0.options', 'must have exactly 4 entries'],
    ['no question', qualityRow({ questions: [] }), 'questions', 'is empty'],
  ])('is in the words of the file, not of the program: %s', (_, source, key, message) => {
    expect(quality(source, 'q.jsonl').problems).toMatchObject([{ line: 1, key, message }]);
  });

  it('counts columns in the file; the parser’s own count of lines within a line is left out', () => {
    const { problems } = quality(`${qualityRow()}\n{"article_id": "7`, 'q.jsonl');
    expect(problems).toEqual([
      {
        ...{ file: 'q.jsonl', line: 2, column: 18, key: '' },
        message: 'Not a JSON value on one line (Unterminated string). Correct or delete the line.',
      },
    ]);
  });

  it('is said for ten places, with the number of the others; nothing is asked and the file is named', async () => {
    const root = await project({
      'smt.yaml': 'v: 1\nname: T\nevaluation: {benchmarks: [{id: f, format: financebench, path: other.jsonl}]}\n',
      'other.jsonl': '{"doc_name": "A_2022_10K", "company": "A"}\n'.repeat(200),
    });
    const selected = selectEvaluation(root, await loadBenchmarks(root), EvaluateParams.parse({}));
    const lines = selected.ok ? [] : selected.message.split('\n');
    expect(lines).toHaveLength(12);
    expect(lines[0]).toMatch(/^other\.jsonl:1:1 financebench_id: missing/);
    expect(lines[10]).toBe('… and 590 more.');
    expect(lines[11]).toMatch(/^Nothing was asked: no question of other\.jsonl is used/);
  });
});

const patient = (over: object = {}) => ({
  texts: { text_0: 'x'.repeat(100), text_1: 'The scan of the knee was normal. The patient went home.' },
  name: 'Nora Brandt',
  birthday: '1959-04-12',
  diagnosis: 'SECRET-DIAGNOSIS',
  'canaray-string': 'CANARY-DO-NOT-COPY',
  questions: [
    {
      No: 0,
      question: 'What did the scan show?',
      answer_a: 'A tear',
      answer_b: 'A normal knee',
      answer_c: 'A fracture',
      answer_d: 'Fluid',
      answer_e: 'Nothing was done',
      correct: ' A normal knee',
      answer_location: { text_1: { start: [0], end: [0.6] } },
    },
  ],
  ...over,
});

describe('LongHealth', () => {
  it('matches the text of the right option; patient, name and birthday stand in the context, nothing else does', () => {
    const { questions, problems } = longHealth(JSON.stringify({ patient_01: patient() }, null, 2), 'b.json');
    expect(problems).toEqual([]);
    expect(questions[0]).toMatchObject({
      id: 'patient_01-0',
      gold_choice: 1,
      gold: 'A normal knee',
      group: 'patient_01',
      context: 'This is about the patient patient 01: Nora Brandt, born 1959-04-12.',
    });
    expect(questions[0]?.evidence?.[0]?.text).toContain('The scan of the knee was normal.');
    expect(JSON.stringify(questions)).not.toMatch(/CANARY|SECRET/);
  });

  it('fails loudly where "correct" is no option, or two', () => {
    const [question] = patient().questions;
    const none = { ...question, correct: 'b' };
    const two = { ...question, answer_c: 'A normal knee' };
    const source = JSON.stringify({ patient_01: patient({ questions: [none, two] }) }, null, 2);
    const { questions, problems } = longHealth(source, 'b.json');
    expect(questions).toEqual([]);
    expect(problems.map(({ key }) => key)).toEqual([
      'patient_01.questions.0.correct',
      'patient_01.questions.1.correct',
    ]);
    const lines = source.split('\n');
    for (const { line } of problems) expect(lines[line - 1]).toContain('What did the scan show?');
  });

  it('names the line of a file that is cut off', () => {
    const source = JSON.stringify({ patient_01: patient() }, null, 2).slice(0, 300);
    expect(longHealth(source, 'b.json').problems[0]?.line).toBeGreaterThan(1);
  });
});

const filing = (over: object = {}) =>
  JSON.stringify({
    financebench_id: 'financebench_id_1',
    company: 'Harbour Corp',
    doc_name: 'HARBOUR_2022_10K',
    question_type: 'metrics-generated',
    question_reasoning: null,
    domain_question_num: null,
    question: 'What was the FY2022 revenue?',
    answer: '$1577.00',
    justification: null,
    evidence: [{ evidence_text: 'Revenue 1,577', doc_name: 'HARBOUR_2022_10K', evidence_page_num: 0 }],
    ...over,
  });

describe('FinanceBench', () => {
  it('is free-form; company and period are part of every question, nulls are no problem', () => {
    const { questions, problems } = financeBench(filing(), 'f.jsonl');
    expect(problems).toEqual([]);
    expect(questions[0]).toMatchObject({
      id: 'financebench_id_1',
      context: 'Harbour Corp, annual report (10-K) for fiscal year 2022.',
      gold: '$1577.00',
      type: 'metrics-generated',
      evidence: [{ text: 'Revenue 1,577', page: 0 }],
    });
    expect(questions[0]?.choices).toBeUndefined();
  });

  it('leaves evidence of another filing out', () => {
    const evidence = [{ evidence_text: 'Revenue 9', doc_name: 'OTHER_2021_10K', evidence_page_num: 3 }];
    expect(financeBench(filing({ evidence }), 'f.jsonl').questions[0]?.evidence).toBeUndefined();
  });

  it('refuses a row without an answer, and an id that stands twice', () => {
    const { problems } = financeBench(
      `${filing()}\n${filing()}\n${filing({ financebench_id: 'x', answer: '' })}`,
      'f.jsonl',
    );
    expect(problems.map(({ line }) => line)).toEqual([2, 3]);
  });
});

describe('SQuAD', () => {
  const official = {
    data: [
      {
        title: 'The_Lantern',
        paragraphs: [
          {
            context: article,
            qas: [
              {
                id: 's1',
                question: 'Who kept the oil?',
                answers: [{ text: 'Orla', answer_start: 30 }, { text: 'the keeper Orla' }],
              },
            ],
          },
        ],
      },
    ],
  };
  const passages = [
    { title: 'The Lantern', context: article, questions: [{ question: 'Who kept the oil?', answer: 'Orla' }] },
  ];

  it.each([
    ['SQuAD v1', official],
    ['a list of passages', passages],
  ])('reads %s', (_, value) => {
    const { questions, problems } = squad(JSON.stringify(value), 's.json');
    expect(problems).toEqual([]);
    expect(questions[0]).toMatchObject({ question: 'Who kept the oil?', gold: 'Orla', document: { text: article } });
    expect(questions[0]?.evidence?.[0]?.text).toBe('Orla kept the oil.');
  });

  it('refuses questions without an answer', () => {
    const [first] = official.data;
    const paragraphs = [{ context: article, qas: [{ id: 'n', question: 'Why?', answers: [] }] }];
    const { problems } = squad(JSON.stringify({ data: [{ ...first, paragraphs }] }), 's.json');
    expect(problems[0]?.message).toMatch(/unanswerable/);
  });
});

describe('own benchmarks', () => {
  it('are one for each file: YAML, CSV and JSONL say the same', async () => {
    const yaml = `v: 1
name: Lanterns
questions:
  - id: one
    question: Who kept the oil?
    choices: [Orla, Ben]
    answer: Orla
    document: lantern.md
  - {id: two, question: "When was it lit?", answer: "1741", accept: ["in 1741"], document: lantern.md}
`;
    const csv =
      'id,question,answer,choices,accept,document\none,Who kept the oil?,Orla,Orla|Ben,,lantern.md\ntwo,When was it lit?,1741,,in 1741,lantern.md\n';
    const jsonl =
      '{"id":"one","question":"Who kept the oil?","choices":["Orla","Ben"],"answer":"Orla","document":"lantern.md"}\n{"id":"two","question":"When was it lit?","answer":"1741","accept":["in 1741"],"document":"lantern.md"}\n';
    const root = await project({
      'smt.yaml': 'v: 1\nname: T\n',
      'lantern.md': article,
      'benchmarks/a.yaml': yaml,
      'benchmarks/b.csv': csv,
      'benchmarks/c.jsonl': jsonl,
    });
    const loaded = await loadBenchmarks(root);
    expect(loaded.map(({ id, problems }) => [id, problems])).toEqual([
      ['a', []],
      ['b', []],
      ['c', []],
      ['general', []],
    ]);
    const corpus = await scan(root.root);
    const [a, b, c] = await Promise.all(loaded.slice(0, 3).map((each) => evaluatedQuestions(each, corpus)));
    const plain = (questions: typeof a) =>
      questions?.map(({ id, benchmark, ...rest }) => ({ ...rest, id: id.split('/')[1] }));
    expect(plain(b)).toEqual(plain(a));
    expect(plain(c)).toEqual(plain(a));
    expect(a?.[1]).toMatchObject({ id: 'a/two', document: 'lantern.md', cluster: 'lantern.md', accept: ['in 1741'] });
    const [evidence] = a?.[1]?.evidence ?? [];
    expect(article.slice(evidence?.start, evidence?.end)).toBe('1741');
  });

  it('are not loaded at all where one question is wrong, and the place is named', async () => {
    const root = await project({
      'smt.yaml': 'v: 1\nname: T\n',
      'benchmarks/a.yaml':
        'v: 1\nname: A\nquestions:\n  - {id: x, question: Who?, choices: [a, b], answer: c}\n  - {id: y, question: When?, answer: d}\n',
    });
    const [loaded] = await loadBenchmarks(root);
    expect(loaded).toMatchObject({ id: 'a', questions: [] });
    expect(loaded?.problems[0]).toMatchObject({ file: 'benchmarks/a.yaml', line: 4 });
  });
});

describe('a benchmark that smt.yaml names', () => {
  const smt = (path: string) =>
    `v: 1\nname: T\nevaluation: {benchmarks: [{id: lamp, format: quality, path: ${JSON.stringify(path)}, split: test}]}\n`;

  it('may lie outside of the project, is placed in the corpus, and feeds the leak gate', async () => {
    const outside = folder({ 'QuALITY.v1.0.1.train': `${qualityRow()}\n` });
    const root = await project({
      'smt.yaml': smt(`${outside}/QuALITY.v1.0.1.train`),
      'rows.jsonl': `${qualityRow()}\n`,
    });
    const [loaded] = await loadBenchmarks(root);
    expect(loaded).toMatchObject({ id: 'lamp', split: 'test', problems: [] });
    const { questions, problems } = await projectBenchmarkQuestions(root);
    expect(problems).toEqual([]);
    expect(questions.map(({ question }) => question)).toEqual(['Who kept the oil?', 'When was it lit?']);
    const source: BenchmarkSource = {
      id: 'lamp',
      format: 'quality',
      path: `${outside}/QuALITY.v1.0.1.train`,
      split: 'all',
    };
    const placed = await evaluatedQuestions(
      {
        id: 'lamp',
        format: 'quality',
        split: 'all',
        file: source.path,
        draft: false,
        problems: [],
        questions: quality(qualityRow(), 'x').questions,
      },
      await scan(root.root),
    );
    expect(placed[0]).toMatchObject({ id: 'lamp/77_A_1', document: 'rows.jsonl#77', cluster: 'rows.jsonl#77' });
  });

  it('is no document that cannot be read, where it lies among the documents; another file of its kind is', async () => {
    const question = JSON.stringify({
      financebench_id: 'f1',
      company: 'A',
      doc_name: 'A',
      question: 'Q?',
      answer: 'a',
    });
    const root = await project({
      'smt.yaml': 'v: 1\nname: T\nevaluation: {benchmarks: [{id: f, format: financebench, path: ./q.jsonl}]}\n',
      'a.md': 'A.',
      'q.jsonl': question,
      'other.jsonl': question,
    });
    const { corpus, counter } = await openProjectCorpus(root);
    await counter.close();
    expect(corpus.documents.map(({ id }) => id)).toEqual(['a.md']);
    expect(corpus.unreadable.map(({ path }) => path)).toEqual(['other.jsonl']);
  });

  it('is a problem where it is not there, for the evaluation and for the leak gate', async () => {
    const root = await project({ 'smt.yaml': smt('nowhere.jsonl') });
    expect((await loadBenchmarks(root))[0]?.problems[0]?.message).toMatch(/no such file/i);
    expect((await projectBenchmarkQuestions(root)).problems[0]?.message).toMatch(/no such file/i);
    expect((await readBenchmarkQuestions({ root: root.root, globs: [] })).problems).toEqual([]);
  });
});

describe('splits and limits', () => {
  const questions = Array.from({ length: 40 }, (_, n) => ({
    id: `q${n}`,
    group: `d${n % 10}`,
    title: `T${9 - (n % 10)}`,
  }));

  it('dev is the first fifth of the documents by title, test the rest, and both are all', () => {
    const [dev, test] = [splitQuestions(questions, 'dev'), splitQuestions(questions, 'test')];
    expect(new Set(dev.map(({ group }) => group))).toEqual(new Set(['d9', 'd8']));
    expect(dev.length + test.length).toBe(40);
    expect(splitQuestions(questions, 'all')).toEqual(questions);
  });

  it('a limit is spread over documents, seeded, and a larger one holds the smaller', () => {
    const clustered = questions.map(({ id, group }) => ({ id, cluster: group }));
    const ten = limitQuestions(clustered, 10, 0);
    const fifteen = limitQuestions(clustered, 15, 0);
    expect(new Set(ten.map(({ cluster }) => cluster)).size).toBe(10);
    expect(fifteen).toHaveLength(15);
    expect(ten.every(({ id }) => fifteen.some((each) => each.id === id))).toBe(true);
    expect(limitQuestions(clustered, 10, 1)).not.toEqual(ten);
    expect(limitQuestions(clustered, undefined, 0)).toEqual(clustered);
  });
});

describe('a quotation in a text that another program extracted', () => {
  const text = 'Revenue  was\n1,577 in\u00a02022. Net in-\ncome fell to 12. In 1912 all was lost.';
  const locator = new TextLocator(text);

  it('is found by its letters and digits', () => {
    const place = locator.passage('Revenue was 1,577 in 2022. Net income fell');
    expect(text.slice(place?.start, place?.end)).toBe('Revenue  was\n1,577 in\u00a02022. Net in-\ncome fell');
    expect(locator.passage('Nothing of this stands there at all, not one of its words')).toBeUndefined();
  });

  it('is found as whole words where it is short', () => {
    expect(locator.words('12', text).map(({ start, end }) => text.slice(start, end))).toEqual(['12']);
  });
});

describe('the general panel', () => {
  it('has at least thirty questions of four kinds, each with one right choice at different places', () => {
    expect(generalQuestions.length).toBeGreaterThanOrEqual(30);
    expect(new Set(generalQuestions.map(({ type }) => type)).size).toBe(4);
    expect(new Set(generalQuestions.map(({ id }) => id)).size).toBe(generalQuestions.length);
    const places = new Set<number | undefined>();
    for (const { choices, gold, gold_choice } of generalQuestions) {
      if (!choices) continue;
      expect(choices.filter((choice) => choice === gold)).toHaveLength(1);
      expect(choices[gold_choice ?? -1]).toBe(gold);
      places.add(gold_choice);
    }
    expect(places.size).toBe(4);
  });
});
