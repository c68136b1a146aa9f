import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { access, manifest, repository } from './support/extension.ts';

describe('activation', () => {
  it('takes less than 50 ms and loads nothing that is heavy', async () => {
    const { activationMs, loaded } = await access();
    assert.ok(activationMs < 50, `${activationMs.toFixed(1)} ms`);
    assert.equal(loaded(), false, 'the folder has no project, so nothing was needed yet');
  });

  it('comes from a bundle without schemas, protocol or native code', () => {
    const file = join(repository, 'dist', 'extension.js');
    const bundle = readFileSync(file, 'utf8');
    assert.ok(statSync(file).size < 64 * 1024, `${statSync(file).size} bytes`);
    for (const heavy of ['zod', 'jsonrpc', 'lancedb', 'safeParse']) assert.ok(!bundle.includes(heavy), heavy);
    assert.ok(!readFileSync(join(repository, 'dist', 'editor.js'), 'utf8').includes('lancedb-'), 'no native code here');
  });

  it('registers exactly the commands that its manifest declares', async () => {
    await access();
    const declared = manifest.contributes.commands.map(({ command }) => command);
    const registered = (await vscode.commands.getCommands(true)).filter((id) => id.startsWith('smt.'));
    // VS Code adds commands of its own for each view: <view>.focus, .open, .resetViewLocation …
    const ours = registered.filter((id) => !/\.(focus|open|resetViewLocation|removeView|toggleVisibility)$/.test(id));
    assert.deepEqual(ours.sort(), declared.sort());
  });

  it('has its views in the activity bar', async () => {
    const registered = await vscode.commands.getCommands(true);
    assert.ok(registered.includes('workbench.view.extension.smt'));
    for (const { id } of manifest.contributes.views.smt) assert.ok(registered.includes(`${id}.focus`), id);
  });
});
