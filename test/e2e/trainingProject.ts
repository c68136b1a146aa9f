// A project from samples to trained runs, for the panels' specs: samples and the training set are made by the real
// command line; the runs are run directories as a job writes them, one of them with a process that lives.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { personEnvironment } from '../../scripts/testing/person.ts';
import { repository } from '../../scripts/testing/repository.ts';
import { DatasetManifest } from '../../src/contract/dataset.ts';
import { JobEvent, JobSpec, JobStatus } from '../../src/contract/events.ts';
import { TrainParams } from '../../src/contract/training.ts';
import { recordProcess } from '../../src/engine/jobs/index.ts';
import { byteTokenizer, tokenizerConfig } from '../fixtures/byteTokenizer.ts';
import { makeProject } from './samplesPanelProject.ts';

export const DATASET = 'osmerrow-set';
const TOKENS_A_STEP = 1024;

type Written = JobEvent extends infer E
  ? E extends JobEvent
    ? Omit<E, 'v' | 'seq' | 'ts' | 'run' | 'attempt'>
    : never
  : never;

/** A training run as its job writes it: each step is one metric line, the status follows. */
export class WrittenRun {
  private seq = 0;
  private readonly dir: string;
  private status: JobStatus;

  constructor(
    folder: string,
    readonly run: string,
    title: string,
    private now: number,
    target = 'local',
  ) {
    this.dir = join(folder, '.smt', 'runs', run);
    mkdirSync(this.dir, { recursive: true });
    const manifest = DatasetManifest.parse(
      JSON.parse(readFileSync(join(folder, '.smt', 'datasets', DATASET, 'manifest.json'), 'utf8')),
    );
    const params = TrainParams.parse({
      dataset: DATASET,
      dataset_path: join(folder, '.smt', 'datasets', DATASET),
      dataset_hash: manifest.hash,
      model: 'maker/student',
      model_path: null,
      revision: null,
      settings: { target },
      rows: manifest.train.rows,
      tokens: manifest.train.tokens,
    });
    const spec = JobSpec.parse({
      ...{ schema: 'smt-spec/1', run, title, project: folder, created: now, resume: 'auto', target },
      ...{ kind: 'train', params },
    });
    writeFileSync(join(this.dir, 'spec.json'), JSON.stringify(spec));
    this.status = JobStatus.parse({
      ...{
        v: 1,
        run,
        kind: 'train',
        title,
        state: 'running',
        phase: 'train',
        created: now,
        started: now,
        updated: now,
      },
      ...{ pid: null, host: hostname(), attempt: 1, last_seq: 0, target },
    });
    this.event({
      type: 'hello',
      schema: 'smt-events/1',
      kind: 'train',
      host: hostname(),
      pid: 1,
      versions: { torch: '2.9.0', trl: '0.29.0' },
      spec_sha256: '0'.repeat(64),
    });
    this.event({ type: 'phase', name: 'train' });
    this.event({ type: 'log', level: 'info', msg: 'fp32 weights on CPU <b>not bold</b>' });
  }

  event(event: Written): void {
    this.seq += 1;
    const line = JobEvent.parse({ v: 1, seq: this.seq, ts: this.now, run: this.run, attempt: 1, ...event });
    appendFileSync(join(this.dir, 'events.jsonl'), `${JSON.stringify(line)}\n`);
  }

  /** Steps `from` to `to` of `of`, ten seconds each. */
  steps(from: number, to: number, of: number, floor = 1.7): void {
    for (let step = from; step <= to; step++) {
      this.now += 10;
      const loss = floor + 1.5 * Math.exp((-3 * step) / of) + Math.sin(step * 12.99) * 0.05;
      this.event({
        type: 'metric',
        step,
        values: {
          loss,
          learning_rate: 2e-4 * (1 - step / of),
          num_tokens: step * TOKENS_A_STEP,
          train_tokens_per_second: 100 + Math.sin(step) * 4,
          grad_norm: 1.2,
        },
      });
      if (step % 10 === 0)
        this.event({ type: 'metric', step, values: { eval_loss: loss + 0.2, num_tokens: step * TOKENS_A_STEP } });
    }
    this.write({
      progress: {
        done: to * TOKENS_A_STEP,
        total: of * TOKENS_A_STEP,
        unit: 'token',
        eta_s: (of - to) * 10,
        rate: 102.4,
      },
    });
  }

  checkpoint(step: number, bytes: number, final = false): void {
    const path = final ? 'out/model' : `out/checkpoints/checkpoint-${step}`;
    mkdirSync(join(this.dir, path), { recursive: true });
    this.event({ type: 'checkpoint', step, path, bytes, ...(final ? { final } : {}) });
  }

  end(state: 'succeeded' | 'failed', message?: string): void {
    this.event({ type: 'done', status: state, exit_code: state === 'succeeded' ? 0 : 1 });
    this.write({ state, ended: this.now, ...(message ? { message } : {}) });
  }

  write(part: Partial<JobStatus> = {}): void {
    this.status = JobStatus.parse({ ...this.status, ...part, updated: Date.now() / 1000, last_seq: this.seq });
    writeFileSync(join(this.dir, 'status.json'), JSON.stringify(this.status));
  }

  /** A process of its own group that does nothing: the job lives until it is killed. */
  async live(): Promise<ChildProcess> {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
    await once(child, 'spawn');
    await recordProcess(this.dir, child.pid ?? 0);
    this.write({ pid: child.pid ?? null });
    return child;
  }
}

/** Samples by the fake model, a student with a tokenizer of bytes, and a training set of all that there is. */
export async function makeTrainingProject(folder: string): Promise<void> {
  await makeProject(folder, 90);
  mkdirSync(join(folder, 'tokenizer'));
  writeFileSync(join(folder, 'tokenizer', 'tokenizer.json'), byteTokenizer());
  writeFileSync(join(folder, 'tokenizer', 'tokenizer_config.json'), tokenizerConfig);
  const file = join(folder, 'smt.yaml');
  const text = readFileSync(file, 'utf8')
    .replace(/^student:\n(?: .*\n)*/m, 'student: { model: maker/student, tokenizer: tokenizer }\n')
    .replace(/^mixture: \{\}/m, 'mixture: { loss_on: answers }');
  writeFileSync(file, text);
  const scratch = mkdtempSync(join(tmpdir(), 'smt-e2e-training-'));
  try {
    const child = spawn(process.execPath, [join(repository, 'dist/cli.js'), 'mix', DATASET], {
      cwd: folder,
      env: { ...process.env, ...personEnvironment(scratch) },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`smt mix ended with ${code}:\n${said}`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
