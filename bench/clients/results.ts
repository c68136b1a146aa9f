/**
 * What the Results panel asks of the server, at size: QUESTIONS questions × 8 answers × 4 cells, drill-down into each.
 * `node results.cjs FOLDER write QUESTIONS` leaves a finished evaluation; `node results.cjs FOLDER measure` opens it in
 * a process of its own, as a server that was just started. Prints one JSON object.
 */
import type { AnswerFilter } from '../../src/contract/results.ts';
import { answerDetail, answerPage, breakdown, compareCells, Report } from '../../src/engine/eval/report/index.ts';
import { CompletionLog } from '../../src/engine/llm/index.ts';
import { projectPaths } from '../../src/engine/project/index.ts';
import { madeDocuments, writeEvaluation } from '../../test/fixtures/evaluation/madeEvaluation.ts';

const PER_DOCUMENT = 50;
const SAMPLES = 8;
const CELLS = [
  { model: 'base', setting: 'closed_book', rate: 0.35 },
  { model: 'base', setting: 'rag', rate: 0.55 },
  { model: 'trained', setting: 'closed_book', rate: 0.5 },
  { model: 'trained', setting: 'rag', rate: 0.65 },
] as const;
const ROUNDS = 60;
const PAGE = 100;

async function write(root: string, wanted: number): Promise<void> {
  const documents = madeDocuments(Math.max(1, Math.round(wanted / PER_DOCUMENT)));
  const made = { root, run: '20260101-000000-made', documents, perDocument: PER_DOCUMENT, samples: SAMPLES };
  const { questions } = await writeEvaluation({ ...made, cells: CELLS, log: true });
  process.stdout.write(`${JSON.stringify({ questions: questions.length })}\n`);
}

async function measure(root: string): Promise<void> {
  const paths = projectPaths(root);
  const began = performance.now();
  const report = new Report(paths, async () => 1_000_000);
  const shown = JSON.stringify(await report.summary());
  const open_ms = performance.now() - began;

  const book = await report.book();
  const [first, second, ...others] = book.cells;
  if (!first || !second) throw new Error('no cells');
  const questions = [...book.questions.keys()];
  const answers = await CompletionLog.open(paths.evaluation.completions);
  const sources = { completion: (id: string) => answers.read(id), document: async () => undefined };
  const ids = [first, second, ...others].map(({ id }) => id);
  const filters: AnswerFilter[] = [
    {},
    { first: first.id },
    { first: first.id, second: second.id },
    { first: first.id, second: second.id, outcomes: ['right_wrong'] },
    { first: first.id, unparsed: true },
    { text: 'zyxquestion 7 right' },
  ];
  const actions: Record<string, (round: number) => Promise<unknown>> = {
    answers: async (round) =>
      answerPage(await report.book(), filters[round % filters.length] ?? {}, round * PAGE, PAGE),
    detail: async (round) =>
      answerDetail(await report.book(), questions[(round * 83) % questions.length] ?? '', ids, sources),
    breakdown: async (round) =>
      breakdown(await report.book(), [first, second, ...others], round % 2 ? 'type' : 'document'),
    compare: async () => compareCells(first, second, 'chosen', await report.book()),
  };
  const times: Record<string, number> = {};
  for (const [name, act] of Object.entries(actions)) {
    const taken: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const from = performance.now();
      JSON.stringify(await act(round));
      taken.push(performance.now() - from);
    }
    taken.sort((one, other) => one - other);
    times[`${name}_p95_ms`] = taken[Math.ceil(ROUNDS * 0.95) - 1] ?? Number.NaN;
  }
  await answers.close();
  const sizes = { questions: questions.length, samples: SAMPLES, cells: ids.length, summary_bytes: shown.length };
  const peak_rss_mb = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(`${JSON.stringify({ ...sizes, open_ms, ...times, peak_rss_mb })}\n`);
}

const [root = '', mode, wanted = '5000'] = process.argv.slice(2);
void (mode === 'measure' ? measure(root) : write(root, Number(wanted)));
