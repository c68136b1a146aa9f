import { homedir } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The product's user-level cache: `SMT_CACHE`, else `$XDG_CACHE_HOME/smt`, else the platform's own place.
 * Everything in it can be deleted; the next start sets it up again.
 */
export function userCacheFolder(env: Environment = process.env, platform: string = process.platform): string {
  if (env.SMT_CACHE) return env.SMT_CACHE;
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, 'smt');
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'smt');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'smt');
  return join(homedir(), '.cache', 'smt');
}

/** Where the built-in model's tokenizer stands, for the student of the same name. */
export const builtinTokenizerFile = (cache: string): string =>
  join(cache, 'tokenizers', 'HuggingFaceTB', 'SmolLM2-135M-Instruct', 'tokenizer.json');
