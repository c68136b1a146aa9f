#!/usr/bin/env node
// Stands in for the VS Code executable: takes the flags that @vscode/test-electron passes to
// vscodeExecutablePath, runs the tests in the web workbench's (Node) extension host and exits with their code.
//   HOST_TEST_RESTRICTED=1   opens the folder in restricted mode
import { format } from 'node:util';
import type { Browser } from 'playwright-core';
import { openBrowser, startServer, workbenchUrl } from './workbench.ts';

const limitMs = Number(process.env.HOST_TEST_TIMEOUT_MS ?? 300_000);
const timedOut = 124;
const flags = (name: string) =>
  process.argv
    .filter((argument) => argument.startsWith(`--${name}=`))
    .map((argument) => argument.slice(name.length + 3));
const folder = process.argv.slice(2).find((argument) => !argument.startsWith('-'));
const noise =
  /^(%c|\[(AgentHost|ChatModel|AccountPolicyGate|reconnection-grace-time)|Creating a socket|Resolv(ing|ed) connection|Updating additional builtin)/;

const server = await startServer({ trusted: process.env.HOST_TEST_RESTRICTED !== '1' });
let browser: Browser | undefined;
let ending: Promise<void> | undefined;

function finish(code: number): Promise<void> {
  ending ??= (async () => {
    await browser?.close().catch(() => undefined); // ends with us in any case
    await server.stop();
    process.exit(code);
  })();
  return ending;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void finish(130));
setTimeout(() => {
  console.error(`no result after ${limitMs / 1000} s`);
  void finish(timedOut);
}, limitMs).unref();

try {
  const opened = await openBrowser(server);
  browser = opened.browser;
  // A handler that throws breaks the run, so both only print. Arguments are printf style.
  await opened.page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) => {
    const text = format(...args);
    if (type === 'log' || type === 'info') {
      if (!noise.test(text)) console.log(text);
    } else if (process.env.VERBOSE) console.error(type, text);
  });
  await opened.page.exposeFunction('codeAutomationExit', (code: number) => void finish(code));
  await opened.page.goto(
    workbenchUrl(server, {
      folder,
      extensions: flags('extensionDevelopmentPath'),
      tests: flags('extensionTestsPath')[0],
    }),
  );
} catch (error) {
  console.error(error);
  await finish(2);
}
