import { createInterface } from 'node:readline/promises';
import type { GenerateParams, JobSpec, JobStatus } from '../contract/events.ts';
import { estimateProject } from '../engine/generate/estimateProject.ts';
import { describeGenerator } from '../engine/generate/generator.ts';
import { type GenerateEnd, runGenerate } from '../engine/generate/runGenerate.ts';
import {
  createRun,
  jobStatus,
  type LocalBackend,
  leaseHolder,
  newRunId,
  readSpec,
  recordProcess,
  runDirectory,
} from '../engine/jobs/index.ts';
import { builtinState } from '../engine/llm/builtin/index.ts';
import { hasConsent, loadRegistry, recordConsent } from '../engine/llm/index.ts';
import type { Project } from '../engine/project/index.ts';
import { type Arguments, generateParams } from './arguments.ts';
import { estimateLines } from './estimate.ts';
import { resolveRun } from './jobs.ts';
import { dollars, duration, Exit, number, type Terminal, UsageError } from './terminal.ts';

/** `generate`: what the plan has and the log has not, as a job of this project that runs here. */
export async function generateVerb(
  terminal: Terminal,
  project: Project,
  backend: LocalBackend,
  values: Arguments['values'],
): Promise<Exit> {
  const params = generateParams(values);
  const known = Object.keys(project.config.methods);
  const unknown = params.methods.find((method) => !known.includes(method));
  if (unknown) throw new UsageError(`--method "${unknown}" is not one of ${known.join(', ')}`);
  await refuseSecondJob(project);
  await agree(terminal, project, params, values);
  const run = newRunId();
  const dir = await createRun(project.paths.runs, {
    schema: 'smt-spec/1',
    run,
    kind: 'generate',
    title: titleOf(params),
    project: project.root,
    created: Date.now() / 1000,
    params,
    resume: 'auto',
  });
  if (values.detach) {
    await backend.start(dir, {});
    terminal.record({ run, dir });
    terminal.say(`Started run ${run}. "smt jobs" shows it, "smt jobs stop ${run}" stops it.`);
    return Exit.done;
  }
  return runHere(terminal, dir, backend);
}

/** `jobs resume [RUN]`: the same run goes on in a new attempt. */
export async function resumeVerb(
  terminal: Terminal,
  project: Project,
  backend: LocalBackend,
  run: string | undefined,
  values: Arguments['values'],
): Promise<Exit> {
  const dir = runDirectory(project.paths.runs, await resolveRun(project, backend, run, false));
  const spec = await readSpec(dir).catch(() => {
    throw new UsageError(`There is no run ${run ?? ''} in this project. "smt jobs" lists them.`);
  });
  await refuseSecondJob(project);
  await agree(terminal, project, spec.params, values);
  return runHere(terminal, dir, backend);
}

/** What a detached job's process does: keys come as one JSON line on standard input. */
export async function jobRunVerb(dir: string): Promise<Exit> {
  const spec: JobSpec = await readSpec(dir);
  const keys = await keysFromInput();
  await recordProcess(dir, process.pid);
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  return exitOf(await runGenerate(dir, spec, keys, { signal: stop.signal }));
}

async function runHere(terminal: Terminal, dir: string, backend: LocalBackend): Promise<Exit> {
  const spec = await readSpec(dir);
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
  const end = await runGenerate(
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
  summarise(terminal, end, status, (Date.now() - started) / 1000);
  return exitOf(end);
}

function exitOf(end: GenerateEnd): Exit {
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

export function progressLine({ phase, progress, counts, message }: JobStatus): string {
  if (!counts) return `${phase}${progress ? ` ${amount(progress)}` : ''}${message ? ` · ${message}` : ''}`;
  const rejected = Object.values(counts.rejected).reduce((a, b) => a + b, 0);
  return [
    `${number.format(counts.answered + counts.failed)}/${number.format(counts.planned)} requests`,
    `${number.format(counts.accepted)} accepted`,
    `${number.format(rejected)} rejected`,
    ...(progress?.rate ? [`${progress.rate < 10 ? progress.rate.toFixed(1) : Math.round(progress.rate)}/s`] : []),
    ...(progress?.eta_s === null || progress === undefined ? [] : [`${duration(progress.eta_s)} left`]),
    `${number.format(counts.output_tokens)} tokens written`,
    ...(counts.cost ? [dollars(counts.cost)] : []),
  ].join(' · ');
}

function amount({ done, total, unit }: NonNullable<JobStatus['progress']>): string {
  const [scale, name] = unit === 'byte' ? [1e6, 'MB'] : [1, `${unit}s`];
  const shown = (value: number) => number.format(Math.round(value / scale));
  return `${shown(done)}${total === null ? '' : `/${shown(total)}`} ${name}`;
}

function summarise(terminal: Terminal, end: GenerateEnd, status: JobStatus | undefined, seconds: number): void {
  const counts = status?.counts;
  if (counts) {
    const rejected = Object.entries(counts.rejected);
    terminal.say(
      `Requests: ${number.format(counts.planned)} planned = ${number.format(counts.answered)} answered (${number.format(counts.reused)} from earlier runs, not paid again) + ${number.format(counts.failed)} failed + ${number.format(counts.pending)} left.`,
    );
    terminal.say(
      `Samples: ${number.format(counts.samples)} = ${number.format(counts.accepted)} accepted + ${rejected.map(([reason, n]) => `${number.format(n)} ${reason}`).join(' + ') || '0 rejected'}.`,
    );
    terminal.say(
      `Tokens: ${number.format(counts.input_tokens)} read, ${number.format(counts.output_tokens)} written; ${counts.cost === null ? 'no price known' : dollars(counts.cost)}; ${duration(seconds)}.`,
    );
  }
  if (end.kind === 'succeeded') return;
  if (end.kind === 'paused') {
    terminal.warn(`Paused (${end.cause}): ${end.message}`);
    for (const { reason, count } of end.reasons) terminal.warn(`  ${count} × ${reason}`);
    terminal.warn('Nothing answered is lost. "smt generate" goes on from here.');
  } else if (end.kind === 'cancelled')
    terminal.warn('Stopped. "smt generate" goes on from here; nothing answered is paid again.');
  else terminal.warn(end.message);
}

function titleOf(params: GenerateParams): string {
  const what = params.methods.length > 0 ? params.methods.join(', ') : 'all methods';
  const where = params.documents.length > 0 ? ` for ${params.documents.join(', ')}` : '';
  return `${params.preview ? 'Preview' : 'Generate'} ${what}${where}`;
}

async function refuseSecondJob(project: Project): Promise<void> {
  const holder = await leaseHolder(project.paths.lease);
  if (!holder) return;
  throw new UsageError(
    `Run ${holder.run} is generating in this project already (process ${holder.pid} on ${holder.host}). "smt jobs show ${holder.run}" shows it, "smt jobs stop ${holder.run}" stops it.`,
  );
}

/** Consent before documents first leave this machine, and before the built-in model is first downloaded. */
async function agree(
  terminal: Terminal,
  project: Project,
  params: GenerateParams,
  values: Arguments['values'],
): Promise<void> {
  const { registry } = await loadRegistry();
  const generator = describeGenerator(project, registry);
  for (const { id, origin, local, known } of generator.endpoints) {
    if (!known)
      throw new UsageError(
        `Endpoint "${id}" of smt.yaml is not in your endpoints file. Add it there, or name another in generator.endpoints.`,
      );
    if (local || origin === undefined || hasConsent(registry, origin)) continue;
    if (!(values['send-to'] ?? []).some((named) => sameOrigin(named, origin))) {
      const estimate = await estimateProject(project, params);
      for (const line of estimateLines(estimate)) terminal.say(line);
      const destination = estimate.destinations.find((each) => each.endpoint === id);
      const question = `Send ${number.format(destination?.documents ?? 0)} documents (about ${number.format(destination?.tokens ?? 0)} tokens of prompts) to ${origin}?`;
      if (!(await ask(question))) {
        throw new UsageError(`Nothing was sent. To agree without being asked: smt generate --send-to ${origin}`);
      }
    }
    await recordConsent(origin);
  }
  if (!generator.endpoints.some(({ id }) => id === 'builtin')) return;
  const state = await builtinState(registry.builtin?.gguf ? { gguf: registry.builtin.gguf } : {});
  if (state.installed) return;
  terminal.say(state.message);
  // Naming the built-in model in smt.yaml is the consent of a script; a person is asked.
  if (!values.yes && process.stdin.isTTY && !(await ask('Download now?')))
    throw new UsageError('Nothing was downloaded.');
}

function sameOrigin(named: string, origin: string): boolean {
  try {
    return new URL(named).origin === origin;
  } catch {
    throw new UsageError(`--send-to "${named}" is not an origin like https://api.example.com`);
  }
}

async function ask(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } finally {
    lines.close();
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
