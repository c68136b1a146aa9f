import { describe, expect, it } from 'vitest';
import { OriginKeys, originOf } from '../../../src/editor/platform/keys.ts';

/** SecretStorage and globalState as VS Code keeps them, in memory. */
function storage() {
  const secrets = new Map<string, string>();
  const state = new Map<string, unknown>();
  const context = {
    secrets: {
      get: async (key: string) => secrets.get(key),
      store: async (key: string, value: string) => void secrets.set(key, value),
      delete: async (key: string) => void secrets.delete(key),
      keys: async () => [...secrets.keys()],
      onDidChange: () => ({ dispose() {} }),
    },
    globalState: {
      get: <T>(key: string, fallback?: T) => (state.has(key) ? (state.get(key) as T) : fallback),
      update: async (key: string, value: unknown) => void state.set(key, value),
      keys: () => [...state.keys()],
      setKeysForSync() {},
    },
  };
  // biome-ignore lint/suspicious/noExplicitAny: two overloads of Memento.get in one arrow
  return { keys: new OriginKeys(context as any), secrets, state };
}

describe('keys of endpoints', () => {
  it('belong to one origin: scheme, host and port', async () => {
    const { keys } = storage();
    await keys.set('https://api.example.com', 'secret');
    expect(await keys.of(['https://api.example.com'])).toEqual({ 'https://api.example.com': 'secret' });
    for (const other of [
      'http://api.example.com',
      'https://api.example.com:8443',
      'https://api.example.com.evil.test',
      'https://example.com',
    ]) {
      expect(await keys.of([other]), other).toEqual({});
    }
  });

  it('go to a job for the origins it names and no other', async () => {
    const { keys } = storage();
    await keys.set('https://one.test', '1');
    await keys.set('https://two.test', '2');
    expect(await keys.of(['https://two.test', 'https://three.test'])).toEqual({ 'https://two.test': '2' });
  });

  it('can be listed by origin and removed, and the list holds no key', async () => {
    const { keys, state, secrets } = storage();
    await keys.set('https://one.test', 'secret');
    expect(keys.origins()).toEqual(['https://one.test']);
    expect(JSON.stringify([...state])).not.toContain('secret');
    await keys.remove('https://one.test');
    expect(keys.origins()).toEqual([]);
    expect(secrets.size).toBe(0);
  });

  it('have no origin where a URL is none, or is of another scheme', () => {
    expect(originOf('https://api.example.com/v1/')).toBe('https://api.example.com');
    expect(originOf('HTTPS://API.Example.com:443/v1')).toBe('https://api.example.com');
    expect(originOf('file:///etc/passwd')).toBeUndefined();
    expect(originOf('api.example.com')).toBeUndefined();
  });
});
