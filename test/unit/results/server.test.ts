import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REPORT_MARK } from '../../../src/contract/corpus.ts';
import { ResultsServer } from '../../../src/contract/resultsRpc.ts';
import { asFailure, ask } from '../../../src/contract/rpcConnection.ts';
import { madeDocuments, writeEvaluation, writeStudy } from '../../fixtures/evaluation/madeEvaluation.ts';
import { bundleServer, type RunningServer, startServer } from '../server/serverProcess.ts';

describe('results over the server process', () => {
  const project = mkdtempSync(join(tmpdir(), 'smt-results-'));
  const documents = madeDocuments(12);
  let bundle: Awaited<ReturnType<typeof bundleServer>>;
  let server: RunningServer;
  const of = { project };

  beforeAll(async () => {
    for (const { id, text } of documents) writeFileSync(join(project, id), text);
    writeFileSync(join(project, 'smt.yaml'), 'v: 1\nname: results\n');
    await writeStudy(project, documents, { perDocument: 3, samples: 2, log: true });
    bundle = await bundleServer();
    server = startServer(bundle.program, { SMT_CONFIG: join(project, '..', 'no-endpoints.yaml') });
  }, 60_000);
  afterAll(async () => {
    if (server.child.exitCode === null) await server.stop();
    bundle.remove();
    rmSync(project, { recursive: true, force: true });
  });
  const call = () => server.connection;

  it('opens an answer: raw text from the log, parsed choice, chunks with the gold evidence, the evidence itself', async () => {
    const { fours } = await ask(call(), ResultsServer.summary, of);
    const four = fours.find(({ trained_rag }) => trained_rag !== null);
    const [first, second] = [four?.trained_closed_book ?? '', four?.base_rag ?? ''];
    const { rows } = await ask(call(), ResultsServer.answers, {
      ...of,
      filter: { first, second },
      offset: 0,
      limit: 5,
    });
    const question = rows[0]?.id ?? '';
    const detail = await ask(call(), ResultsServer.detail, { ...of, question, cells: [first, second] });
    expect(detail.question.id).toBe(question);
    const [closed, rag] = detail.cells;
    expect(closed?.answers).toHaveLength(2);
    expect(closed?.chunks).toBeNull();
    for (const { raw, parsed, answer, finish_reason } of closed?.answers ?? []) {
      expect(finish_reason).toBe('stop');
      if (parsed) expect(raw).toContain(`Answer: ${answer?.slice(0, 1)}`);
      else expect(answer).toBeNull();
    }
    const [evidence] = detail.evidence;
    const marked = rag?.chunks?.flatMap(({ text, evidence: spans }) =>
      spans.map(([from, to]) => text?.slice(from, to)),
    );
    expect(marked).toContain(evidence?.text);
  });

  it('says which samples could have taught an answer: none here, with the passage to rewrite', async () => {
    const taught = await ask(call(), ResultsServer.taughtBy, { ...of, question: 'quality/document-001.md#0' });
    expect(taught).toMatchObject({ basis: 'passage', total: 0, passage: { document: 'document-001.md' } });
  });

  it('refuses a question or cell that is not there, with what to do', async () => {
    const failed = await ask(call(), ResultsServer.detail, { ...of, question: 'no', cells: ['x'] }).then(
      () => undefined,
      (error: unknown) => asFailure(error),
    );
    expect(failed).toMatchObject({ code: 'unknown_question', hint: expect.any(String) });
  });

  it('makes the page, writes harness files, takes a log in and out, and says which file is malformed', async () => {
    const wish = { format: 'html', answers: 2 } as const;
    const { text } = await ask(call(), ResultsServer.report, { ...of, wish });
    expect(text.match(/<article>/g)).toHaveLength(2);
    const folder = mkdtempSync(join(tmpdir(), 'smt-results-out-'));
    const { files } = await ask(call(), ResultsServer.exportLmEval, { ...of, folder });
    const results = files.find((file) => file.startsWith('base') && file.includes('results_')) ?? '';
    const bad = join(folder, 'bad.json');
    writeFileSync(bad, '{');
    const taken = await ask(call(), ResultsServer.importLogs, { ...of, files: [join(folder, results), bad] });
    expect(taken).toMatchObject({ imported: [{ source: 'lm_eval' }], problems: [{ file: 'bad.json', line: 1 }] });
    const { imported, cells } = await ask(call(), ResultsServer.summary, of);
    const closed = cells.find(
      ({ model, setting, benchmark }) => model === 'base' && setting === 'closed_book' && benchmark === 'quality',
    );
    expect(imported.find(({ task }) => task === 'quality_closed_book')?.accuracy).toBe(closed?.accuracy);
    const imports = taken.imported.map(({ id }) => id);
    expect(await ask(call(), ResultsServer.removeImported, { ...of, imports })).toEqual({ removed: 1 });
    expect((await ask(call(), ResultsServer.summary, of)).imported).toEqual([]);
    rmSync(folder, { recursive: true, force: true });
  });

  it('in Restricted Mode the page is made, and nothing is written or taken in', async () => {
    const restricted = startServer(bundle.program, { SMT_RESTRICTED: '1' });
    const folder = mkdtempSync(join(tmpdir(), 'smt-results-no-'));
    const refused = (asked: Promise<unknown>) =>
      asked.then(
        () => 'done',
        (error: unknown) => asFailure(error).code,
      );
    const { connection } = restricted;
    const page = await ask(connection, ResultsServer.report, { ...of, wish: { format: 'html', answers: 0 } });
    expect(page.text).toContain('Verdict: four cells');
    expect(await refused(ask(connection, ResultsServer.exportLmEval, { ...of, folder }))).toBe('restricted');
    expect(await refused(ask(connection, ResultsServer.importLogs, { ...of, files: ['/x.json'] }))).toBe('restricted');
    expect(await refused(ask(connection, ResultsServer.removeImported, { ...of, imports: ['x'] }))).toBe('restricted');
    expect(readdirSync(folder)).toEqual([]);
    await restricted.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('writes the report, and takes in a run that appears', async () => {
    const { text } = await ask(call(), ResultsServer.report, { ...of, wish: { format: 'markdown' } });
    // Saved among the documents it is none of them.
    expect(text.startsWith(`${REPORT_MARK}\n# Results\n`)).toBe(true);
    const before = await ask(call(), ResultsServer.summary, of);
    const elsewhere = mkdtempSync(join(tmpdir(), 'smt-results-run-'));
    const run = '20261122-150000000-eeeeee';
    await writeEvaluation({
      root: elsewhere,
      run,
      documents,
      perDocument: 2,
      samples: 1,
      benchmark: 'own',
      cells: [{ model: 'base', setting: 'closed_book', rate: 0.5, judged: true }],
      log: true,
    });
    mkdirSync(join(project, '.smt', 'runs'), { recursive: true });
    cpSync(join(elsewhere, '.smt', 'runs', run), join(project, '.smt', 'runs', run), { recursive: true });
    cpSync(join(elsewhere, '.smt', 'evaluation'), join(project, '.smt', 'evaluation'), {
      recursive: true,
      force: false,
    });
    rmSync(elsewhere, { recursive: true, force: true });
    const after = await ask(call(), ResultsServer.summary, of);
    expect(after.revision).toBeGreaterThan(before.revision);
    const cell = after.cells.find(({ benchmark }) => benchmark === 'own');
    expect(cell?.judge).toMatchObject({ validated: false });
    expect(after.warnings.join(' ')).toContain('not validated');
  });
});
