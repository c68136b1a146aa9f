import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { JobProblem } from '../problem.ts';
import type { Cargo, CargoFile } from './cargo.ts';
import { type SshConnection, Unreachable } from './connection.ts';
import { receiveScript } from './receive.ts';

/** Times that a cut line is made anew before somebody has to ask again; one that carried something counts anew. */
const ATTEMPTS = 5;
const FIRST_WAIT_MS = 500;
const LONGEST_MS = 24 * 3_600_000;

export interface Placing {
  connection: SshConnection;
  /** The target's root. */
  root: string;
  /** Python there that receives. */
  python: string;
  signal?: AbortSignal | undefined;
  /** Bytes of the cargo that are there, those of an earlier attempt included. */
  onBytes?: (there: number) => void;
  /** The line was cut, and is made anew. */
  onCut?: (message: string) => void;
}

/**
 * Sends what the host lacks of a cargo. It arrives in `<folder>.part` and gets its name when every file's SHA-256 is
 * ours: complete or not there. A cut line goes on at the byte where it ended, now or when the run is started again.
 * @throws Unreachable when the line stays cut, JobProblem when it cannot be written there or does not arrive as it is
 */
export async function sendCargo(cargo: Cargo, placing: Placing): Promise<void> {
  const { connection, signal } = placing;
  let corrupt = false;
  let most = -1;
  for (let cuts = 0; ; ) {
    try {
      const there = await bytesThere(cargo, placing);
      if (there === 'whole') return;
      const known = there.reduce((sum, bytes) => sum + bytes, 0);
      if (known > most) cuts = 0;
      most = Math.max(most, known);
      placing.onBytes?.(known);
      const wrong = await carry(cargo, there, placing);
      if (wrong === undefined) return;
      // A part that an earlier attempt left, or that a host lost while it went down: thrown away there, sent once more.
      if (corrupt)
        throw new JobProblem(
          `${wrong} did not arrive on ${connection.host} as it is here, twice. Its disk or the line spoils data; look at both before you try again.`,
        );
      corrupt = true;
    } catch (error) {
      cuts += 1;
      if (!(error instanceof Unreachable) || cuts >= ATTEMPTS) throw error;
      placing.onCut?.(error.message);
      await delay(FIRST_WAIT_MS * 2 ** cuts, undefined, signal ? { signal } : {});
    }
  }
}

/** Bytes of each file that are there; a file that is longer than ours is begun again. */
async function bytesThere({ files, folder }: Cargo, placing: Placing): Promise<number[] | 'whole'> {
  const { connection, root, python, signal } = placing;
  const answer = await connection.exec(receiveScript(root, python, 'have', folder), {
    input: listing(files),
    ...(signal ? { signal } : {}),
  });
  if (/^whole$/m.test(answer)) return 'whole';
  const there = files.map(() => 0);
  for (const [, index, bytes] of answer.matchAll(/^have (\d+) (\d+)$/gm)) {
    const at = Number(index);
    if (Number(bytes) <= (files[at]?.bytes ?? -1)) there[at] = Number(bytes);
  }
  return there;
}

/** @returns the path of a file that did not arrive as it is; undefined: all did */
async function carry(
  { files, folder }: Cargo,
  there: readonly number[],
  { connection, root, python, signal, onBytes }: Placing,
): Promise<string | undefined> {
  let sent = there.reduce((sum, bytes) => sum + bytes, 0);
  async function* stream(): AsyncGenerator<Buffer> {
    yield Buffer.from(listing(files));
    for (const [index, { from, bytes }] of files.entries()) {
      const at = there[index] ?? 0;
      if (at === bytes && bytes > 0) continue;
      yield Buffer.from(`${index} ${at} ${bytes - at}\n`);
      if (at === bytes) continue;
      let left = bytes - at;
      for await (const chunk of createReadStream(from, { start: at, end: bytes - 1 })) {
        const piece: Buffer = chunk;
        left -= piece.length;
        sent += piece.length;
        yield piece;
        onBytes?.(sent);
      }
      if (left > 0) throw new JobProblem(`${from} became shorter while it was sent. Start it again.`);
    }
  }
  let failure: unknown;
  const input = Readable.from(stream(), { objectMode: false }).on('error', (error) => {
    failure = error;
  });
  try {
    const answer = await connection.exec(receiveScript(root, python, 'take', folder), {
      ...{ input, timeoutMs: LONGEST_MS },
      ...(signal ? { signal } : {}),
    });
    if (/^whole$/m.test(answer)) return undefined;
    const [, wrong] = /^wrong (.+)$/m.exec(answer) ?? [];
    return wrong ?? folder;
  } catch (error) {
    if (failure instanceof JobProblem) throw failure;
    if (!(error instanceof JobProblem) || error instanceof Unreachable) throw error;
    throw new JobProblem(
      `${connection.host} cannot take what the job needs: ${error.message}. Make room there or name another folder as "root" of the target; what has arrived is kept.`,
    );
  } finally {
    input.destroy();
  }
}

function listing(files: readonly CargoFile[]): string {
  return `${JSON.stringify(files.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 })))}\n`;
}
