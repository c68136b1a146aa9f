import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { JobSpec, JobStatus, RUN_ID } from '../../contract/events.ts';

export function isRunId(text: string): boolean {
  return RUN_ID.test(text);
}

/** Sortable by start (to the millisecond), unique on shared disks: `20261122-183015123-4f2a9c`. */
export function newRunId(now = new Date()): string {
  const stamp = now.toISOString().replace(/[-:.]/g, '').replace('T', '-').slice(0, 18);
  return `${stamp}-${randomBytes(3).toString('hex')}`;
}

/** Write-then-rename, so that a reader never sees half a file. */
export async function writeAtomically(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}.${randomBytes(3).toString('hex')}.tmp`;
  await writeFile(temporary, text, { mode: 0o600 });
  await rename(temporary, file);
}

/** Makes `runs/<run>` (mode 0700) with `spec.json` and a queued `status.json`. The spec is never changed afterwards. */
export async function createRun(runsDir: string, spec: JobSpec): Promise<string> {
  const dir = join(runsDir, JobSpec.parse(spec).run);
  await mkdir(runsDir, { recursive: true });
  await mkdir(dir, { mode: 0o700 });
  await writeFile(join(dir, 'spec.json'), `${JSON.stringify(spec, null, 2)}\n`, { flag: 'wx', mode: 0o600 });
  const now = Date.now() / 1000;
  await writeStatus(dir, {
    v: 1,
    run: spec.run,
    kind: spec.kind,
    title: spec.title,
    state: 'queued',
    phase: 'queued',
    created: now,
    updated: now,
    pid: null,
    host: hostname(),
    attempt: 0,
    last_seq: 0,
    ...(spec.target === undefined ? {} : { target: spec.target }),
  });
  return dir;
}

/** What a caller says of a new job; the rest of its spec follows from project and clock. */
export type NewJob = {
  [Kind in JobSpec['kind']]: Pick<
    Extract<JobSpec, { kind: Kind }>,
    'kind' | 'title' | 'params' | 'target' | 'inputs' | 'parent'
  >;
}[JobSpec['kind']];

/** A run directory for a new job of this project, ready to be started. */
export async function createJob(
  project: { root: string; paths: { runs: string } },
  job: NewJob,
): Promise<{ run: string; dir: string; spec: JobSpec }> {
  const spec: JobSpec = {
    schema: 'smt-spec/1',
    run: newRunId(),
    project: project.root,
    created: Date.now() / 1000,
    resume: 'auto',
    ...job,
  };
  return { run: spec.run, dir: await createRun(project.paths.runs, spec), spec };
}

export async function readSpec(dir: string): Promise<JobSpec> {
  return JobSpec.parse(JSON.parse(await readFile(join(dir, 'spec.json'), 'utf8')));
}

/**
 * Before another attempt: the state of the last one must not be taken for the new one's until its process has written
 * something. The attempt is counted by the job itself.
 */
export async function queueAgain(dir: string, message?: string): Promise<void> {
  const before = await readStatusFile(dir);
  if (!before) throw new Error(`${dir} holds no readable status.json`);
  const {
    paused: _paused,
    ended: _ended,
    exit_code: _exit,
    message: _message,
    unreachable_since: _unreachable,
    ...kept
  } = before;
  for (const file of ['exit', 'stop', 'pid', 'mirror.json']) await rm(join(dir, file), { force: true });
  const waiting = { ...kept, state: 'queued' as const, phase: 'queued', pid: null, updated: Date.now() / 1000 };
  await writeStatus(dir, message === undefined ? waiting : { ...waiting, message });
}

/** The status of a run that could not be started: as it was, or for a new one failed with the reason. */
export function notStarted(before: JobStatus, error: unknown): JobStatus {
  if (before.state !== 'queued') return before;
  const now = Date.now() / 1000;
  const message = error instanceof Error ? error.message : String(error);
  return { ...before, state: 'failed', message, updated: now, ended: now };
}

export function writeStatus(dir: string, status: JobStatus): Promise<void> {
  return writeAtomically(join(dir, 'status.json'), `${JSON.stringify(status)}\n`);
}

/** What `status.json` says, undefined where there is none or it cannot be read (a newer version, a foreign folder). */
export async function readStatusFile(dir: string): Promise<JobStatus | undefined> {
  try {
    const parsed = JobStatus.safeParse(JSON.parse(await readFile(join(dir, 'status.json'), 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Folders of runs, newest first. */
export async function listRunDirectories(runsDir: string): Promise<string[]> {
  try {
    const entries = await readdir(runsDir, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && RUN_ID.test(entry.name))
      .map((entry) => join(runsDir, entry.name))
      .sort()
      .reverse();
  } catch {
    return [];
  }
}

/** The run's folder; throws on an id that is not one, so that no path can be smuggled in. */
export function runDirectory(runsDir: string, run: string): string {
  if (!RUN_ID.test(run)) throw new Error(`"${run}" is not a run id`);
  return join(runsDir, run);
}

export async function removeRun(runsDir: string, run: string): Promise<void> {
  await rm(runDirectory(runsDir, run), { recursive: true, force: true });
}
