import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { access, editor, eventually, exists, folder } from './support/extension.ts';
import { person } from './support/person.ts';

describe('a hostile folder in restricted mode', () => {
  it('is untrusted, and its settings are withheld', () => {
    assert.equal(vscode.workspace.isTrusted, false);
    for (const name of ['registryPath', 'python', 'cachePath']) {
      const found = vscode.workspace.getConfiguration('smt').inspect<string>(name);
      assert.equal(found?.workspaceValue, undefined, name);
      assert.equal(found?.workspaceFolderValue, undefined, name);
      assert.equal(vscode.workspace.getConfiguration('smt').get(name), '', name);
    }
  });

  for (const id of [
    'smt.createProject',
    'smt.previewSamples',
    'smt.generateAll',
    'smt.generateRewrites',
    'smt.generateQuestions',
    'smt.askQuestion',
    'smt.resumeJob',
  ]) {
    it(`refuses ${id} in code, whoever executes it`, async () => {
      const { seen, dispose } = await person({ confirm: [true, true, true] });
      await vscode.commands.executeCommand(id, vscode.Uri.joinPath(folder(), 'notes.md'));
      dispose();
      assert.deepEqual(
        seen.map(({ kind }) => kind),
        ['tell'],
        'it says so and asks nothing',
      );
      assert.match(seen[0]?.text ?? '', /Restricted Mode/);
    });
  }

  it('is read and drawn: its document is in the tree, its endpoint is not known', async () => {
    const { projects, projectTree } = await editor();
    const project = await eventually('the corpus', async () => (await projects.all()).find(({ corpus }) => corpus));
    assert.deepEqual(
      project.corpus?.documents.map(({ path }) => path),
      ['notes.md'],
    );
    assert.deepEqual(
      project.state?.endpoints.map(({ id, known, origin }) => ({ id, known, origin })),
      [{ id: 'stranger', known: false, origin: undefined }],
      'a workspace cannot say where an endpoint is',
    );
    const [corpus] = await projectTree.getChildren();
    assert.equal(corpus?.kind, 'corpus');
  });

  it('has not run its Python, made its cache or written into the folder', async () => {
    for (const name of ['evil-cache', '.smt/runs', '.smt/completions', 'reviews.jsonl']) {
      assert.equal(await exists(vscode.Uri.joinPath(folder(), name)), false, name);
    }
  });

  it('gets no key', async () => {
    const { keys } = await editor();
    await (await access()).secrets.store('smt.key:https://api.example.com', 'secret');
    assert.deepEqual(await keys.of(['http://127.0.0.1:9']), {});
    await (await access()).secrets.delete('smt.key:https://api.example.com');
  });
});
