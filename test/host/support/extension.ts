import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Editor, TestAccess } from '../../../src/editor/index.ts';

export const repository = process.env.SMT_TEST_REPOSITORY ?? '';

interface Manifest {
  readonly publisher: string;
  readonly name: string;
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly views: { readonly smt: readonly { readonly id: string }[] };
  };
}
export const manifest: Manifest = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));

/** The extension as a test run reaches it; the source is never imported, only its types. */
export async function access(): Promise<TestAccess> {
  const found = vscode.extensions.getExtension<TestAccess>(`${manifest.publisher}.${manifest.name}`);
  assert.ok(found, 'the extension is not installed');
  return found.activate();
}

export async function editor(): Promise<Editor> {
  return (await access()).editor();
}

export function folder(): vscode.Uri {
  const [first] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(first, 'no folder is open');
  return first.uri;
}

/** Looks again until `condition` holds; fails with what it saw last. */
export async function eventually<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  ms = 50_000,
): Promise<T> {
  const until = Date.now() + ms;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (Date.now() > until) throw new Error(`${what}: not within ${ms} ms`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

export async function exists(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}
