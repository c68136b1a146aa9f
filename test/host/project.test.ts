import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as vscode from 'vscode';
import type { FakeLlm } from '../fixtures/fake-llm/server.mjs';
import { access, editor, eventually, exists, folder } from './support/extension.ts';
import { fakeLlm } from './support/fakeLlm.ts';
import { person } from './support/person.ts';

const key = 'sk-test-of-this-origin-only';

/** One project from its creation on, with a real HTTP endpoint that wants a key. The tests follow each other. */
describe('a project', () => {
  let endpoint: FakeLlm;
  const project = async () => {
    const [only] = await (await editor()).projects.all();
    assert.ok(only, 'no project is open');
    return only;
  };

  before(async () => {
    endpoint = await fakeLlm({ latency_ms: 20, require_key: key });
  });
  after(() => endpoint.stop());

  it('is created step by step; leaving half-way writes nothing', async () => {
    const { seen, dispose } = await person({ pick: ['Built-in model', 'back', 'dismiss'] });
    await vscode.commands.executeCommand('smt.createProject', folder());
    dispose();
    assert.deepEqual(
      seen.map(({ text }) => text.replace(/^.*\. /, '')),
      [
        'Who writes the synthetic data?',
        'Which model will be trained? Its tokenizer counts every budget.',
        'Who writes the synthetic data?',
      ].map((text) => text.replace(/^.*\. /, '')),
    );
    assert.match(seen[0]?.text ?? '', /2 documents/);
    assert.equal(await exists(vscode.Uri.joinPath(folder(), 'smt.yaml')), false);
  });

  it('is created with a hosted endpoint: its URL goes to the registry, its key to the secret storage', async () => {
    const { seen, dispose } = await person({
      pick: ['Another OpenAI-compatible endpoint', 'Another model', 'SmolLM2-135M-Instruct'],
      input: [endpoint.url, key, 'fake-model'],
    });
    await vscode.commands.executeCommand('smt.createProject', folder());
    dispose();
    const errors = seen.filter(({ kind }) => kind === 'tell');
    assert.deepEqual(errors, []);
    const shown = vscode.window.activeTextEditor?.document;
    assert.ok(shown);
    assert.ok(shown.uri.path.endsWith('/smt.yaml'), 'the file is opened');
    assert.ok(!shown.getText().includes(endpoint.origin), 'the workspace does not say where the endpoint is');
    assert.ok(!shown.getText().includes(key));
    const registry = readFileSync(process.env.SMT_CONFIG ?? '', 'utf8');
    assert.ok(registry.includes(endpoint.url));
    assert.ok(!registry.includes(key));
  });

  it('keeps the key for that origin and gives it to no other', async () => {
    const { keys } = await editor();
    assert.deepEqual(await keys.of([endpoint.origin]), { [endpoint.origin]: key });
    assert.deepEqual(await keys.of(['http://127.0.0.1:9', `${endpoint.origin}1`]), {});
  });

  it('shows its documents with tokens and its methods', async () => {
    const open = await project();
    await eventually('the corpus is read', () => open.corpus && open.counts);
    const { projectTree } = await editor();
    const parts = await projectTree.getChildren();
    assert.deepEqual(
      parts.map(({ kind }) => kind),
      ['corpus', 'methods', 'datasets', 'checkpoints'],
    );
    const [corpus, methods] = parts;
    const files = (await projectTree.getChildren(corpus)).map((node) => projectTree.getTreeItem(node));
    assert.deepEqual(
      files.map(({ label }) => label),
      ['ferry.txt', 'lighthouse.md'],
    );
    for (const { description, contextValue } of files) {
      assert.match(String(description), /\d+ tokens/);
      assert.equal(contextValue, 'document');
    }
    assert.ok((await projectTree.getChildren(methods)).length >= 3);
  });

  it('is not made twice', async () => {
    const { seen, dispose } = await person();
    await vscode.commands.executeCommand('smt.createProject', folder());
    dispose();
    assert.match(seen[0]?.text ?? '', /is a project already/);
  });

  it('offers completion and hover in smt.yaml, and underlines what is not allowed', async () => {
    const document = await vscode.workspace.openTextDocument((await project()).file);
    const shown = await vscode.window.showTextDocument(document);
    const line = document
      .getText()
      .split('\n')
      .findIndex((text) => text.includes('profile:'));
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      new vscode.Position(line, 3),
    );
    const text = hovers.flatMap(({ contents }) =>
      contents.map((part) => (typeof part === 'string' ? part : part.value)),
    );
    assert.match(text.join('\n'), /profile[\s\S]*standard/);

    const value = document.lineAt(line).text.indexOf(':') + 2;
    const found = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      document.uri,
      new vscode.Position(line, value),
    );
    const labels = found.items.map(({ label }) => (typeof label === 'string' ? label : label.label));
    for (const allowed of ['auto', 'standard', 'small']) assert.ok(labels.includes(allowed), labels.join(', '));

    const original = document.lineAt(line).text;
    await shown.edit((edit) => edit.replace(document.lineAt(line).range, '  profile: enormous'));
    const [problem] = await eventually('a red line', () => {
      const problems = vscode.languages.getDiagnostics(document.uri);
      return problems.length > 0 && problems;
    });
    assert.equal(problem?.range.start.line, line);
    assert.match(problem?.message ?? '', /generator\.profile.*(standard|small)/s);
    await shown.edit((edit) => edit.replace(document.lineAt(line).range, original));
    await eventually('no red line', () => vscode.languages.getDiagnostics(document.uri).length === 0);
    await document.save();
  });

  it('has Preview, Generate All and Estimate above smt.yaml', async () => {
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      (await project()).file,
    );
    const titles = lenses.map(({ command }) => command?.title);
    assert.deepEqual(titles, ['Preview', 'Generate All…', 'Estimate', 'Samples']);
  });

  it('starts nothing when the estimate is declined', async () => {
    const before = endpoint.stats().total;
    const { seen, dispose } = await person({ confirm: [false] });
    await vscode.commands.executeCommand('smt.generateAll');
    dispose();
    const [modal] = seen.filter(({ kind }) => kind === 'confirm');
    for (const figure of [/Requests: [\d,]/, /Input tokens: /, /Output tokens: /, /Cost: /, /Time: /]) {
      assert.match(modal?.text ?? seen.map(({ text }) => text).join(), figure);
    }
    assert.deepEqual((await project()).jobs, []);
    assert.equal(endpoint.stats().total, before);
  });

  it('previews: a few requests as a job of its own, kept, in the panel, with the key of its origin', async () => {
    const { seen, dispose } = await person();
    await vscode.commands.executeCommand('smt.previewSamples');
    const open = await project();
    const job = await eventually('a job', () => open.jobs.find(({ kind }) => kind === 'generate'));
    await eventually('the preview to end', () => {
      const now = open.jobs.find(({ run }) => run === job.run);
      if (now && ['failed', 'paused', 'lost'].includes(now.state)) throw new Error(JSON.stringify(now, null, 1));
      return now?.state === 'succeeded';
    });
    await eventually('samples', () => (open.counts?.total ?? 0) > 0);
    dispose();
    assert.deepEqual(
      seen.filter(({ kind }) => kind === 'confirm'),
      [],
      'an endpoint on this machine needs no consent',
    );
    assert.ok(endpoint.stats().keys_seen.every((seenKey) => seenKey.includes(key)));
    assert.ok(endpoint.stats().ok > 0);
    const { jobsTree, panels } = await editor();
    assert.deepEqual(
      (await jobsTree.getChildren()).map((node) => node.kind === 'group' && node.group),
      ['finished'],
    );
    await eventually('the page said ready', () => panels.of(open)?.isReady);
  });

  it('has its panel restored after a reload, and a state of another version opens fresh', async () => {
    const { panels } = await editor();
    const open = await project();
    for (const state of [{ v: 1, project: open.path }, { v: 99, other: true }, undefined]) {
      const panel = vscode.window.createWebviewPanel('smt.samples', 'restored', vscode.ViewColumn.Active);
      await panels.restore(panel, state);
      await eventually('the page said ready', () => panels.of(open)?.isReady);
      assert.match(panel.webview.html, /default-src 'none'; script-src 'nonce-[^']+'/);
    }
  });

  it('keeps its key out of everything on disk', async () => {
    const files = await vscode.workspace.findFiles('**/*', null);
    const runs = await vscode.workspace.fs.readDirectory(vscode.Uri.joinPath(folder(), '.smt', 'runs'));
    assert.ok(runs.length > 0);
    for (const [run] of runs) {
      const at = vscode.Uri.joinPath(folder(), '.smt', 'runs', run);
      for (const [name, type] of await vscode.workspace.fs.readDirectory(at)) {
        if (type === vscode.FileType.File) files.push(vscode.Uri.joinPath(at, name));
      }
    }
    for (const file of files) assert.ok(!readFileSync(file.fsPath, 'utf8').includes(key), file.path);
  });

  it('asks before documents go to an origin that is not this machine, and sends nothing when declined', async () => {
    const open = await project();
    const registry = process.env.SMT_CONFIG ?? '';
    const document = await vscode.workspace.openTextDocument(open.file);
    const text = document.getText();
    const remote = `${readFileSync(registry, 'utf8').trimEnd()}\n`;
    const withRemote = remote.replace(
      /^endpoints:.*$/m,
      (line) => `${line}\n  far-away:\n    base_url: https://llm.example.test/v1\n    model: far`,
    );
    await vscode.workspace.fs.writeFile(vscode.Uri.file(registry), new TextEncoder().encode(withRemote));
    await vscode.workspace.fs.writeFile(
      open.file,
      new TextEncoder().encode(text.replace(/endpoints: \[.*\]/, 'endpoints: [far-away]')),
    );
    await eventually('the change is seen', async () => {
      await open.load();
      return open.state?.endpoints.some(({ id }) => id === 'far-away');
    });
    const { seen, dispose } = await person({ confirm: [true, false] });
    await vscode.commands.executeCommand('smt.generateAll');
    dispose();
    const consent = seen.find(({ text: asked }) => asked.startsWith('Send documents to'));
    assert.match(
      consent?.text ?? seen.map(({ text: t }) => t).join('\n'),
      /https:\/\/llm\.example\.test[\s\S]*2 documents[\s\S]*tokens/,
    );
    assert.ok(!open.jobs.some(({ state }) => state === 'running'));
    assert.ok(!readFileSync(registry, 'utf8').includes('consented_origins'));
    await vscode.workspace.fs.writeFile(open.file, new TextEncoder().encode(text));
    await vscode.workspace.fs.writeFile(vscode.Uri.file(registry), new TextEncoder().encode(remote));
  });

  it('survives the end of the engine process: it is started again and the views are filled anew', async () => {
    const { server } = await editor();
    const open = await project();
    await open.load();
    const first = server.pid;
    assert.ok(first);
    process.kill(first, 'SIGKILL');
    const second = await eventually('another process', () => server.pid !== first && server.pid);
    assert.notEqual(second, first);
    await open.load();
    assert.equal(open.loading.kind, 'ready');
  });

  it('says once what to do when the engine keeps ending, and starts it on a wish', async () => {
    const { server } = await editor();
    const { seen, dispose } = await person();
    let ended: number | undefined;
    await eventually('the engine is given up', () => {
      if (server.pid !== undefined && server.pid !== ended) {
        ended = server.pid;
        process.kill(ended, 'SIGKILL');
      }
      return seen.length > 0;
    });
    assert.equal(seen.length, 1);
    assert.deepEqual(seen[0]?.choices, ['Restart Engine', 'Show Log']);
    await vscode.commands.executeCommand('smt.restartServer');
    dispose();
    assert.ok(server.pid);
    await (await project()).load();
    assert.equal((await project()).loading.kind, 'ready');
    assert.ok((await access()).loaded());
  });
});
