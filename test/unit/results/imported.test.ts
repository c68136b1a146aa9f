import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { importLogs, removeImported } from '../../../src/engine/eval/imported/index.ts';
import { readReport, reportText } from '../../../src/engine/eval/report/index.ts';
import { projectPaths } from '../../../src/engine/project/index.ts';

/** Written by lm_eval 0.4.13 (its dummy model) and Inspect 0.3.285 (a fixed answer, two epochs, one score NaN). */
const real = join(import.meta.dirname, '../../fixtures/evaluation/imported');
const DATE = '2026-11-25T21-31-37.929177';
const RESULTS = `results_${DATE}.json`;
const INSPECT = '2026-11-25T21-32-58_tiny.json';

const scratch: string[] = [];
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'smt-imported-'));
  scratch.push(made);
  return made;
}
afterAll(() => {
  for (const made of scratch) rmSync(made, { recursive: true, force: true });
});

/** A project, and a folder of logs outside of it. */
function place() {
  const paths = projectPaths(folder());
  const logs = folder();
  const write = (name: string, text: string) => {
    writeFileSync(join(logs, name), text);
    return join(logs, name);
  };
  const take = (...files: string[]) => importLogs(paths.evaluation.imported, files);
  return { paths, logs, write, take, cells: async () => (await readReport(paths, null)).imported };
}

const results = (tasks: Record<string, Record<string, unknown>>, more: object = {}) =>
  JSON.stringify({ results: tasks, model_name: 'm', ...more });

describe('logs of lm-evaluation-harness', () => {
  it('as the harness writes them: samples beside the results are found, and their documents make the interval', async () => {
    const { take, cells } = place();
    const before = readFileSync(join(real, RESULTS), 'utf8');
    expect(await take(join(real, RESULTS))).toMatchObject({
      problems: [],
      imported: [{ source: 'lm_eval', file: RESULTS, figures: 3, left_out: [] }],
    });
    expect(readFileSync(join(real, RESULTS), 'utf8')).toBe(before);
    const found = await cells();
    const acc = found.find(({ metric }) => metric === 'acc,none');
    expect(acc).toMatchObject({
      imported: 'lm_eval',
      tool: 'lm-evaluation-harness 0.4.13',
      task: 'tiny_mc',
      questions: 12,
      n: 1,
      accuracy: 0.25,
      ci95_basis: 'documents',
    });
    expect(acc?.notes.join(' ')).toContain('4 documents, by the field “document”');
    // Its samples are not there: Wilson of 3 of 12.
    const generated = found.find(({ task }) => task === 'tiny_gen');
    expect(generated).toMatchObject({ metric: 'exact_match,none', questions: 12, ci95_basis: 'questions' });
    expect(generated?.ci95?.[0]).toBeCloseTo(0.0889, 3);
    expect(generated?.ci95?.[1]).toBeCloseTo(0.5323, 3);
  });

  it('samples elsewhere are named with the results', async () => {
    const { logs, take, cells } = place();
    const elsewhere = folder();
    cpSync(join(real, RESULTS), join(logs, RESULTS));
    cpSync(join(real, `samples_tiny_mc_${DATE}.jsonl`), join(elsewhere, `samples_tiny_mc_${DATE}.jsonl`));
    await take(join(logs, RESULTS), join(elsewhere, `samples_tiny_mc_${DATE}.jsonl`));
    expect((await cells()).filter(({ ci95_basis }) => ci95_basis === 'documents')).toHaveLength(2);
  });

  it('without samples: the log’s own error where a figure is no count, and no interval where it says nothing', async () => {
    const { write, take, cells } = place();
    const tasks = {
      soft: { 'f1,none': 0.5, 'f1_stderr,none': 0.1, 'word_perplexity,none': 11 },
      bare: { 'acc,none': 0.5, 'acc_stderr,none': 'N/A' },
      certain: { 'acc,none': 1, 'acc_stderr,none': 0 },
    };
    const outcome = await take(
      write('results_1.json', results(tasks, { 'n-samples': { certain: { effective: 20 } } })),
    );
    expect(outcome.imported[0]?.left_out).toEqual(['soft: word_perplexity,none']);
    const found = await cells();
    const of = (task: string) => found.find((cell) => cell.task === task);
    expect(of('soft')).toMatchObject({ ci95_basis: 'stderr', questions: null });
    expect(of('soft')?.ci95?.[0]).toBeCloseTo(0.304, 3);
    expect(of('bare')).toMatchObject({ ci95: null, not_enough: expect.stringContaining('neither samples') });
    // A standard error of 0 is no interval.
    expect(of('certain')?.ci95?.[0]).toBeCloseTo(0.8389, 3);
  });

  it('a figure in percent costs no other one, and is said', async () => {
    const { write, take } = place();
    const tasks = { squad: { 'f1,none': 71.3, 'exact_match,none': 0.5 }, mc: { 'acc,none': 0.5 } };
    expect(await take(write('results_1.json', results(tasks)))).toMatchObject({
      problems: [],
      imported: [{ figures: 2, left_out: ['squad: f1,none (71.3: no share of 1)'] }],
    });
  });

  it('a figure that is no number, or whose samples are parts of an aggregate, costs no other one', async () => {
    const { write, take, cells } = place();
    // As lm_eval 0.4.13 writes mrpc: acc is a mean of its samples, f1 is computed over pairs of gold and prediction.
    write(
      'samples_mrpc_1.jsonl',
      [0, 1, 1, 0].map((acc, doc_id) => `${JSON.stringify({ doc_id, doc: {}, acc, f1: [1, acc] })}\n`).join(''),
    );
    const figures = '{"acc,none": 0.5, "acc_norm,none": NaN, "f1,none": 0.8, "f1_stderr,none": 0.1}';
    const outcome = await take(write('results_1.json', `{"results": {"mrpc": ${figures}}, "model_name": "m"}`));
    expect(outcome).toMatchObject({
      problems: [],
      imported: [{ figures: 2, left_out: ['mrpc: acc_norm,none (not a number)'] }],
    });
    expect((await cells()).map(({ metric, accuracy, ci95_basis }) => [metric, accuracy, ci95_basis])).toEqual([
      ['acc,none', 0.5, 'questions'],
      ['f1,none', 0.8, 'stderr'],
    ]);
  });

  it('results of two models named together keep their own samples each', async () => {
    const { write, take, cells } = place();
    const samplesOf = (date: string, values: number[]) => {
      const lines = values.map((acc, doc_id) => JSON.stringify({ doc_id, doc: {}, filter: 'none', acc }));
      return write(`samples_t_${date}.jsonl`, `${lines.join('\n')}\n`);
    };
    const files = [
      write('results_1.json', results({ t: { 'acc,none': 0.25 } }, { model_name: 'one' })),
      write('results_2.json', results({ t: { 'acc,none': 0.75 } }, { model_name: 'two' })),
      samplesOf('1', [0, 0, 0, 1]),
      samplesOf('2', [0, 1, 1, 1]),
    ];
    for (const order of [files, files.toReversed()]) {
      await take(...order);
      const found = await cells();
      expect(found.map(({ questions, notes }) => [questions, notes.join(' ').includes('not used')])).toEqual([
        [4, false],
        [4, false],
      ]);
    }
  });

  it('samples that are not what the figure was made of are not used', async () => {
    const { write, take, cells } = place();
    const log = write('results_2.json', results({ t: { 'acc,none': 0.9 } }, { 'n-samples': { t: { effective: 10 } } }));
    const lines = [0, 1].map((doc_id) => JSON.stringify({ doc_id, doc: {}, filter: 'none', acc: doc_id }));
    write('samples_t_2.jsonl', `${lines.join('\n')}\n`);
    await take(log);
    const [cell] = await cells();
    expect(cell).toMatchObject({ accuracy: 0.9, questions: 10, ci95_basis: 'questions' });
    expect(cell?.notes.join(' ')).toContain('average 0.5000');
  });
});

describe('Inspect logs', () => {
  it('as Inspect writes them, with bare NaN: epochs are averaged, documents from the metadata, unscored left out', async () => {
    const { take, cells } = place();
    expect(readFileSync(join(real, INSPECT), 'utf8')).toContain('NaN');
    expect((await take(join(real, INSPECT))).problems).toEqual([]);
    const [match, length] = await cells();
    expect(match).toMatchObject({
      imported: 'inspect',
      tool: 'Inspect 0.3.285',
      task: 'tiny',
      model: 'mockllm/model',
      metric: 'match/accuracy',
      questions: 9,
      n: 2,
      ci95_basis: 'documents',
    });
    expect(match?.accuracy).toBeCloseTo(2 / 3, 10);
    expect(length).toMatchObject({ metric: 'length/mean', questions: 8, accuracy: 0.5 });
    expect(length?.notes.join(' ')).toContain('1 of its samples are not scored');
  });

  it('a log without samples keeps its figure with its own standard error; one without scores is refused', async () => {
    const { write, take, cells } = place();
    const log = JSON.parse(readFileSync(join(real, INSPECT), 'utf8').replaceAll('NaN', 'null'));
    await take(write('header.json', JSON.stringify({ ...log, samples: null })));
    const match = (await cells()).find(({ metric }) => metric === 'match/accuracy');
    expect(match).toMatchObject({ ci95_basis: 'stderr', questions: 9 });
    const { problems } = await take(write('failed.json', JSON.stringify({ ...log, status: 'error', results: null })));
    expect(problems).toMatchObject([{ file: 'failed.json', field: 'results.scores', hint: expect.any(String) }]);
  });
});

describe('what is malformed or hostile', () => {
  it('names file, line and field, and costs no other file', async () => {
    const { write, take, cells, logs } = place();
    const good = results({ t: { 'acc,none': 0.5, 'acc_stderr,none': 0.1 } });
    const line = JSON.stringify({ doc_id: 0, doc: {}, filter: 'none', acc: 1 });
    write('samples_t_9.jsonl', `${line}\n\n${line.replace(':1', ':"yes"')}\n`);
    const { imported, problems } = await take(
      write('cut.json', '{\n "results": {\n  "t": {'),
      write('other.json', '{"a": [1]}'),
      write('long.json', results({ ['t'.repeat(400)]: { 'acc,none': 0.5 } })),
      write('range.json', results({ t: { 'acc,none': 55 } })),
      write('results_9.json', good),
      write('zip.json', 'PK\u0003\u0004'),
      join(logs, 'none.json'),
      write('good.json', good),
    );
    expect(imported.map(({ file }) => file)).toEqual(['good.json']);
    const of = (file: string) => problems.find((problem) => problem.file === file);
    expect(of('cut.json')).toMatchObject({ line: 3, message: expect.stringContaining('is not JSON') });
    expect(of('other.json')?.message).toContain('neither');
    expect(of('long.json')).toMatchObject({ field: 'figures.0.task', message: expect.stringContaining('300') });
    expect(of('range.json')).toMatchObject({ field: 'results.t.acc,none' });
    expect(of('samples_t_9.jsonl')).toMatchObject({ line: 3, field: 'acc' });
    expect(of('zip.json')?.hint).toContain('inspect log convert');
    expect(of('none.json')?.message).toContain('cannot be read');
    expect(await cells()).toHaveLength(1);
  });

  it('samples alone are refused with what to do, a log that is too large before it is read', async () => {
    const { write, take } = place();
    expect((await take(write('samples_t_1.jsonl', ''))).problems[0]?.hint).toContain('results_');
    const large = write('large.json', '');
    truncateSync(large, 200 * 1024 * 1024);
    expect((await take(large)).problems[0]).toMatchObject({
      file: 'large.json',
      message: expect.stringMatching(/200 MB/),
    });
  });

  it('no name of a log becomes a property or a path', async () => {
    const { write, take, cells, paths } = place();
    await take(
      write(
        'results_3.json',
        `{"results": {"__proto__": {"acc,none": 0.5, "acc_stderr,none": 0.1}, "constructor": {"acc,none": 0.5}, "../../x": {"acc,none": 0.5}}}`,
      ),
    );
    expect((await cells()).map(({ task }) => task).sort()).toEqual(['../../x', 'constructor']);
    expect(readdirSync(paths.evaluation.imported)).toHaveLength(1);
    expect(Object.hasOwn(Object.prototype, 'acc,none')).toBe(false);
  });

  it('a file of the project that is newer or broken is said, and the others are shown', async () => {
    const { write, take, paths } = place();
    await take(write('good.json', results({ t: { 'acc,none': 0.5, 'acc_stderr,none': 0.1 } })));
    mkdirSync(paths.evaluation.imported, { recursive: true });
    writeFileSync(join(paths.evaluation.imported, 'aaaaaaaaaaaa.json'), '{"v": 2}');
    writeFileSync(join(paths.evaluation.imported, 'bbbbbbbbbbbb.json'), '{');
    const { imported, warnings } = await readReport(paths, null);
    expect(imported).toHaveLength(1);
    expect(warnings.join('\n')).toMatch(/aaaaaaaaaaaa\.json: version 2 is newer/);
    expect(warnings.join('\n')).toMatch(/bbbbbbbbbbbb\.json/);
  });
});

describe('the imports of a project', () => {
  it('the same log twice is there once, and goes by id or by name', async () => {
    const { take, cells, paths } = place();
    const { imported } = await take(join(real, INSPECT));
    await take(join(real, INSPECT));
    expect(await cells()).toHaveLength(2);
    expect(await removeImported(paths.evaluation.imported, ['nothing'])).toEqual([]);
    expect(await removeImported(paths.evaluation.imported, [INSPECT])).toEqual([imported[0]?.id]);
    expect(await cells()).toEqual([]);
  });

  it('stand in the Markdown, the CSV and the JSON of the report, and nowhere among its cells', async () => {
    const { take, paths } = place();
    await take(join(real, INSPECT));
    const summary = await readReport(paths, null);
    expect([summary.cells, summary.fours, summary.comparisons]).toEqual([[], [], []]);
    const [head, ...rows] = reportText(summary, 'csv').trim().split('\r\n');
    expect(rows).toHaveLength(2);
    for (const row of rows) expect(row.split(',')).toHaveLength(head?.split(',').length ?? 0);
    expect(rows[0]).toMatch(new RegExp(`,inspect ${INSPECT},documents,,$`));
    const markdown = reportText(summary, 'markdown');
    expect(markdown).toContain('## Imported');
    expect(markdown.split('\n').filter((line) => line.startsWith('| Inspect 0.3.285'))).toHaveLength(2);
    expect(JSON.parse(reportText(summary, 'json')).imported).toEqual(summary.imported);
  });

  it('keeps no question of a log', async () => {
    const { take, paths } = place();
    const { imported } = await take(join(real, RESULTS));
    const kept = readFileSync(join(paths.evaluation.imported, `${imported[0]?.id}.json`), 'utf8');
    expect(kept).not.toContain('Q0?');
    expect(kept).not.toContain('doc0.md');
  });
});
