import { join } from 'node:path';
import { failure } from '../contract/rpcConnection.ts';
import { contentHash } from '../engine/contentHash.ts';
import { userCacheFolder } from '../engine/llm/builtin/index.ts';
import type { ProjectPaths } from '../engine/project/index.ts';

/**
 * Whether this server serves a window in Restricted Mode. The editor says so when it starts the process, and starts
 * another one when the folder becomes trusted: what a process may do never changes while it runs.
 */
export function isRestricted(env: Readonly<Record<string, string | undefined>> = process.env): boolean {
  return env.SMT_RESTRICTED === '1';
}

/**
 * A project's paths with the one thing that reading has to keep, the extracted texts, outside of the folder: nothing
 * is written into a folder that nobody trusts.
 */
export function restrictedPaths(paths: ProjectPaths): ProjectPaths {
  return { ...paths, corpus: join(userCacheFolder(), 'restricted', contentHash(paths.root)) };
}

export function refusedRestricted() {
  return failure(
    'restricted',
    'This folder is open in Restricted Mode: documents and samples can be read, nothing is written, started or sent.',
    'Trust the folder to go on.',
  );
}
