import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readBenchmarkQuestions } from '../../../src/engine/eval/benchmarkQuestions.ts';
import { parseCsv } from '../../../src/engine/eval/csv.ts';
import { type Files, folder } from '../corpus/fixtures.ts';

const globs = ['benchmarks/**/*.{yaml,yml,csv,json,jsonl}'];
const read = (files: Files) => readBenchmarkQuestions({ root: folder(files), globs });

describe('evaluation questions for the leak gate', () => {
  test('YAML of the product, with ids and lines', async () => {
    const yaml =
      'v: 1\nname: Ships\nquestions:\n  - id: one\n    question: Who built it?\n    answer: Ysolt\n  - question: When?\n    id: two\n    choices: [1689, 1741]\n    answer: "1689"\n';
    const { questions, problems } = await read({
      'benchmarks/ships.yaml': yaml.replace('[1689, 1741]', '["1689", "1741"]'),
    });
    expect(problems).toEqual([]);
    expect(questions).toEqual([
      { id: 'one', question: 'Who built it?', file: 'benchmarks/ships.yaml', line: 4 },
      { id: 'two', question: 'When?', file: 'benchmarks/ships.yaml', line: 7 },
    ]);
  });

  test('a mistake in that format has its place and what is allowed, and its questions still count', async () => {
    const { questions, problems } = await read({
      'benchmarks/a.yaml':
        'v: 1\nname: A\nquestions:\n  - id: x\n    question: Who?\n    choices: [a, b]\n    answer: c\n  - id: x\n    question: When?\n    answer: d\n',
    });
    expect(questions).toHaveLength(2);
    expect(problems).toMatchObject([
      {
        file: 'benchmarks/a.yaml',
        line: 7,
        key: 'questions.0.answer',
        message: 'exactly one of the choices, word for word',
      },
      { line: 8, key: 'questions.1.id' },
    ]);
  });

  test('QuALITY, FinanceBench, SQuAD and CSV shapes', async () => {
    const { questions, problems } = await read({
      'benchmarks/quality.jsonl': `${JSON.stringify({ article: 'text', questions: [{ question: 'Q1?', question_unique_id: '9_1' }, { question: 'Q2?' }] })}\n`,
      'benchmarks/finance.jsonl': `\n${JSON.stringify({ financebench_id: 'fb_1', question: 'Revenue?', evidence: [] })}`,
      'benchmarks/squad.json': JSON.stringify({
        data: [{ paragraphs: [{ qas: [{ id: 's1', question: 'Where?' }] }] }],
      }),
      'benchmarks/sub/list.csv': 'ID,Question,answer\r\n1,"Who, and ""why""?\nReally?",x\r\n\r\n,When?,y\r\n',
      'benchmarks/plain.yml': '- question: Plain?\n- other: 1\n',
    });
    expect(problems).toEqual([]);
    expect(questions.map(({ id, question, line }) => `${id} | ${question} | ${line}`)).toEqual([
      'fb_1 | Revenue? | 2',
      'benchmarks/plain.yml:1 | Plain? | 1',
      '9_1 | Q1? | 1',
      'benchmarks/quality.jsonl:1 | Q2? | 1',
      's1 | Where? | 1',
      '1 | Who, and "why"?\nReally? | 2',
      'benchmarks/sub/list.csv:5 | When? | 5',
    ]);
  });

  test('what cannot be read is a problem with its place, never nothing', async () => {
    const root = folder({
      'benchmarks/a.jsonl': '{"question": "Good?"}\n{"question": \n',
      'benchmarks/b.csv': 'frage,antwort\n1,2\n',
      'benchmarks/c.yaml': 'question: [unclosed',
      'benchmarks/d.json': '{',
      'benchmarks/e.yaml': 'nothing: here\n',
      'benchmarks/f.jsonl': Buffer.from([0xff, 0xfe, 0x00]),
    });
    symlinkSync(join(folder({ 'x.jsonl': '{"question":"outside"}' }), 'x.jsonl'), join(root, 'benchmarks', 'g.jsonl'));
    const { questions, problems } = await readBenchmarkQuestions({ root, globs });
    expect(questions.map(({ question }) => question)).toEqual(['Good?']);
    expect(new Set(problems.map(({ file, line }) => `${file}:${line}`))).toEqual(
      new Set([
        'benchmarks/a.jsonl:2',
        'benchmarks/b.csv:1',
        'benchmarks/c.yaml:1',
        'benchmarks/d.json:1',
        'benchmarks/e.yaml:1',
        'benchmarks/f.jsonl:1',
        'benchmarks/g.jsonl:1',
      ]),
    );
    expect(problems.every(({ message }) => message.length > 10)).toBe(true);
  });

  test('a project without benchmarks has no questions and no problems', async () => {
    expect(await read({ 'a.md': 'x' })).toEqual({ questions: [], problems: [] });
  });
});

describe('CSV', () => {
  test.each([
    [
      'a,b\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a;b\n"1;5";2',
      [
        ['a', 'b'],
        ['1;5', '2'],
      ],
    ],
    [
      'a\tb\n1,5\t2\n',
      [
        ['a', 'b'],
        ['1,5', '2'],
      ],
    ],
    [
      'a,b\r\n"x\r\ny",\r\n',
      [
        ['a', 'b'],
        ['x\r\ny', ''],
      ],
    ],
    ['', []],
  ])('%j', (source, fields) => {
    expect(parseCsv(source).map((record) => record.fields)).toEqual(fields);
  });
});
