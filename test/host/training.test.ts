import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { byteTokenizer, tokenizerConfig } from '../fixtures/byteTokenizer.ts';
import { editor, eventually, folder } from './support/extension.ts';
import { person } from './support/person.ts';

/** From the samples that project.test.ts and requests.test.ts left to a training set and up to the door of training. */
describe('from samples to a model', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'smt-host-training-'));
  const project = async () => {
    const [only] = await (await editor()).projects.all();
    assert.ok(only, 'no project is open');
    return only;
  };
  const write = (path: string, text: string) =>
    vscode.workspace.fs.writeFile(vscode.Uri.joinPath(folder(), path), new TextEncoder().encode(text));
  const runs = async () => new Set((await project()).jobs.map(({ run }) => run));
  const section = async (kind: 'datasets' | 'checkpoints') => {
    const { projectTree } = await editor();
    const found = (await projectTree.getChildren()).find((node) => node.kind === kind);
    assert.ok(found);
    return { projectTree, found };
  };

  before(async () => {
    const open = await project();
    await write('tokenizer/tokenizer.json', byteTokenizer());
    await write('tokenizer/tokenizer_config.json', tokenizerConfig);
    const text = readFileSync(open.file.fsPath, 'utf8');
    // A student whose tokenizer lies in the folder and whose weights are nowhere.
    await write(
      'smt.yaml',
      text.replace(/^student:\n(?: .*\n|\s*#.*\n)*/m, 'student: { model: maker/student, tokenizer: tokenizer }\n'),
    );
    await eventually('the project with its new student', async () => {
      await open.load();
      return open.state?.student === 'maker/student' && open.counts && open.counts.accepted > 0;
    });
  });
  after(() => rmSync(scratch, { recursive: true, force: true }));

  it('a project without a training set says so, and offers to build one', async () => {
    const { projectTree, found } = await section('datasets');
    const item = projectTree.getTreeItem(found);
    assert.deepEqual([item.contextValue, item.description], ['datasets', 'none yet']);
    const { seen, dispose } = await person();
    await vscode.commands.executeCommand('smt.train');
    dispose();
    assert.match(seen[0]?.text ?? '', /has no training set yet.*Build Training Set/);
  });

  it('asking for more than the samples allow says what each kind lacks, and repeats nothing', async () => {
    const known = await runs();
    const { seen, dispose } = await person({ input: ['too-large', '900M'], pick: ['dismiss'] });
    await vscode.commands.executeCommand('smt.buildTrainingSet');
    dispose();
    const choice = seen.find(({ kind }) => kind === 'pick');
    assert.ok(choice, seen.map(({ text }) => text).join('\n'));
    assert.ok(
      choice.choices.some((label) => /Generate exactly what is missing: .+/.test(label)),
      choice.choices.join(),
    );
    assert.ok(choice.choices.includes('Build with what there is'));
    assert.deepEqual(await runs(), known, 'nothing was started');
  });

  it('a training set is built by a job after one summary, and stands in the project tree', async () => {
    const known = await runs();
    const { seen, dispose } = await person({ input: ['harbour', ''], confirm: [true] });
    await vscode.commands.executeCommand('smt.buildTrainingSet');
    const open = await project();
    const job = await eventually('the job to end', () => {
      const mine = open.jobs.find(({ run }) => !known.has(run));
      if (mine && ['failed', 'paused', 'lost'].includes(mine.state)) throw new Error(JSON.stringify(mine, null, 1));
      return mine?.state === 'succeeded' && mine;
    });
    dispose();
    assert.equal(job.kind, 'mix');
    const summary = seen.find(({ kind }) => kind === 'confirm')?.text ?? '';
    assert.match(
      summary,
      /Build the training set “harbour”\?[\s\S]*synthetic tokens of maker\/student[\s\S]*50 % of it/,
    );
    await eventually('the training set', () => open.datasets?.datasets.some(({ name }) => name === 'harbour'));
    const { projectTree, found } = await section('datasets');
    const [line] = await projectTree.getChildren(found);
    assert.ok(line);
    assert.match(String(projectTree.getTreeItem(line).description), /tokens · QA \d+ % · documents \d+ %/);
    assert.ok((await editor()).jobPanels.of(open, job.run), 'the panel of its job is open');
    await eventually('the page said ready', async () => (await editor()).jobPanels.of(open, job.run)?.isReady);
  });

  it('the dataset view shows it', async () => {
    await vscode.commands.executeCommand('smt.openTrainingSets');
    const open = await project();
    await eventually('the page said ready', async () => (await editor()).datasetPanels.of(open)?.isReady);
  });

  it('it is exported where a person says, for another trainer', async () => {
    const { seen, dispose } = await person({ pick: ['TRL, text'], place: [vscode.Uri.file(scratch)] });
    await vscode.commands.executeCommand('smt.exportTrainingSet');
    dispose();
    const written = join(scratch, 'harbour-trl-text');
    assert.ok(existsSync(written), seen.map(({ text }) => text).join('\n'));
    assert.ok(readdirSync(written).some((file) => file.endsWith('.jsonl')));
  });

  it('an SSH target is added to the user’s own file, under an id', async () => {
    const { seen, dispose } = await person({ pick: ['Another host'], input: ['ada@gpu-box', 'gpu-box'] });
    await vscode.commands.executeCommand('smt.addSshTarget');
    dispose();
    const file = process.env.SMT_TARGETS ?? '';
    assert.ok(file, 'the tests have a targets file of their own');
    assert.match(
      readFileSync(file, 'utf8'),
      /gpu-box:[\s\S]*host: ada@gpu-box/,
      seen.map(({ text }) => text).join('\n'),
    );
    await vscode.commands.executeCommand('smt.manageTargets');
    assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, file);
  });

  it('a machine that only the project names is not used: a modal says so', async () => {
    const open = await project();
    const text = readFileSync(open.file.fsPath, 'utf8');
    await write('smt.yaml', text.replace('target: local', 'target: strangers-box'));
    await eventually('the change', async () => {
      await open.load();
      return open.state?.target === 'strangers-box';
    });
    const known = await runs();
    const { seen, dispose } = await person({ confirm: [false] });
    await vscode.commands.executeCommand('smt.train');
    dispose();
    assert.match(seen.find(({ kind }) => kind === 'confirm')?.text ?? '', /“strangers-box”, which is not among yours/);
    assert.deepEqual(await runs(), known);
    await write('smt.yaml', text);
    await eventually('the project as it was', async () => {
      await open.load();
      return open.state?.target === 'local';
    });
  });

  it('training does not start where something blocks it, and says what', async () => {
    const known = await runs();
    const { seen, dispose } = await person({ pick: ['This machine'], confirm: [true] });
    await vscode.commands.executeCommand('smt.train');
    dispose();
    const said = seen.map(({ text }) => text).join('\n');
    assert.match(said, /Training on “local” cannot start: .*maker\/student/);
    assert.deepEqual(await runs(), known);
  });

  it('a finished job runs again as a new one with the same parameters', async () => {
    const open = await project();
    const job = open.jobs.find(({ kind }) => kind === 'mix');
    assert.ok(job);
    const known = await runs();
    await vscode.commands.executeCommand('smt.rerunJob', { kind: 'job', project: open, job });
    const again = await eventually('another run', () => open.jobs.find(({ run }) => !known.has(run)));
    assert.deepEqual([again.kind, again.title], ['mix', job.title]);
    await eventually('its end', () => {
      const now = open.jobs.find(({ run }) => run === again.run);
      return now && !['queued', 'preparing', 'running', 'stopping'].includes(now.state);
    });
  });

  it('a training set is deleted after a modal only', async () => {
    const open = await project();
    const node = { kind: 'dataset', project: open, name: 'harbour' };
    const no = await person({ confirm: [false] });
    await vscode.commands.executeCommand('smt.removeTrainingSet', node);
    no.dispose();
    assert.ok(open.datasets?.datasets.some(({ name }) => name === 'harbour'));
    const yes = await person({ confirm: [true] });
    await vscode.commands.executeCommand('smt.removeTrainingSet', node);
    yes.dispose();
    assert.deepEqual(open.datasets?.datasets, []);
  });

  it('panels come back after a reload; a state of another version opens as nothing that could be wrong', async () => {
    const { jobPanels, datasetPanels } = await editor();
    const open = await project();
    const job = open.jobs.find(({ kind }) => kind === 'mix');
    assert.ok(job);
    const panel = vscode.window.createWebviewPanel('smt.job', 'restored', vscode.ViewColumn.Active);
    await jobPanels.restore(panel, { v: 1, project: open.path, run: job.run });
    await eventually('the page said ready', () => jobPanels.of(open, job.run)?.isReady);
    const other = vscode.window.createWebviewPanel('smt.job', 'restored', vscode.ViewColumn.Active);
    await jobPanels.restore(other, { v: 99 });
    assert.match(other.webview.html, /not open in this window/);
    other.dispose();
    const sets = vscode.window.createWebviewPanel('smt.dataset', 'restored', vscode.ViewColumn.Active);
    await datasetPanels.restore(sets, { v: 1, project: open.path });
    await eventually('the page said ready', () => datasetPanels.of(open)?.isReady);
  });

  it('a serving job goes on when its panel is restored over one that was opened meanwhile; closing the panel stops it', async () => {
    const { jobPanels } = await editor();
    const open = await project();
    const run = `serve-${Date.now()}`;
    const at = `.smt/runs/${run}`;
    const now = Math.floor(Date.now() / 1000);
    const times = { created: now, started: now, updated: now };
    const status = { v: 1, run, kind: 'serve', title: 'Serve step 3', state: 'running', phase: 'serve', ...times };
    const here = { pid: null, host: hostname(), attempt: 1, last_seq: 0 };
    const params = { model: 'maker/student', model_path: 'model', port: 0 };
    const spec = { schema: 'smt-spec/1', run, kind: 'serve', title: status.title, project: open.path, created: now };
    await write(`${at}/spec.json`, JSON.stringify({ ...spec, resume: 'auto', params }));
    await write(`${at}/status.json`, JSON.stringify({ ...status, ...here }));
    await eventually('the serving job', async () => {
      await open.loadJobs();
      return open.jobs.some((job) => job.run === run && job.state === 'running');
    });
    const asked = () => existsSync(vscode.Uri.joinPath(folder(), at, 'stop').fsPath);
    jobPanels.open(open, run);
    await eventually('the page said ready', () => jobPanels.of(open, run)?.isReady);
    const brought = vscode.window.createWebviewPanel('smt.job', 'restored', vscode.ViewColumn.Active);
    await jobPanels.restore(brought, { v: 1, project: open.path, run });
    await eventually('the restored page said ready', () => jobPanels.of(open, run)?.isReady);
    assert.equal(asked(), false, 'the chat of the restored panel goes on');
    brought.dispose();
    await eventually('the wish to stop', asked);
    assert.equal(jobPanels.of(open, run), undefined);
    await write(`${at}/status.json`, JSON.stringify({ ...status, ...here, state: 'cancelled', ended: now }));
  });
});
