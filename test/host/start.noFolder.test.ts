import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { access, editor } from './support/extension.ts';
import { person } from './support/person.ts';

describe('a window without a folder', () => {
  it('activates when a view is shown, and the views are empty so that their welcome content shows', async () => {
    await access();
    await vscode.commands.executeCommand('smt.project.focus');
    const { projectTree, jobsTree } = await editor();
    assert.deepEqual(await projectTree.getChildren(), []);
    assert.deepEqual(await jobsTree.getChildren(), []);
  });

  it('says what is missing and what to do when a project is needed', async () => {
    for (const [id, hint] of [
      ['smt.previewSamples', /Create Synthetic Data Project/],
      ['smt.createProject', /Open the folder/],
    ] as const) {
      const { seen, dispose } = await person();
      await vscode.commands.executeCommand(id);
      dispose();
      assert.match(seen[0]?.text ?? '', hint);
      assert.deepEqual(seen[0]?.choices, ['Show Log']);
    }
  });
});
