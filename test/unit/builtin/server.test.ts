import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  acquireBuiltin,
  type BuiltinEndpoint,
  BuiltinProblem,
  builtinTokenizerFile,
  setUpBuiltin,
  userCacheFolder,
} from '../../../src/engine/llm/builtin/index.ts';
import { isAlive } from '../../../src/engine/llm/builtin/serverState.ts';

// The real server with the real model. Set up once into the user's cache (127 MB the first time).
const shared = userCacheFolder();
const unavailable = await setUpBuiltin({ cacheDir: shared }).then(
  () => undefined,
  (error: unknown) => {
    if (error instanceof BuiltinProblem && ['no_network', 'no_python'].includes(error.kind)) return error.message;
    throw error;
  },
);
if (unavailable) console.warn(`Skipped, the built-in model is not there: ${unavailable}`);

const registry = { endpoints: {} };
/** A cache of its own with the same installation, so that no other user shares these servers. */
const cacheDir = mkdtempSync(join(tmpdir(), 'smt-builtin-'));
const stateFile = () => {
  const servers = join(cacheDir, 'builtin', 'servers');
  return join(servers, readdirSync(servers)[0] ?? '', 'state.json');
};
const statePid = (): number => Number(JSON.parse(readFileSync(stateFile(), 'utf8')).pid);

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`never happened: ${what}`);
}

const post = (at: BuiltinEndpoint, path: string, body: unknown, key: string | undefined = at.endpoint.key) =>
  fetch(`${at.endpoint.origin}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) },
    body: JSON.stringify(body),
  });
const hello = { messages: [{ role: 'user', content: 'Say hello.' }], max_tokens: 4, temperature: 0 };
const answers = (at: BuiltinEndpoint) =>
  post(at, '/v1/chat/completions', hello).then(
    ({ ok }) => ok,
    () => false,
  );

describe.skipIf(unavailable !== undefined)('the built-in server', () => {
  let first: BuiltinEndpoint;
  beforeAll(async () => {
    mkdirSync(join(cacheDir, 'builtin'), { recursive: true });
    cpSync(join(shared, 'builtin', 'installed.json'), join(cacheDir, 'builtin', 'installed.json'));
    cpSync(join(shared, 'tokenizers'), join(cacheDir, 'tokenizers'), { recursive: true });
    first = await acquireBuiltin({ registry, cacheDir });
  }, 180_000);
  afterAll(() => first?.release());

  test('is a loopback endpoint with a key, and knows that its model is small', async () => {
    expect(first).toMatchObject({ small: true, endpoint: { id: 'builtin', local: true } });
    expect(first.contextTokens).toBeGreaterThanOrEqual(1024);
    expect(new URL(first.endpoint.baseUrl).hostname).toBe('127.0.0.1');
    expect(await answers(first)).toBe(true);
    expect((await post(first, '/v1/chat/completions', hello, 'another key')).status).toBe(401);
  });

  test('keeps its key out of sight: a state file for this user only, nothing in its command line or environment', () => {
    const { key = '' } = first.endpoint;
    expect(key.length).toBeGreaterThan(20);
    if (process.platform !== 'win32') expect(statSync(stateFile()).mode & 0o077).toBe(0);
    if (existsSync('/proc/self')) {
      const proc = `/proc/${statePid()}`;
      expect(readFileSync(`${proc}/cmdline`, 'utf8') + readFileSync(`${proc}/environ`, 'utf8')).not.toContain(key);
    }
    expect(readFileSync(join(stateFile(), '..', 'server.log'), 'utf8')).not.toContain(key);
  });

  test('counts tokens as its tokenizer.json does', async () => {
    const tokenizer = new Tokenizer(JSON.parse(readFileSync(builtinTokenizerFile(cacheDir), 'utf8')), {});
    const texts = [
      'Plain words, then 1234567 and 3.14; the year 2024 and 007.',
      "It's we'll they've I'd — “quoted” … 'single'",
      '  leading,   many    spaces\tand\ttabs \n\n\n lines \r\n ',
      'naïve café Ωmega Привет 漢字かな 한국어 عربى हिन्दी',
      '👩‍👩‍👧‍👦 🇫🇷 e\u0301 \u00a0 \u200b \ufeff',
      '<|im_start|>user\nhi<|im_end|> <|endoftext|> <repo_name> <file_sep>',
      '| a | b |\n|---|---|\n```js\nconst x = `a`;\n```\nhttps://example.org/a?b=c&d=%20',
      'ALLCAPS snake_case camelCase x86_64 10,000,000 $5.00 50% H2O 1st 2nd',
      readFileSync('sample-corpus/a-short-history-of-osmerrow.md', 'utf8'),
    ];
    for (const content of texts) {
      const served = await (
        await post(first, '/tokenize', { content, add_special: false, parse_special: true })
      ).json();
      expect(tokenizer.encode(content, { add_special_tokens: false }).ids, content.slice(0, 60)).toEqual(served.tokens);
    }
  });

  test('is one for all its users, and comes back on its port with its key after a crash', async () => {
    const second = await acquireBuiltin({ registry, cacheDir });
    expect(second.endpoint).toEqual(first.endpoint);
    const crashed = statePid();
    process.kill(crashed, 'SIGKILL');
    await until('the server is back', async () => (await answers(first)) && statePid() !== crashed);
    await second.release();
    expect(await answers(first)).toBe(true);
  });

  test('a user that died without a word does not keep it; it stops with its last', async () => {
    const users = join(stateFile(), '..', 'users');
    const dead = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => dead.once('exit', resolve));
    writeFileSync(join(users, `${dead.pid}-dead.user`), '');
    const pid = statePid();
    await first.release();
    await until('the server ends', () => !isAlive(pid));
    expect(readdirSync(users)).toEqual([]);
    expect(existsSync(stateFile())).toBe(false);
  });

  test('what a dead server left behind is not believed', async () => {
    const folder = join(stateFile(), '..');
    const dead = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => dead.once('exit', resolve));
    const stale = { v: 1, pid: dead.pid, port: 9, key: 'k'.repeat(32), alias: 'x', slots: 4, context_tokens: 2048 };
    writeFileSync(join(folder, 'state.json'), JSON.stringify(stale));
    writeFileSync(join(folder, 'starting'), String(dead.pid));
    first = await acquireBuiltin({ registry, cacheDir });
    expect(await answers(first)).toBe(true);
  });

  test('a GGUF that is none is named with what to do', async () => {
    const gguf = join(cacheDir, 'mine.gguf');
    writeFileSync(gguf, 'not a model');
    await expect(acquireBuiltin({ registry: { endpoints: {}, builtin: { gguf } }, cacheDir })).rejects.toThrow(
      /mine\.gguf cannot be used.*builtin\.gguf/,
    );
  });
});
