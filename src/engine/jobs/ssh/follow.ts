import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { FollowHooks } from '../backend.ts';
import { takeLease } from '../lease.ts';
import { problemOf, type SshConnection, Unreachable } from './connection.ts';
import { FrameReader } from './frames.ts';
import { type Carried, MirrorWriter } from './mirrorWriter.ts';
import { followScript } from './scripts.ts';

/** The script ticks twice a second; a line that says nothing for so long is cut and made anew. */
const SILENT_MS = 12_000;
/** Waiting grows to this while a host does not answer: back within seconds after sleep or a cut cable. */
const LONGEST_WAIT_MS = 4_000;
const FIRST_WAIT_MS = 250;
/** Another process follows this run: its end, or its death, is looked for this often. */
const TAKE_OVER_MS = 700;
/** Rounds after the end in which the wrapper may still write `exit` and the last words. */
const LAST_ROUNDS = 12;

export interface Following {
  connection: SshConnection;
  root: string;
  run: string;
  dir: string;
  /** Whether what is here says that it is over: asked after each round and while another process follows. */
  hasEnded: () => Promise<boolean>;
  /** Files that are carried over by offset; those of a job when left out. */
  appended?: readonly string[];
}

/**
 * Keeps the mirror of a run until the run has ended. Of several followers one writes (a lease in the run directory,
 * taken over within a second when its holder dies); the others only look at what it wrote.
 */
export async function followRun(following: Following, signal: AbortSignal, hooks: FollowHooks): Promise<void> {
  const { dir } = following;
  while (!signal.aborted) {
    const taken = await takeLease(join(dir, 'mirror.lease'), following.run);
    if (taken.kind === 'held') {
      try {
        await mirrorRun(following, signal, hooks);
      } finally {
        await taken.lease.release();
      }
      return;
    }
    hooks.onChange?.();
    hooks.onRound?.();
    if ((await following.hasEnded()) && !signal.aborted) return;
    await pause(TAKE_OVER_MS, signal);
  }
}

async function mirrorRun(following: Following, signal: AbortSignal, hooks: FollowHooks): Promise<void> {
  const writer = new MirrorWriter(following.dir, following.appended);
  let unreachableSince: number | undefined;
  let wait = FIRST_WAIT_MS;
  while (!signal.aborted) {
    const round = await converse(following, writer, signal, {
      onChange: () => hooks.onChange?.(),
      onRound: () => hooks.onRound?.(),
      onAnswer: () => {
        wait = FIRST_WAIT_MS;
        if (unreachableSince === undefined) return;
        unreachableSince = undefined;
        hooks.onReach?.({ reachable: true });
        hooks.onChange?.();
      },
    });
    if (round.kind === 'ended' || signal.aborted) return;
    unreachableSince ??= Date.now() / 1000;
    await writer.unreachable(unreachableSince, round.message);
    hooks.onReach?.({ reachable: false, since: unreachableSince, message: round.message });
    hooks.onChange?.();
    await pause(wait, signal);
    wait = Math.min(LONGEST_WAIT_MS, wait * 2);
  }
}

type Round = { kind: 'ended' } | { kind: 'cut'; message: string };

/** One connection: reads frames until the run has ended, the line breaks or falls silent. */
async function converse(
  following: Following,
  writer: MirrorWriter,
  signal: AbortSignal,
  hooks: { onChange: () => void; onRound: () => void; onAnswer: () => void },
): Promise<Round> {
  const { connection, root, run } = following;
  const mark = `@smt-${randomBytes(8).toString('hex')}`;
  const line = connection.converse(followScript(root, run, mark, await writer.offsets()));
  const reader = new FrameReader(mark);
  const quiet = () => setTimeout(() => line.end(), SILENT_MS);
  let silence = quiet();
  signal.addEventListener('abort', line.end, { once: true });
  let lastRounds = LAST_ROUNDS;
  let trouble: string | undefined;
  const over = async (carried: Carried): Promise<boolean> => {
    if (carried.kind === 'missing') return true;
    if (carried.kind !== 'round' || carried.more) return false;
    if (!(await following.hasEnded())) return false;
    return carried.process === 'gone' || --lastRounds <= 0;
  };
  try {
    for await (const chunk of line.stdout) {
      clearTimeout(silence);
      silence = quiet();
      let changed = false;
      let round = false;
      for (const frame of reader.read(Buffer.from(chunk))) {
        hooks.onAnswer();
        const carried = await writer.take(frame);
        changed ||= carried.kind === 'changed' || carried.kind === 'missing';
        round ||= carried.kind === 'round' && !carried.more;
        if (await over(carried)) {
          hooks.onChange();
          return { kind: 'ended' };
        }
      }
      if (changed) hooks.onChange();
      if (round) hooks.onRound();
    }
  } catch (error) {
    trouble = error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(silence);
    signal.removeEventListener('abort', line.end);
    line.end();
  }
  const { code, words } = await line.ended;
  const problem = problemOf(connection.host, code === 0 ? 255 : code, words, false);
  if (!(problem instanceof Unreachable) && trouble === undefined && !signal.aborted) {
    // A host key that changed or a login that is refused stays so: a person has to act, and is told; we look again.
    return { kind: 'cut', message: problem.message };
  }
  return { kind: 'cut', message: trouble ?? problem.message };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {});
}
