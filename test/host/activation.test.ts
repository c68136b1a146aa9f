import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';

interface Manifest {
  readonly publisher: string;
  readonly name: string;
  readonly contributes: { readonly commands?: readonly { readonly command: string }[] };
}

const manifest: Manifest = JSON.parse(
  readFileSync(join(process.env.SMT_TEST_REPOSITORY ?? '', 'package.json'), 'utf8'),
);
const extension = () => vscode.extensions.getExtension(`${manifest.publisher}.${manifest.name}`);

describe('the extension in a real extension host', () => {
  before(async () => {
    await extension()?.activate();
  });

  it('is found and activates', () => {
    assert.equal(extension()?.isActive, true);
  });

  it('registers exactly the commands that its manifest declares', async () => {
    const declared = (manifest.contributes.commands ?? []).map(({ command }) => command);
    const registered = (await vscode.commands.getCommands(true)).filter((id) => id.startsWith('smt.'));
    // VS Code adds commands of its own for each view: <view>.focus, .open, .resetViewLocation …
    const ours = registered.filter((id) => !/\.(focus|open|resetViewLocation|removeView|toggleVisibility)$/.test(id));
    assert.deepEqual(ours.sort(), declared.sort());
  });
});
