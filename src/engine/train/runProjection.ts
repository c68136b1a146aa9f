import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { JobEvent, JobSpec, JobStatus } from '../../contract/events.ts';
import type { MetricSeries, RunSnapshot } from '../../contract/trainingRpc.ts';
import { type JobBackend, jobStatus, readEvents, readSpec } from '../jobs/index.ts';
import { readDataset } from '../mix/index.ts';
import type { ProjectPaths } from '../project/index.ts';
import { checkpointsIn } from './checkpoints.ts';
import { type Curve, emptyCurve, largestTriangles, within } from './series.ts';

export interface Wanted {
  /** Most points of a series. */
  points: number;
  range?: { axis: 'step' | 'tokens' | 'seconds'; from: number; to: number } | undefined;
}

const MOST_LOG = 200;
/** What a metric event carries that is an axis and no curve. */
const AXES = new Set(['num_tokens', 'epoch', 'num_input_tokens_seen']);

/**
 * What the Job panel draws of one run, kept up to date from its events: each refresh reads only what was appended. A
 * later attempt that went back to a checkpoint replaces the points it passes again, so the curves stay continuous.
 */
export class RunProjection {
  readonly #dir: string;
  readonly #paths: ProjectPaths;
  readonly #curves = new Map<string, Curve>();
  readonly #phases: RunSnapshot['phases'] = [];
  readonly #log: RunSnapshot['log'] = [];
  readonly #checkpoints: JobEvent[] = [];
  #spec: JobSpec | undefined;
  #gpus: RunSnapshot['gpus'] = [];
  #versions: RunSnapshot['versions'] = {};
  #endpoint: string | undefined;
  #offset = 0;
  #began: number | undefined;
  #at: { step: number | null; tokens: number | null } = { step: null, tokens: null };
  #revision = 0;
  #lastStatus = '';
  #busy: Promise<void> = Promise.resolve();

  constructor(dir: string, paths: ProjectPaths) {
    this.#dir = dir;
    this.#paths = paths;
  }

  /** Reads what is new. Calls follow one another. */
  refresh(): Promise<void> {
    this.#busy = this.#busy.catch(() => {}).then(() => this.#read());
    return this.#busy;
  }

  /** @returns undefined where there is no such run */
  async snapshot(backend: Pick<JobBackend, 'state'>, wanted: Wanted): Promise<RunSnapshot | undefined> {
    await this.refresh();
    const status = await jobStatus(this.#dir, backend);
    if (!status) return undefined;
    const words = JSON.stringify(status);
    if (words !== this.#lastStatus) this.#revision += 1;
    this.#lastStatus = words;
    return {
      run: status.run,
      revision: this.#revision,
      status,
      training: await this.#training(),
      gpus: this.#gpus,
      versions: this.#versions,
      phases: this.#phases,
      series: [...this.#curves].map(([key, curve]) => reduced(key, curve, wanted)),
      checkpoints: this.#spec?.kind === 'train' ? checkpointsIn(this.#dir, this.#spec, status, this.#checkpoints) : [],
      log: this.#log,
      endpoint: this.#servedEndpoint(status),
    };
  }

  async #read(): Promise<void> {
    this.#spec ??= await readSpec(this.#dir).catch(() => undefined);
    const { events, offset } = await readEvents(this.#dir, this.#offset);
    if (offset < this.#offset) this.#forget();
    this.#offset = offset;
    this.#revision += events.length;
    for (const event of events) this.#take(event);
  }

  /** The file is a shorter one than before: it is another. */
  #forget(): void {
    this.#curves.clear();
    this.#phases.length = 0;
    this.#log.length = 0;
    this.#checkpoints.length = 0;
    this.#began = undefined;
    this.#at = { step: null, tokens: null };
  }

  #take(event: JobEvent): void {
    this.#began ??= event.ts;
    switch (event.type) {
      case 'hello':
        this.#endPhase(event.ts);
        this.#gpus = event.gpus ?? this.#gpus;
        this.#versions = event.versions;
        this.#endpoint = undefined;
        return;
      case 'phase':
        this.#endPhase(event.ts);
        this.#phases.push({ attempt: event.attempt, name: event.name, started: event.ts, ended: null });
        return;
      case 'metric':
        this.#metric(event);
        return;
      case 'heartbeat':
        this.#heartbeat(event);
        return;
      case 'log':
        this.#say({ ts: event.ts, level: event.level, msg: event.msg });
        return;
      case 'error':
        this.#say({ ts: event.ts, level: 'error', msg: event.message, hint: event.hint });
        return;
      case 'checkpoint':
        this.#checkpoints.push(event);
        return;
      case 'artifact':
        if (event.kind === 'endpoint') this.#endpoint = event.path;
        return;
      case 'done':
        this.#endPhase(event.ts);
        return;
      default:
        return;
    }
  }

  #metric({ step, values, ts }: Extract<JobEvent, { type: 'metric' }>): void {
    const { num_tokens: seen } = values;
    const tokens = typeof seen === 'number' ? seen : null;
    // Held-out losses come without a token count: what was seen at that step is still known.
    this.#at = { step, tokens: tokens ?? (this.#at.step === step ? this.#at.tokens : null) };
    for (const [key, value] of Object.entries(values)) {
      if (AXES.has(key)) continue;
      this.#add(key, step, this.#at.tokens, ts, typeof value === 'number' && Number.isFinite(value) ? value : null);
    }
  }

  #heartbeat({ gpu, ts }: Extract<JobEvent, { type: 'heartbeat' }>): void {
    if (!gpu || gpu.length === 0) return;
    const { step, tokens } = this.#at;
    this.#add('gpu_util', step, tokens, ts, gpu.reduce((sum, { util }) => sum + util, 0) / gpu.length);
    this.#add(
      'gpu_mem_mib',
      step,
      tokens,
      ts,
      gpu.reduce((sum, { mem_mib }) => sum + mem_mib, 0),
    );
  }

  #add(key: string, step: number | null, tokens: number | null, ts: number, value: number | null): void {
    let curve = this.#curves.get(key);
    if (!curve) {
      curve = emptyCurve();
      this.#curves.set(key, curve);
    }
    if (!key.startsWith('gpu_') && step !== null) {
      while ((curve.step.at(-1) ?? -1) >= step) for (const column of Object.values(curve)) column.pop();
    }
    curve.step.push(step);
    curve.tokens.push(tokens);
    curve.seconds.push(Math.max(ts - (this.#began ?? ts), curve.seconds.at(-1) ?? 0));
    curve.value.push(value);
  }

  #endPhase(ts: number): void {
    const open = this.#phases.at(-1);
    if (open && open.ended === null) open.ended = ts;
  }

  #say(line: RunSnapshot['log'][number]): void {
    this.#log.push(line);
    if (this.#log.length > MOST_LOG) this.#log.shift();
  }

  async #training(): Promise<RunSnapshot['training']> {
    if (this.#spec?.kind !== 'train') return null;
    const { dataset, dataset_hash, model, revision, rows, tokens, settings } = this.#spec.params;
    const found = existsSync(join(this.#paths.datasets, dataset))
      ? await readDataset(this.#paths.datasets, dataset)
      : undefined;
    const dataset_there = found?.ok === true && found.manifest.hash === dataset_hash;
    return { dataset, dataset_hash, dataset_there, model, revision, rows, tokens, settings };
  }

  /** As the job named it: on the target's own loopback. The server puts a tunnel's address in its place. */
  #servedEndpoint(status: JobStatus): RunSnapshot['endpoint'] {
    if (this.#spec?.kind !== 'serve' || !this.#endpoint || status.state !== 'running') return null;
    return { base_url: this.#endpoint, model: this.#spec.params.model };
  }
}

function reduced(key: string, curve: Curve, { points, range }: Wanted): MetricSeries {
  const [first, last] = range ? within(curve[range.axis], range.from, range.to) : [0, curve.value.length - 1];
  const cut = <T>(column: readonly T[]): T[] => column.slice(first, last + 1);
  const [seconds, value, step] = [cut(curve.seconds), cut(curve.value), cut(curve.step)];
  const x = key.startsWith('gpu_') || step.includes(null) ? seconds : step.map((at) => at ?? 0);
  const kept = largestTriangles(x, value, points);
  const tokens = cut(curve.tokens);
  return {
    key,
    step: kept.map((at) => step[at] ?? null),
    tokens: kept.map((at) => tokens[at] ?? null),
    seconds: kept.map((at) => seconds[at] ?? 0),
    value: kept.map((at) => value[at] ?? null),
    logged: value.length,
  };
}
