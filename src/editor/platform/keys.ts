import type * as vscode from 'vscode';

const PREFIX = 'smt.key:';
/** SecretStorage cannot be listed on every VS Code we support; origins are no secret. */
const LIST = 'smt.keyOrigins';

/** `scheme://host:port` of a URL; undefined where it is none or not http(s). */
export function originOf(url: string): string | undefined {
  try {
    const { protocol, origin } = new URL(url);
    return protocol === 'http:' || protocol === 'https:' ? origin : undefined;
  } catch {
    return undefined;
  }
}

/**
 * API keys in the editor's SecretStorage, one per endpoint *origin*. Asked for by origin only, so a key cannot reach
 * another one whatever an endpoint is called.
 */
export class OriginKeys {
  constructor(private readonly context: Pick<vscode.ExtensionContext, 'secrets' | 'globalState'>) {}

  origins(): readonly string[] {
    const stored = this.context.globalState.get<unknown>(LIST);
    return Array.isArray(stored) ? stored.filter((origin) => typeof origin === 'string') : [];
  }

  async has(origin: string): Promise<boolean> {
    return (await this.context.secrets.get(PREFIX + origin)) !== undefined;
  }

  async set(origin: string, key: string): Promise<void> {
    await this.context.secrets.store(PREFIX + origin, key);
    await this.context.globalState.update(LIST, [...new Set([...this.origins(), origin])]);
  }

  async remove(origin: string): Promise<void> {
    await this.context.secrets.delete(PREFIX + origin);
    await this.context.globalState.update(
      LIST,
      this.origins().filter((other) => other !== origin),
    );
  }

  /** The keys of exactly these origins, for a job's stdin; origins without a key are left out. */
  async of(origins: Iterable<string>): Promise<Record<string, string>> {
    const keys: Record<string, string> = {};
    for (const origin of new Set(origins)) {
      const key = await this.context.secrets.get(PREFIX + origin);
      if (key !== undefined) keys[origin] = key;
    }
    return keys;
  }
}
