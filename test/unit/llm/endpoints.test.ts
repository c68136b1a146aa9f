import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  addEndpoint,
  hasConsent,
  loadRegistry,
  recordConsent,
  registryFile,
} from '../../../src/engine/llm/endpointRegistry.ts';
import { detectLocalServers, testEndpoint } from '../../../src/engine/llm/localServers.ts';
import { isLoopback } from '../../../src/engine/llm/origin.ts';
import { resolveEndpoint } from '../../../src/engine/llm/resolveEndpoint.ts';
import { FakeLlm } from '../../fixtures/fake-llm/server.mjs';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smt-endpoints-'));
  file = join(folder, 'config', 'endpoints.yaml');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("the user's endpoint registry", () => {
  it('is the file named by SMT_CONFIG, else ~/.config/smt/endpoints.yaml', () => {
    expect(registryFile({ SMT_CONFIG: '/a/b.yaml' })).toBe('/a/b.yaml');
    expect(registryFile({})).toMatch(/[/\\]\.config[/\\]smt[/\\]endpoints\.yaml$/);
  });

  it('is empty where there is no file', async () => {
    expect(await loadRegistry(file)).toEqual({ file, registry: { endpoints: {} }, problems: [] });
  });

  it('gets an endpoint and a consent, and keeps comments and order', async () => {
    await addEndpoint('first', { base_url: 'https://a.example/v1', model: 'm' }, file);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('    model: m', '    model: m # the good one'));
    expect(await addEndpoint('second', { base_url: 'http://127.0.0.1:8000/v1' }, file)).toEqual({
      file,
      origin: 'http://127.0.0.1:8000',
    });
    await recordConsent('https://a.example', file);
    await recordConsent('https://a.example/v1', file);
    const after = await readFile(file, 'utf8');
    expect(after).toContain('model: m # the good one');
    const { registry, problems } = await loadRegistry(file);
    expect(problems).toEqual([]);
    expect(Object.keys(registry.endpoints)).toEqual(['first', 'second']);
    expect(registry.consented_origins).toEqual(['https://a.example']);
    expect(hasConsent(registry, 'https://a.example')).toBe(true);
    expect(hasConsent(registry, 'https://b.example')).toBe(false);
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o077).toBe(0);
  });

  it('refuses a taken name, the name builtin, a URL with a password, and a file with problems', async () => {
    await addEndpoint('mine', { base_url: 'https://a.example/v1' }, file);
    await expect(addEndpoint('mine', { base_url: 'https://b.example/v1' }, file)).rejects.toThrow('already has');
    await expect(addEndpoint('builtin', { base_url: 'https://b.example/v1' }, file)).rejects.toThrow('builtin');
    await expect(addEndpoint('x', { base_url: 'https://u:p@b.example/v1' }, file)).rejects.toThrow('password');
    await writeFile(file, 'endpoints:\n  a:\n    url: http://x\n');
    await expect(addEndpoint('b', { base_url: 'https://b.example/v1' }, file)).rejects.toThrow(
      /endpoints\.yaml:\d+:\d+/,
    );
    expect(await readFile(file, 'utf8')).toContain('url: http://x');
  });

  it('offers nothing while it has problems, and says where they are', async () => {
    await addEndpoint('mine', { base_url: 'https://a.example/v1' }, file);
    await writeFile(file, `endpoints:\n  mine:\n    base_url: https://u:p@a.example/v1\n`);
    const { registry, problems } = await loadRegistry(file);
    expect(registry.endpoints).toEqual({});
    expect(problems).toMatchObject([{ line: 3, key: 'endpoints.mine.base_url' }]);
  });
});

describe('a key goes to the origin it was stored for and to no other', () => {
  const registry = {
    endpoints: {
      hosted: { base_url: 'https://api.example/v1', model: 'm', key_env: 'HOSTED_KEY' },
      stranger: { base_url: 'https://evil.example/v1', model: 'm' },
      port: { base_url: 'https://api.example:8443/v1', model: 'm' },
    },
  };
  const keys = { 'https://api.example': 'sk-stored' };

  it('is used for its origin', async () => {
    const resolved = await resolveEndpoint('hosted', registry, keys, { env: {} });
    expect(resolved).toMatchObject({
      ok: true,
      endpoint: { key: 'sk-stored', local: false, origin: 'https://api.example' },
    });
  });

  it.each(['stranger', 'port'])('is not used for %s', async (id) => {
    const resolved = await resolveEndpoint(id, registry, keys, { env: { HOSTED_KEY: 'sk-env' } });
    expect(resolved.ok).toBe(true);
    expect(JSON.stringify(resolved)).not.toContain('sk-');
  });

  it('comes from the variable the entry names, else the run needs a person (code key)', async () => {
    const fromEnv = await resolveEndpoint('hosted', registry, {}, { env: { HOSTED_KEY: 'sk-env' } });
    expect(fromEnv).toMatchObject({ ok: true, endpoint: { key: 'sk-env' } });
    const missing = await resolveEndpoint('hosted', registry, {}, { env: {} });
    expect(missing).toMatchObject({ ok: false, code: 'key' });
    expect(missing.ok || missing.message).toContain('HOSTED_KEY');
  });

  it('is not taken from inherited property names', async () => {
    expect(await resolveEndpoint('toString', { endpoints: {} }, {})).toMatchObject({ ok: false, code: 'unknown' });
  });
});

describe('what this machine serves', () => {
  it.each([
    ['http://127.0.0.1:1/v1', true],
    ['http://127.1/v1', true],
    ['http://localhost:8080/v1', true],
    ['http://[::1]:8080/v1', true],
    ['http://127.0.0.1.evil.example/v1', false],
    ['http://localhost.evil.example/v1', false],
    ['http://x.localhost/v1', false],
    ['http://10.0.0.1/v1', false],
  ])('%s is loopback: %s', (url, expected) => expect(isLoopback(url)).toBe(expected));

  it('is found at its port, within the time limit, and a port that hangs is not waited for', async () => {
    const fake = await FakeLlm.start({ model: 'qwen' });
    const hanging = createServer(() => {});
    await new Promise<void>((ready) => hanging.listen(0, '127.0.0.1', ready));
    const address = hanging.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    try {
      const servers = await detectLocalServers(
        [
          { name: 'vLLM', port: Number(new URL(fake.url).port) },
          { name: 'Hangs', port },
          { name: 'Nothing', port: 1 },
        ],
        300,
      );
      expect(servers).toEqual([{ name: 'vLLM', base_url: fake.url, models: ['qwen'] }]);
    } finally {
      hanging.closeAllConnections();
      hanging.close();
      await fake.stop();
    }
  });

  it('is asked for its first model where the registry names none', async () => {
    const fake = await FakeLlm.start({ model: 'the-model', require_key: 'k' });
    try {
      const registry = { endpoints: { here: { base_url: fake.url } } };
      expect(await resolveEndpoint('here', registry, { [fake.origin]: 'k' })).toMatchObject({
        ok: true,
        endpoint: { model: 'the-model', local: true },
      });
      expect(await resolveEndpoint('here', registry, {})).toMatchObject({ ok: false, code: 'key' });
      expect(await testEndpoint(fake.url, 'wrong')).toMatchObject({
        ok: false,
        message: 'The server refused the key.',
      });
      expect(await testEndpoint(fake.url, 'k')).toMatchObject({ ok: true, models: ['the-model'] });
    } finally {
      await fake.stop();
    }
  });

  it('that redirects elsewhere is not followed, so its key stays', async () => {
    const seen: string[] = [];
    const stranger = createServer((request, response) => {
      seen.push(String(request.headers.authorization));
      response.end('{"data":[]}');
    });
    await new Promise<void>((ready) => stranger.listen(0, '127.0.0.1', ready));
    const at = stranger.address();
    const target = `http://127.0.0.1:${typeof at === 'object' && at ? at.port : 0}/v1/models`;
    const redirecting = createServer((_, response) => response.writeHead(307, { location: target }).end());
    await new Promise<void>((ready) => redirecting.listen(0, '127.0.0.1', ready));
    const from = redirecting.address();
    try {
      const answer = await testEndpoint(
        `http://127.0.0.1:${typeof from === 'object' && from ? from.port : 0}/v1`,
        'sk-secret',
      );
      expect(answer.ok).toBe(false);
      expect(answer.message).toContain(target);
      expect(seen).toEqual([]);
    } finally {
      for (const server of [stranger, redirecting]) {
        server.closeAllConnections();
        server.close();
      }
    }
  });
});
