import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobStatus } from '../contract/events.ts';
import {
  hasEnded,
  isRunId,
  jobStatus,
  type LocalBackend,
  listJobs,
  readEvents,
  runDirectory,
} from '../engine/jobs/index.ts';
import type { Project } from '../engine/project/index.ts';
import { dollars, duration, Exit, number, printable, type Terminal, UsageError } from './terminal.ts';

type Action = 'list' | 'show' | 'logs' | 'stop';

/** `jobs [list | show RUN | logs RUN | stop RUN]`. `resume` is in generate.ts, as it runs the job here. */
export async function jobsVerb(
  terminal: Terminal,
  project: Project,
  backend: LocalBackend,
  action: string,
  run: string | undefined,
): Promise<Exit> {
  const known: readonly Action[] = ['list', 'show', 'logs', 'stop'];
  const wanted = known.find((name) => name === action);
  if (!wanted) throw new UsageError(`jobs: "${action}" is not one of list, show, logs, stop, resume`);
  if (wanted === 'list') return list(terminal, await listJobs(project.paths.runs, backend));
  const dir = runDirectory(project.paths.runs, await resolveRun(project, backend, run, wanted === 'stop'));
  const status = await jobStatus(dir, backend);
  if (!status) throw new UsageError(`There is no run ${run} in this project. "smt jobs" lists them.`);
  if (wanted === 'stop') {
    if (hasEnded(status)) {
      terminal.say(`Run ${status.run} has ended already: ${status.state}.`);
      return Exit.done;
    }
    await backend.stop(dir, false);
    terminal.say(
      `Asked run ${status.run} to stop. What is in flight is finished and kept; "smt generate" goes on later.`,
    );
    return Exit.done;
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
  backend: LocalBackend,
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

function list(terminal: Terminal, jobs: readonly JobStatus[]): Exit {
  for (const job of jobs) terminal.record(job);
  if (terminal.json) return Exit.done;
  if (jobs.length === 0) {
    terminal.say('No jobs yet. "smt generate" starts one.');
    return Exit.done;
  }
  terminal.table([
    ['run', 'kind', 'state', 'answered', 'accepted', 'rejected', 'tokens', 'spent', 'started'],
    ...jobs.map(({ run, kind, state, paused, counts, created }) => [
      run,
      kind,
      paused && state === 'paused' ? `paused (${paused.cause})` : state,
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
