/** Starts the mock server that all clients of one run share, and speaks with it. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

const source = join(import.meta.dirname, 'mock');

async function freePort() {
  const server = createServer();
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/** The Go server where there is a Go, as it takes less of the machine; else two Node processes. */
function start(work, port, control) {
  const binary = join(work, 'mockoai');
  const go = ['go', '/usr/local/go/bin/go'].find((name) => spawnSync(name, ['version']).status === 0);
  const old = !existsSync(binary) || statSync(binary).mtimeMs < statSync(join(source, 'main.go')).mtimeMs;
  if (old && go) {
    console.log('building the mock server …');
    const built = spawnSync(go, ['build', '-o', binary, '.'], { cwd: source, stdio: 'inherit' });
    if (built.status !== 0) console.log('it did not build; using Node instead');
  }
  if (existsSync(binary)) {
    const child = spawn(binary, ['-port', `${port}`, '-ctl', `${control}`], { stdio: 'ignore' });
    return { name: 'Go (fasthttp)', child };
  }
  const script = join(source, 'cluster.mjs');
  const child = spawn(process.execPath, [script, `${port}`, `${control}`], { stdio: 'ignore' });
  return { name: 'Node cluster', child };
}

async function answer(url, init) {
  for (let attempt = 0; ; attempt++) {
    try {
      return await (await fetch(url, init)).json();
    } catch (error) {
      if (attempt === 50) throw error;
      await new Promise((later) => setTimeout(later, 100));
    }
  }
}

/** `configure` starts a new count; `stats` tells what the server saw since. */
export async function startMock(work) {
  const [port, control] = [await freePort(), await freePort()];
  const { name, child } = start(work, port, control);
  const controlUrl = `http://127.0.0.1:${control}`;
  const mock = {
    name,
    port,
    url: `http://127.0.0.1:${port}/v1`,
    configure: (config) => answer(`${controlUrl}/config`, { method: 'POST', body: JSON.stringify(config) }),
    stats: () => answer(`${controlUrl}/stats`),
    stop: () => child.kill(),
  };
  await mock.stats();
  return mock;
}
