import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  EVENTS_SCHEMA,
  type GenerateCounts,
  type JobEvent,
  type JobKind,
  type JobState,
  type JobStatus,
  MAX_EVENT_BYTES,
} from '../../contract/events.ts';
import { readStatusFile, writeStatus } from './runDirectory.ts';

type Payload<T extends JobEvent['type']> = Omit<
  Extract<JobEvent, { type: T }>,
  'v' | 'seq' | 'ts' | 'run' | 'attempt' | 'type'
>;
export interface Progress {
  phase: string;
  done: number;
  total: number | null;
  unit: NonNullable<JobStatus['progress']>['unit'];
  /** Units per second over a moving window; null until it is stable. */
  rate: number | null;
  etaSeconds: number | null;
  counts?: GenerateCounts;
}

const PROGRESS_EVERY_MS = 1000;
const STATUS_EVERY_MS = 500;
const HEARTBEAT_MS = 30_000;

/**
 * The one writer of a run's `events.jsonl` and `status.json` (protocol smt-events/1): whole lines, one `write()` each,
 * `seq` without gaps per attempt. A half line that a crash left is closed first.
 */
export class EventWriter {
  readonly #dir: string;
  readonly #fd: number;
  #status: JobStatus;
  #seq = 0;
  #lastProgress = 0;
  #heartbeat: NodeJS.Timeout;
  #statusTimer: NodeJS.Timeout | undefined;
  #statusWrite: Promise<void> = Promise.resolve();
  #statusWrittenAt = 0;

  private constructor(dir: string, fd: number, status: JobStatus) {
    this.#dir = dir;
    this.#fd = fd;
    this.#status = status;
    this.#heartbeat = setInterval(() => this.#emit('heartbeat', {}), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  /**
   * Starts a new attempt: removes `exit`, appends `hello`. A `stop` of an earlier attempt is taken away by whoever starts
   * this one, before it exists: here it could be one that was just asked for.
   */
  static async start(dir: string, kind: JobKind, versions: Record<string, string>): Promise<EventWriter> {
    const before = await readStatusFile(dir);
    if (!before) throw new Error(`${dir} holds no readable status.json`);
    rmSync(join(dir, 'exit'), { force: true });
    const file = join(dir, 'events.jsonl');
    const fd = openSync(file, 'a+', 0o600);
    const { size } = fstatSync(fd);
    if (size > 0) {
      const last = Buffer.alloc(1);
      readSync(fd, last, 0, 1, size - 1);
      if (last[0] !== 0x0a) writeSync(fd, '\n');
    }
    const { paused: _paused, ended: _ended, exit_code: _exit, message: _message, ...kept } = before;
    const writer = new EventWriter(dir, fd, {
      ...kept,
      state: 'preparing',
      phase: 'setup',
      pid: process.pid,
      host: hostname(),
      attempt: before.attempt + 1,
      started: Date.now() / 1000,
      last_seq: 0,
    });
    writer.#emit('hello', {
      schema: EVENTS_SCHEMA,
      kind,
      host: hostname(),
      pid: process.pid,
      versions,
      spec_sha256: createHash('sha256')
        .update(readFileSync(join(dir, 'spec.json')))
        .digest('hex'),
      ...(before.attempt > 0 ? { resumed_from: `attempt ${before.attempt}` } : {}),
    });
    await writer.#flushStatus();
    return writer;
  }

  phase(name: string, state: Extract<JobState, 'preparing' | 'running' | 'stopping'> = 'running'): void {
    this.#emit('phase', { name });
    this.#change({ phase: name, state });
  }

  /** What is going on now, for views; undefined takes it away. Not an event. */
  note(message: string | undefined): void {
    const { message: _before, ...rest } = this.#status;
    this.#status = rest;
    this.#change(message === undefined ? {} : { message });
  }

  /** The snapshot that `status.json` holds or will hold in a moment. */
  get status(): JobStatus {
    return this.#status;
  }

  log(level: Payload<'log'>['level'], msg: string): void {
    this.#emit('log', { level, msg });
  }

  error(error: Payload<'error'>): void {
    this.#emit('error', error);
    this.#change({ message: error.message });
  }

  /** At most one event a second and two status files a second, whatever the caller's pace. */
  progress(progress: Progress): void {
    const { phase, done, total, unit, rate, etaSeconds, counts } = progress;
    this.#change({
      progress: { done, total, unit, eta_s: etaSeconds, rate },
      ...(counts ? { counts } : {}),
    });
    const now = Date.now();
    if (now - this.#lastProgress < PROGRESS_EVERY_MS) return;
    this.#lastProgress = now;
    this.#emit('progress', {
      phase,
      done,
      total,
      unit,
      ...(total ? { progressPercentage: Math.floor((100 * done) / total) } : {}),
      ...(etaSeconds === null ? {} : { estimatedRemainingSeconds: Math.round(etaSeconds) }),
      ...(counts ? { counts } : {}),
    });
  }

  /** A cell as it stands now: partial until the job ends. */
  evaluated(cell: Payload<'eval'>): void {
    this.#emit('eval', cell);
  }

  artifact(artifact: Payload<'artifact'>): void {
    this.#emit('artifact', artifact);
  }

  paused(paused: Payload<'paused'>): void {
    this.#emit('paused', paused);
    this.#change({ paused });
  }

  /** The last event of the attempt; writes the final status and `exit`. */
  async end(status: Payload<'done'>['status'], exitCode: number, message?: string): Promise<void> {
    clearInterval(this.#heartbeat);
    this.#emit('done', { status, exit_code: exitCode });
    fsyncSync(this.#fd);
    closeSync(this.#fd);
    this.#status = {
      ...this.#status,
      state: status,
      ended: Date.now() / 1000,
      exit_code: exitCode,
      ...(message ? { message } : {}),
    };
    await this.#flushStatus();
  }

  /** True once a client created the `stop` file: a cooperative stop was asked for. */
  get stopRequested(): boolean {
    return existsSync(join(this.#dir, 'stop'));
  }

  #emit<T extends JobEvent['type']>(type: T, payload: Payload<T>): void {
    const envelope = {
      v: 1,
      seq: ++this.#seq,
      ts: Date.now() / 1000,
      run: this.#status.run,
      attempt: this.#status.attempt,
      type,
    };
    let line = `${JSON.stringify({ ...envelope, ...payload })}\n`;
    if (Buffer.byteLength(line) > MAX_EVENT_BYTES) line = `${JSON.stringify({ ...envelope, ...shortened(payload) })}\n`;
    writeSync(this.#fd, line);
    this.#status = { ...this.#status, last_seq: this.#seq };
  }

  #change(change: Partial<JobStatus>): void {
    this.#status = { ...this.#status, ...change };
    if (this.#statusTimer) return;
    const wait = Math.max(0, this.#statusWrittenAt + STATUS_EVERY_MS - Date.now());
    this.#statusTimer = setTimeout(() => {
      this.#flushStatus().catch(() => {});
    }, wait);
    this.#statusTimer.unref();
  }

  #flushStatus(): Promise<void> {
    clearTimeout(this.#statusTimer);
    this.#statusTimer = undefined;
    this.#statusWrittenAt = Date.now();
    const snapshot = { ...this.#status, updated: Date.now() / 1000 };
    this.#statusWrite = this.#statusWrite.catch(() => {}).then(() => writeStatus(this.#dir, snapshot));
    return this.#statusWrite;
  }
}

/** Cuts long strings so that a line fits the protocol's 8 KiB. */
function shortened(payload: object): object {
  return Object.fromEntries(
    Object.entries(payload).map(([key, value]) => [
      key,
      typeof value === 'string' && value.length > 1500 ? `${value.slice(0, 1500)}…` : value,
    ]),
  );
}
