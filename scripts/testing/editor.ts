// The VS Code server and web workbench, from npm's code-server: a real extension host without a VS Code desktop.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cachedInstall, npm } from './cachedInstall.ts';

/** Folder with `out/server-main.js`. `VSCODE_SERVER_ROOT` names another one. */
export async function editorRoot(): Promise<string> {
  if (process.env.VSCODE_SERVER_ROOT) return process.env.VSCODE_SERVER_ROOT;
  const server = (folder: string) => join(folder, 'node_modules', 'code-server', 'lib', 'vscode');
  const folder = await cachedInstall('editor', async (staged) => {
    // What code-server's postinstall would do, minus compiling; the versions are pinned by its npm-shrinkwrap.json.
    npm(server(staged), 'install', '--omit=dev', '--ignore-scripts', '--no-save');
  });
  const root = server(folder);
  if (!existsSync(join(root, 'out', 'server-main.js')))
    throw new Error(`${root} has no VS Code server: delete ${folder}`);
  return root;
}
