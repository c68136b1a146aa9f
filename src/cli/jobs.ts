import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobStatus } from '../contract/events.ts';
import {
  hasEnded,
  isRunId,
  type JobBackend,
  JobProblem,
  jobStatus,
  listJobs,
  readEvents,
  runDirectory,
} from '../engine/jobs/index.ts';
import type { Project } from '../engine/project/index.ts';
import type { Arguments } from './arguments.ts';
import { followRun } from './followRun.ts';
import { dollars, duration, Exit, number, printable, type Terminal, UsageError } from './terminal.ts';

type Action = 'list' | 'show' | 'logs' | 'follow' | 'stop';

/**
 * `jobs [list | show RUN | logs RUN | follow RUN | stop RUN]`, whatever machine they run on. What runs elsewhere is
 * looked at first, for a few seconds at most. `resume` is in jobRun.ts, as most kinds run in this process.
 */
export async function jobsVerb(
  terminal: Terminal,
  project: Project,
  backend: JobBackend,
  action: string,
  run: string | undefined,
  values: Arguments['values'],
): Promise<Exit> {
  const known: readonly Action[] = ['list', 'show', 'logs', 'follow', 'stop'];
  const wanted = known.find((name) => name === action);
  if (!wanted) throw new UsageError(`jobs: "${action}" is not one of list, show, logs, follow, stop, resume`);
  if (wanted === 'list') {
    await lookAtOthers(project, backend);
    return list(terminal, await listJobs(project.paths.runs, backend));
  }
  const dir = runDirectory(project.paths.runs, await resolveRun(project, backend, run, wanted === 'stop'));
  await lookAt(dir, backend);
  const status = await jobStatus(dir, backend);
  if (!status) throw new UsageError(`There is no run ${run} in this project. "smt jobs" lists them.`);
  if (wanted === 'stop') {
    if (hasEnded(status)) {
      terminal.say(`Run ${status.run} has ended already: ${status.state}.`);
      return Exit.done;
    }
    await backend.stop(dir, values.force ?? false);
    terminal.say(
      values.force
        ? `Run ${status.run} is ended within ten seconds.`
        : `Asked run ${status.run} to stop. What is in flight is finished and kept; "smt jobs resume ${status.run}" goes on later.`,
    );
    return Exit.done;
  }
  if (wanted === 'follow' || (wanted === 'logs' && values.follow)) {
    const { exit, status: end } = await followRun(terminal, backend, dir, 'leave');
    if (end) terminal.record(end);
    if (end && hasEnded(end)) terminal.say(`${end.state}${end.message ? `: ${end.message}` : ''}`);
    return exit;
  }
  if (wanted === 'show') {
    terminal.record(status);
    if (!terminal.json) for (const line of describe(status)) terminal.say(line);
    return Exit.done;
  }
  const { events } = await readEvents(dir);
  for (const event of events) {
    terminal.record(event);
    if (terminal.json || event.type === 'heartbeat' || event.type === 'progress') continue;
    const { v: _v, seq: _seq, ts, run: _run, attempt: _attempt, type, ...rest } = event;
    terminal.say(`${new Date(ts * 1000).toISOString()} ${type} ${printable(JSON.stringify(rest))}`);
  }
  const output = await readFile(join(dir, 'stdout.log'), 'utf8').catch(() => '');
  if (output && !terminal.json) terminal.say(printable(output));
  return Exit.done;
}

/** A run id as given, or the newest (running) one when left out. */
export async function resolveRun(
  project: Project,
  backend: JobBackend,
  run: string | undefined,
  running: boolean,
): Promise<string> {
  if (run) {
    if (isRunId(run)) return run;
    throw new UsageError(`"${run}" is not a run id. "smt jobs" lists them.`);
  }
  const jobs = await listJobs(project.paths.runs, backend);
  const found = running ? jobs.find((job) => !hasEnded(job)) : jobs[0];
  if (!found) throw new UsageError(running ? 'No job is running in this project.' : 'This project has no runs yet.');
  return found.run;
}

/** How long a terminal waits for other machines before it shows what was seen last. */
const LOOK_MS = 4_000;

/** Brings the mirror of a run on another machine up to date, as far as that goes in a moment. */
async function lookAt(dir: string, backend: JobBackend): Promise<void> {
  const status = await jobStatus(dir, backend);
  if (!status || hasEnded(status) || status.target === undefined || status.target === 'local') return;
  const enough = new AbortController();
  const timer = setTimeout(() => enough.abort(), LOOK_MS);
  try {
    await backend.follow(dir, enough.signal, {
      onRound: () => enough.abort(),
      onReach: () => enough.abort(),
    });
  } catch (error) {
    if (!(error instanceof JobProblem)) throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function lookAtOthers(project: Project, backend: JobBackend): Promise<void> {
  const jobs = await listJobs(project.paths.runs, backend);
  await Promise.all(jobs.map(({ run }) => lookAt(runDirectory(project.paths.runs, run), backend)));
}

function list(terminal: Terminal, jobs: readonly JobStatus[]): Exit {
  for (const job of jobs) terminal.record(job);
  if (terminal.json) return Exit.done;
  if (jobs.length === 0) {
    terminal.say('No jobs yet. "smt generate" starts one.');
    return Exit.done;
  }
  terminal.table([
    ['run', 'kind', 'target', 'state', 'progress', 'answered', 'accepted', 'rejected', 'tokens', 'spent', 'started'],
    ...jobs.map(({ run, kind, target, state, paused, counts, created, progress, metrics, unreachable_since }) => [
      run,
      kind,
      target ?? 'local',
      `${paused && state === 'paused' ? `paused (${paused.cause})` : state}${unreachable_since === undefined ? '' : ' (unreachable)'}`,
      metrics?.loss !== undefined
        ? `loss ${metrics.loss.toFixed(3)}`
        : progress?.total
          ? `${Math.floor((100 * progress.done) / progress.total)} %`
          : '',
      counts ? number.format(counts.answered) : '',
      counts ? number.format(counts.accepted) : '',
      counts ? number.format(Object.values(counts.rejected).reduce((a, b) => a + b, 0)) : '',
      counts ? number.format(counts.input_tokens + counts.output_tokens) : '',
      counts && counts.cost !== null ? dollars(counts.cost) : '',
      new Date(created * 1000).toISOString().slice(0, 16).replace('T', ' '),
    ]),
  ]);
  return Exit.done;
}

function describe(status: JobStatus): string[] {
  const { counts, progress } = status;
  return [
    `${status.title} · ${status.kind} · ${status.state}${status.paused ? ` (${status.paused.cause})` : ''} · attempt ${status.attempt}`,
    ...(status.message ? [status.message] : []),
    ...(status.unreachable_since === undefined
      ? []
      : [
          `The target does not answer since ${duration(Date.now() / 1000 - status.unreachable_since)}; the job goes on there.`,
        ]),
    ...(status.metrics
      ? [
          Object.entries(status.metrics)
            .map(([key, value]) => `${key} ${Number(value.toPrecision(4))}`)
            .join(' · '),
        ]
      : []),
    ...(status.paused?.reasons ?? []).map(({ reason, count }) => `  ${count} × ${reason}`),
    ...(progress
      ? [
          `${number.format(progress.done)} of ${progress.total === null ? '?' : number.format(progress.total)} ${progress.unit}s${progress.eta_s === null ? '' : `, about ${duration(progress.eta_s)} left`}`,
        ]
      : []),
    ...(counts
      ? [
          `requests: planned ${counts.planned} = answered ${counts.answered} + failed ${counts.failed} + pending ${counts.pending}`,
          `samples: ${counts.samples} = accepted ${counts.accepted} + rejected ${
            Object.entries(counts.rejected)
              .map(([reason, n]) => `${reason} ${n}`)
              .join(' + ') || 0
          }`,
          `tokens: ${number.format(counts.input_tokens)} in, ${number.format(counts.output_tokens)} out; spent ${dollars(counts.cost)}`,
        ]
      : []),
  ];
}
