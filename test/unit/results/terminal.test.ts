import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeLlm } from '../../fixtures/fake-llm/server.mjs';
import { inventedDocument, TerminalProject } from '../generate/terminal.ts';
import { RAG, TRAINED, writeFewDocuments } from './fewDocuments.ts';

const INSPECT = join(import.meta.dirname, '../../fixtures/evaluation/imported/2026-11-25T21-32-58_tiny.json');
const project = new TerminalProject();
const out = mkdtempSync(join(tmpdir(), 'smt-report-out-'));
let fake: FakeLlm;

describe('`smt report` out and in, with answers that came over HTTP', () => {
  beforeAll(async () => {
    fake = await FakeLlm.start({ latency_ms: 1, content: 'I think so <i>really</i>.\nAnswer: B' });
    project.endpoints(`endpoints: {fake: {base_url: '${fake.url}', model: fake-model}}`);
    for (let at = 0; at < 4; at++) project.write(`d${at}.md`, inventedDocument(`Town ${at}`, 3));
    const questions = Array.from({ length: 12 }, (_, n) => ({
      id: `q${n}`,
      question: `How many lanterns did the warden of Town ${n % 4} count in year ${n}?`,
      choices: [`${n} lanterns`, `${n + 1} lanterns`, `${n + 2} lanterns`, `${n + 3} lanterns`],
      answer: `${n + 1} lanterns`,
      document: `d${n % 4}.md`,
    }));
    project.write('benchmarks/lanterns.jsonl', questions.map((question) => JSON.stringify(question)).join('\n'));
    project.write('smt.yaml', 'v: 1\nname: once\nevaluation: {samples: 2, prompt: instruct}\n');
    const asked = ['--model', 'endpoint:fake', '--setting', 'closed_book', '--benchmark', 'lanterns'];
    expect((await project.smt('evaluate', ...asked, '--json')).code).toBe(0);
  }, 120_000);
  afterAll(async () => {
    await fake.stop();
    project.remove();
    rmSync(out, { recursive: true, force: true });
  });

  it('writes the page once and again, never over another file, and refuses wrong counts', async () => {
    const file = join(out, 'report.html');
    const first = await project.smt('report', '--html', file, '--json');
    expect(first.records).toEqual([{ file, cells: 1, imported: 0 }]);
    expect(readFileSync(file, 'utf8')).toContain('No answer is in this file');
    expect((await project.smt('report', '--html', file, '--answers', '3')).code).toBe(0);
    const page = readFileSync(file, 'utf8');
    expect(page.match(/<article>/g)).toHaveLength(3);
    expect(page).toContain('I think so &lt;i&gt;really&lt;/i&gt;.');
    const before = readFileSync(join(project.root, 'd0.md'), 'utf8');
    expect((await project.smt('report', '--html', 'd0.md')).code).toBe(2);
    expect(readFileSync(join(project.root, 'd0.md'), 'utf8')).toBe(before);
    expect((await project.smt('report', '--html', file, '--answers', '51')).code).toBe(2);
    const large = join(out, 'weights');
    writeFileSync(large, 'weights');
    truncateSync(large, 600 * 1024 * 1024);
    for (const taken of [large, out]) {
      const { code, err } = await project.smt('report', '--html', taken);
      expect(code, err).toBe(2);
      expect(err).toContain('is no report of this program');
    }
    expect(statSync(large).size).toBe(600 * 1024 * 1024);
    rmSync(large);
    expect((await project.smt('report', '--answers', '3')).err).toContain('--html');
  }, 120_000);

  it('writes the page and the harness files where both are asked for', async () => {
    const file = join(out, 'both.html');
    const { records } = await project.smt('report', '--html', file, '--lm-eval', join(out, 'both'), '--json');
    expect(records[0]).toMatchObject({ file });
    expect(records.slice(1).map((record) => existsSync(String(record.file)))).toEqual([true, true]);
  }, 120_000);

  it('harness files hold the prompt as it was sent and every answer', async () => {
    const { records, code } = await project.smt('report', '--lm-eval', out, '--json');
    expect(code).toBe(0);
    const files = records.map(({ file }) => String(file));
    expect(files.every((file) => existsSync(file))).toBe(true);
    const samples = files.find((file) => file.includes('samples_lanterns_closed_book_')) ?? '';
    const sample = JSON.parse(readFileSync(samples, 'utf8').split('\n')[0] ?? '');
    const sent = sample.arguments.gen_args_0.arg_0;
    expect(sent).toContain(sample.doc.question);
    for (const choice of sample.doc.choices) expect(sent).toContain(choice);
    expect(sample.resps[0]).toEqual(Array.from({ length: 2 }, () => 'I think so <i>really</i>.\nAnswer: B'));
  }, 120_000);

  it('imports a log beside the cells, names a malformed one, and takes it out', async () => {
    writeFileSync(join(out, 'bad.json'), '{"results": {"t": {"acc,none": "high"}}}\n{');
    const both = await project.smt('report', 'import', INSPECT, join(out, 'bad.json'));
    expect(both.code).toBe(2);
    expect(both.err).toContain('bad.json, line 2: is not JSON');
    const { records: rows } = await project.smt('report', '--json');
    expect(rows.filter(({ imported }) => imported === 'inspect')).toHaveLength(2);
    expect(rows.filter(({ imported }) => imported === undefined)).toHaveLength(1);
    expect((await project.smt('report')).out).toContain('compared with nothing');
    expect((await project.smt('report', 'remove', '2026-11-25T21-32-58_tiny.json')).code).toBe(0);
    expect((await project.smt('report', 'remove', 'nothing')).code).toBe(2);
    expect(readdirSync(join(project.root, '.smt', 'evaluation', 'imported'))).toEqual([]);
    expect(existsSync(INSPECT)).toBe(true);
  }, 120_000);
});

describe('`smt report` as a person reads it', () => {
  const study = new TerminalProject();
  afterAll(() => study.remove());

  it('names models, marks footnotes apart and says once what many cells share; records keep the id', async () => {
    study.endpoints('endpoints: {}');
    study.write('smt.yaml', 'v: 1\nname: few\n');
    await writeFewDocuments(study.root);
    const { out, code, err } = await study.smt('report');
    expect(code, err).toBe(0);
    const lines = out.split('\n');
    expect(lines.filter((line) => line.includes(TRAINED))).toEqual([
      expect.stringMatching(/^exp-mixed, seed 0: run \S+; student trained on 16,888 tokens/),
    ]);
    expect(lines.filter((line) => line.includes('interval is rough'))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('note: '))).toContain(`note: 8 cells with RAG: ${RAG}`);
    expect(lines.filter((line) => line.includes('no fit:'))).toHaveLength(1);
    expect(lines.find((line) => line.startsWith('Accuracy over'))).toMatch(/scored by generate, likelihood sum/);
    const { records } = await study.smt('report', '--json');
    expect(new Set(records.map(({ model, model_name }) => `${model} ${model_name}`))).toEqual(
      new Set(['base base', `${TRAINED} exp-mixed, seed 0`]),
    );
  }, 60_000);
});
