import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobStatus } from '../contract/events.ts';
import {
  type JobBackend,
  type JobEnd,
  jobStatus,
  readSpec,
  recordProcess,
  runDirectory,
} from '../engine/jobs/index.ts';
import { generating, type Project } from '../engine/project/index.ts';
import { agree, refuseSecond } from './agree.ts';
import { agreeToHarnessAgain } from './agreeToHarness.ts';
import type { Arguments } from './arguments.ts';
import { followRun } from './followRun.ts';
import { runSpec } from './jobKinds.ts';
import { resolveRun } from './jobs.ts';
import { progressLine } from './progressLines.ts';
import { summarise } from './summary.ts';
import { duration, Exit, type Terminal, UsageError } from './terminal.ts';
import { hubKeys, sayTrained } from './train.ts';

/** What a job leaves on the terminal when it ended. */
export type Summary = (terminal: Terminal, end: JobEnd, status: JobStatus | undefined, seconds: number) => void;

/** `jobs resume [RUN]`: the same run goes on in a new attempt. */
export async function resumeVerb(
  terminal: Terminal,
  project: Project,
  backend: JobBackend,
  run: string | undefined,
  values: Arguments['values'],
): Promise<Exit> {
  const dir = runDirectory(project.paths.runs, await resolveRun(project, backend, run, false));
  const spec = await readSpec(dir).catch(() => {
    throw new UsageError(`There is no run ${run ?? ''} in this project. "smt jobs" lists them.`);
  });
  if (spec.kind === 'train' || spec.kind === 'serve') {
    await backend.start(dir, hubKeys());
    const { exit, status } = await followRun(terminal, backend, dir, 'stop');
    await sayTrained(terminal, dir, status);
    return exit;
  }
  await agreeToHarnessAgain(terminal, project, spec, values);
  if (spec.kind !== 'generate') return runHere(terminal, dir, backend);
  await refuseSecond(generating, project);
  if (spec.params.rederive) return runHere(terminal, dir, backend);
  await agree(terminal, project, spec.params, values);
  return runHere(terminal, dir, backend, summarise);
}

/** What a detached job's process does: keys come as one JSON line on standard input. */
export async function jobRunVerb(dir: string): Promise<Exit> {
  const spec = await readSpec(dir);
  const keys = await keysFromInput();
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  return exitOf(await runSpec(dir, spec, keys, { signal: stop.signal }));
}

/** Runs a job in this process with a live progress line; Ctrl+C asks it to stop, twice ends it. */
export async function runHere(
  terminal: Terminal,
  dir: string,
  backend: JobBackend,
  summary: Summary = sayEnd,
): Promise<Exit> {
  const spec = await readSpec(dir);
  await rm(join(dir, 'stop'), { force: true });
  await recordProcess(dir, process.pid);
  const stop = new AbortController();
  let asked = 0;
  const onSignal = () => {
    asked += 1;
    if (asked > 1) process.exit(Exit.cancelled);
    terminal.warn('Stopping: what is in flight is finished and kept. Once more to stop at once.');
    stop.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  const started = Date.now();
  const end = await runSpec(
    dir,
    spec,
    {},
    {
      signal: stop.signal,
      onStatus: (status) => terminal.progress(progressLine(status)),
      onMessage: (level, text) => (level === 'info' ? terminal.say(text) : terminal.warn(text)),
    },
  );
  terminal.endProgress();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal);
  const status = await jobStatus(dir, backend);
  terminal.record({
    run: spec.run,
    end: end.kind,
    ...('cause' in end ? { cause: end.cause } : {}),
    ...(status?.counts ? { counts: status.counts } : {}),
  });
  summary(terminal, end, status, (Date.now() - started) / 1000);
  return exitOf(end);
}

export function exitOf(end: JobEnd): Exit {
  switch (end.kind) {
    case 'succeeded':
      return Exit.done;
    case 'paused':
      return Exit.paused;
    case 'cancelled':
      return Exit.cancelled;
    case 'bad_input':
      return Exit.usage;
    case 'failed':
      return Exit.failed;
  }
}

/** How a job without a summary of its own ended. */
function sayEnd(terminal: Terminal, end: JobEnd, _status: JobStatus | undefined, seconds: number): void {
  switch (end.kind) {
    case 'succeeded':
      terminal.say(`${end.message ?? 'Done.'} (${duration(seconds)})`);
      return;
    case 'cancelled':
      terminal.warn('Stopped. "smt jobs resume" goes on from here.');
      return;
    default:
      terminal.warn(end.message);
  }
}

async function keysFromInput(): Promise<Record<string, string>> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString('utf8').trim();
  const keys: Record<string, string> = {};
  if (text === '') return keys;
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null) return keys;
  for (const [origin, key] of Object.entries(parsed)) if (typeof key === 'string') keys[origin] = key;
  return keys;
}
