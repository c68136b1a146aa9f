import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as vscode from 'vscode';
import type { FakeLlm } from '../fixtures/fake-llm/server.mjs';
import { editor, eventually, folder } from './support/extension.ts';
import { fakeLlm } from './support/fakeLlm.ts';
import { person } from './support/person.ts';

/** What a person asks for in the project that project.test.ts made, on its endpoint's port again. */
describe('requests for more', () => {
  let endpoint: FakeLlm;
  const at = (name: string) => vscode.Uri.joinPath(folder(), name);
  const project = async () => {
    const [only] = await (await editor()).projects.all();
    assert.ok(only, 'no project is open');
    return only;
  };
  const accepted = async (method: string) =>
    (await project()).counts?.methods.find((entry) => entry.method === method)?.accepted ?? 0;
  const ofDocument = async (document: string) =>
    (await project()).counts?.documents.find((entry) => entry.document === document)?.accepted ?? 0;

  /** Waits until no job runs; fails with the job where one needs attention. */
  async function idle(known: ReadonlySet<string>) {
    const open = await project();
    return eventually('a new job to end', () => {
      const job = open.jobs.find(({ run }) => !known.has(run));
      if (job && ['failed', 'paused', 'lost'].includes(job.state)) throw new Error(JSON.stringify(job, null, 1));
      return job?.state === 'succeeded' && job;
    });
  }
  const runs = async () => new Set((await project()).jobs.map(({ run }) => run));

  before(async () => {
    const [, port] = /base_url: .*127\.0\.0\.1:(\d+)/.exec(readFileSync(process.env.SMT_CONFIG ?? '', 'utf8')) ?? [];
    assert.ok(port, 'project.test.ts runs first and adds the endpoint');
    endpoint = await fakeLlm({ latency_ms: 20 }, Number(port));
    const open = await project();
    await eventually('the project', () => open.ready && open.corpus && open.counts);
  });
  after(() => endpoint.stop());

  it('questions for a file: only that file gets more, and the panel shows them', async () => {
    const [known, before, other] = [await runs(), await ofDocument('ferry.txt'), await ofDocument('lighthouse.md')];
    const { seen, dispose } = await person();
    await vscode.commands.executeCommand('smt.generateQuestions', at('ferry.txt'));
    await idle(known);
    await eventually('more samples of the file', async () => (await ofDocument('ferry.txt')) > before);
    dispose();
    assert.equal(await ofDocument('lighthouse.md'), other);
    const offer = seen.find(({ choices }) => choices.includes('Generate All…'));
    assert.match(offer?.text ?? seen.map(({ text }) => text).join('\n'), /ferry\.txt/);
    assert.ok((await editor()).panels.of(await project())?.visible);
  });

  it('focal rewrites for a selected passage', async () => {
    const [known, before] = [await runs(), await accepted('focal_rewriting')];
    const document = await vscode.workspace.openTextDocument(at('lighthouse.md'));
    const shown = await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
    const start = document.getText().indexOf('The lamp burned');
    const end = document.getText().indexOf('four wicks.') + 'four wicks.'.length;
    shown.selection = new vscode.Selection(document.positionAt(start), document.positionAt(end));
    const { seen, dispose } = await person();
    await vscode.commands.executeCommand('smt.generateRewrites', document.uri);
    await idle(known);
    await eventually('more rewrites', async () => (await accepted('focal_rewriting')) > before);
    dispose();
    const additions = readFileSync(at('.smt/plan/additions.jsonl').fsPath, 'utf8').trim().split('\n');
    const last: unknown = JSON.parse(additions.at(-1) ?? '{}');
    assert.ok(typeof last === 'object' && last !== null && 'range' in last, additions.at(-1));
    assert.deepEqual(
      seen.filter(({ choices }) => choices.includes('Show Log')),
      [],
    );
  });

  it('a file that cannot be read stays in the tree with its reason, and is refused with it', async () => {
    await vscode.workspace.fs.writeFile(at('blank.md'), new Uint8Array());
    const { projectTree } = await editor();
    const node = await eventually('the unreadable file', async () => {
      const [corpus] = await projectTree.getChildren();
      return (await projectTree.getChildren(corpus)).find(({ kind }) => kind === 'unreadable');
    });
    const item = projectTree.getTreeItem(node);
    assert.equal(item.label, 'blank.md');
    assert.ok(String(item.description).length > 5, 'the reason is visible');
    const { seen, dispose } = await person();
    await vscode.commands.executeCommand('smt.explainUnreadable', node);
    await vscode.commands.executeCommand('smt.generateQuestions', at('blank.md'));
    dispose();
    assert.match(seen[0]?.text ?? '', /blank\.md/);
    assert.match(seen[1]?.text ?? '', /blank\.md cannot be read/);
    await vscode.workspace.fs.delete(at('blank.md'));
  });

  it('stops and resumes: nothing answered is asked again', async () => {
    endpoint.patch({ latency_ms: 700, cap: 2 });
    const [known, open] = [await runs(), await project()];
    const asked = await person({ confirm: [true] });
    await vscode.commands.executeCommand('smt.generateAll');
    asked.dispose();
    const job = await eventually('the job', () => open.jobs.find(({ run }) => !known.has(run)));
    const state = () => open.jobs.find(({ run }) => run === job.run)?.state;
    await eventually('some answers', () => endpoint.stats().ok > 2 && state() === 'running');
    await vscode.commands.executeCommand('smt.stopJob', { kind: 'job', job });
    await eventually('it is cancelled', () => state() === 'cancelled');
    endpoint.patch({ latency_ms: 5, cap: 64 });
    const again = await person();
    await vscode.commands.executeCommand('smt.resumeJob', { kind: 'job', job });
    await eventually('it ends', () => state() === 'succeeded');
    again.dispose();
    assert.deepEqual(again.seen, []);
    const counts = open.jobs.find(({ run }) => run === job.run)?.counts;
    assert.deepEqual({ failed: counts?.failed, pending: counts?.pending }, { failed: 0, pending: 0 });
    assert.equal(endpoint.stats().answers_repeated, 0);
  });

  it('everything generated: the next wish for all says so and starts nothing', async () => {
    const known = await runs();
    const { seen, dispose } = await person({ confirm: [true] });
    await vscode.commands.executeCommand('smt.generateAll');
    dispose();
    assert.match(seen[0]?.text ?? '', /Everything that is planned is generated/);
    assert.deepEqual(await runs(), known);
  });

  it('a question of one’s own: kept in reviews.jsonl, with rewrites for it', async () => {
    const [known, before] = [await runs(), await accepted('focal_rewriting')];
    const { dispose } = await person({ input: ['Who was the captain of the Marigold?'] });
    const shown = await vscode.window.showTextDocument(at('ferry.txt'), { viewColumn: vscode.ViewColumn.One });
    shown.selection = new vscode.Selection(0, 0, 0, 0);
    await vscode.commands.executeCommand('smt.askQuestion', at('ferry.txt'));
    await idle(known);
    await eventually('rewrites for it', async () => (await accepted('focal_rewriting')) > before);
    dispose();
    assert.match(readFileSync(at('reviews.jsonl').fsPath, 'utf8'), /"decision":"question".*captain of the Marigold/);
  });

  it('a judge is validated on a file of graded answers: one question, a job, its document', async () => {
    const registry = readFileSync(process.env.SMT_CONFIG ?? '', 'utf8');
    const [, id] = /^ {2}(\S+):\n\s+base_url: \S*127\.0\.0\.1/m.exec(registry) ?? [];
    assert.ok(id, registry);
    const rows = Array.from({ length: 6 }, (_, n) => ({
      question: `Q${n}?`,
      gold: `${n}`,
      answer: `it is ${n}`,
      label: 'correct',
    }));
    const labels = at('labels.jsonl');
    await vscode.workspace.fs.writeFile(
      labels,
      new TextEncoder().encode(rows.map((row) => JSON.stringify(row)).join('\n')),
    );
    endpoint.patch({ content: 'yes' });
    const known = await runs();
    const { seen, dispose } = await person({ files: [labels], pick: [`endpoint:${id}`], confirm: [true] });
    await vscode.commands.executeCommand('smt.validateJudge');
    dispose();
    const [asked, ...more] = seen.filter(({ kind }) => kind === 'confirm');
    assert.match(asked?.text ?? '', /6 of 6 labelled answers/);
    assert.deepEqual(more, [], 'asked once');
    const job = await idle(known);
    assert.match(job.message ?? '', /against 6 labelled answers: agreement 100\.0 %, Cohen's κ not defined/);
    assert.equal(endpoint.stats().total > 0, true);
    await eventually('its document', () =>
      vscode.window.tabGroups.all.some(({ tabs }) => tabs.some(({ label }) => label.includes('judge.md'))),
    );
    endpoint.patch({ content: null });
    await vscode.workspace.fs.delete(labels);
  });

  it('a document that changed makes its samples stale, in counts and tree', async () => {
    const open = await project();
    const text = readFileSync(at('ferry.txt').fsPath, 'utf8');
    await vscode.workspace.fs.writeFile(
      at('ferry.txt'),
      new TextEncoder().encode(`${text}\nShe was scrapped in 1931.\n`),
    );
    await eventually('stale samples', () => (open.counts?.stale ?? 0) > 0);
    assert.equal(
      open.counts?.documents.find(({ document }) => document === 'lighthouse.md')?.stale ?? 0,
      0,
      'the other document’s samples are not',
    );
  });
});
