// Serves the real page bundles and the fake hosts: node webview/dev/serve.mjs [PORT], then / or /jobs or /dataset

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');

const hosts = { samples: 'host.ts', jobs: 'jobHost.ts', dataset: 'datasetHost.ts', retrieval: 'retrievalHost.ts' };

async function bundle(entry) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    target: 'chrome130',
    sourcemap: 'inline',
    logLevel: 'warning',
    loader: { '.md': 'text' },
  });
  return outputFiles[0].text;
}

export async function serve(port = 0) {
  const bundles = new Map();
  /** `/jobs/page.js`: the page of webview/jobs; `/jobs/host.js`: who plays VS Code for it. Bundled when asked for. */
  const script = (panel, file) => {
    const key = `${panel}/${file}`;
    if (!bundles.has(key)) {
      const entry = file === 'page.js' ? `webview/${panel}/main.ts` : `webview/dev/${hosts[panel]}`;
      bundles.set(key, bundle(entry));
    }
    return bundles.get(key);
  };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const [, panel = 'samples', file = ''] = pathname === '/' ? [] : pathname.split('/');
    if (panel in hosts && /^(page|host)\.js$/.test(file)) {
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(await script(panel, file));
      return;
    }
    if (!(panel in hosts) || file !== '') {
      response.writeHead(404).end();
      return;
    }
    const nonce = randomBytes(16).toString('base64');
    const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'`;
    const page = (await readFile(join(here, 'index.html'), 'utf8'))
      .replaceAll('NONCE', nonce)
      .replaceAll('PANEL', panel);
    response
      .writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy })
      .end(page);
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await serve(Number(process.argv[2] ?? 0));
  console.log(url);
}
