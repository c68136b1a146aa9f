import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { appendFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { inside } from '../insideRun.ts';
import { JobProblem } from '../problem.ts';
import { problemOf, type SshConnection } from './connection.ts';
import { FrameReader } from './frames.ts';
import { fetchScript, listScript } from './scripts.ts';

interface RemoteFile {
  path: string;
  bytes: number;
  sha256: string;
}

export interface Fetch {
  connection: SshConnection;
  root: string;
  run: string;
  dir: string;
  folder: string;
  signal?: AbortSignal | undefined;
  onBytes?: ((done: number, total: number) => void) | undefined;
}

/**
 * Brings a folder of a remote run here. Files arrive as `.part` and get their name when their SHA-256 is the host's;
 * a fetch that was cut goes on at the byte where it ended.
 * @throws Unreachable when the line is cut (ask again), JobProblem when a file is not what the host says it is
 */
export async function fetchFolder(fetch: Fetch): Promise<string> {
  const { connection, root, run, dir, folder, signal, onBytes } = fetch;
  const to = inside(dir, folder);
  const listed = await connection.exec(listScript(root, run, folder), {
    timeoutMs: 3_600_000,
    ...(signal ? { signal } : {}),
  });
  const files = readListing(listed);
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const missing: (RemoteFile & { offset: number; place: string })[] = [];
  let done = 0;
  for (const file of files) {
    const place = inside(to, file.path);
    if ((await sizeOf(place)) === file.bytes && (await sha256Of(place)) === file.sha256) {
      done += file.bytes;
      continue;
    }
    const there = await sizeOf(`${place}.part`);
    if (there > file.bytes) await rm(`${place}.part`);
    const offset = there > file.bytes ? 0 : there;
    done += offset;
    missing.push({ ...file, offset, place });
    await mkdir(dirname(place), { recursive: true, mode: 0o700 });
    if (file.bytes === 0) await appendFile(`${place}.part`, '', { mode: 0o600 });
  }
  onBytes?.(done, total);
  if (missing.length > 0) await carry(fetch, missing, done, total);
  for (const { place, path, sha256 } of missing) {
    if ((await sha256Of(`${place}.part`)) !== sha256) {
      await rm(`${place}.part`, { force: true });
      throw new JobProblem(`${path} of run ${run} did not arrive as it is on ${connection.host}. Fetch it again.`);
    }
    await rename(`${place}.part`, place);
  }
  return to;
}

async function carry(
  { connection, root, run, folder, signal, onBytes }: Fetch,
  missing: readonly { path: string; offset: number; place: string }[],
  before: number,
  total: number,
): Promise<void> {
  const mark = `@smt-${randomBytes(8).toString('hex')}`;
  const line = connection.converse(fetchScript(root, run, folder, mark, missing));
  const reader = new FrameReader(mark);
  const places = new Map(missing.map(({ path, place }) => [path, place]));
  signal?.addEventListener('abort', line.end, { once: true });
  let done = before;
  let complete = false;
  try {
    for await (const chunk of line.stdout) {
      for (const { words, body } of reader.read(Buffer.from(chunk))) {
        if (words[0] === 'end') complete = true;
        const place = places.get(words.slice(3).join(' '));
        if (words[0] !== 'bytes' || !place) continue;
        await appendFile(`${place}.part`, body, { mode: 0o600 });
        done += body.length;
        onBytes?.(done, total);
      }
    }
  } finally {
    signal?.removeEventListener('abort', line.end);
    line.end();
  }
  const { code, words } = await line.ended;
  signal?.throwIfAborted();
  if (!complete) throw problemOf(connection.host, code === 0 ? 255 : code, words, true);
}

function readListing(text: string): RemoteFile[] {
  return text
    .split('\n')
    .map((line) => /^file (\d+) ([0-9a-f]{64}) (.+)$/.exec(line))
    .flatMap((match) => {
      const [, bytes, sha256, path] = match ?? [];
      return bytes !== undefined && sha256 && path ? [{ path, bytes: Number(bytes), sha256 }] : [];
    });
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk);
  } catch {
    return '';
  }
  return hash.digest('hex');
}
