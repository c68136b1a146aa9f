import type { JobStatus } from '../../src/contract/events.ts';
import { TrainingSettings } from '../../src/contract/training.ts';
import type { MetricSeries, RunSnapshot } from '../../src/contract/trainingRpc.ts';
import { fixtureJob } from './fakeEditor.ts';

/** Invented training runs for the dev page and tests: the curves have the shape of the small demo run. */

const TOKENS_A_STEP = 1024;

export function trainJob(run: string, title: string, part: Partial<JobStatus> = {}): JobStatus {
  const { counts: _counts, ...job } = fixtureJob();
  return {
    ...job,
    run,
    kind: 'train',
    title,
    phase: 'train',
    target: 'local',
    progress: { done: 18_432, total: 29_696, unit: 'token', eta_s: 124, rate: 96 },
    metrics: { loss: 2.31, eval_loss: 2.52 },
    ...part,
  };
}

/** A run with `steps` logged steps; `points` at most are handed out, as the server does. */
export function runSnapshot(
  job: JobStatus,
  {
    steps = 40,
    seed = 1,
    gpu = false,
    points = 2000,
  }: { steps?: number; seed?: number; gpu?: boolean; points?: number } = {},
): RunSnapshot {
  const every = Math.max(1, Math.ceil(steps / points));
  const kept = Array.from({ length: steps }, (_, at) => at + 1).filter((step) => step % every === 0 || step === steps);
  const column = (key: string, at: readonly number[], value: (step: number) => number | null): MetricSeries => ({
    key,
    step: [...at],
    tokens: at.map((step) => step * TOKENS_A_STEP),
    seconds: at.map((step) => step * 10.7),
    value: at.map(value),
    logged: key === 'eval_loss' ? at.length : steps,
  });
  const noise = (step: number) => Math.sin(step * 12.9898 + seed * 78.233) * 0.08;
  const loss = (step: number) => 1.7 + 1.6 * Math.exp((-3 * step) / steps) + noise(step) + seed * 0.07;
  const evals = [0, 0.25, 0.5, 0.75, 1].map((share) => Math.max(1, Math.round(share * steps)));
  const { kind, started = 0 } = job;
  if (kind !== 'train')
    return { ...empty(job), phases: [{ attempt: 1, name: job.phase, started, ended: null }], log: logOf(started) };
  return {
    ...empty(job),
    revision: steps,
    training: {
      dataset: 'osmerrow-29k',
      dataset_hash: `9f2c${'0'.repeat(12)}${seed}a41b`,
      dataset_there: seed === 1,
      model: 'SmolLM2-135M-Instruct',
      revision: null,
      rows: 214,
      tokens: 14_848,
      settings: TrainingSettings.parse({ sequence_length: 512, batch_sequences: 2, learning_rate: 2e-4 }),
    },
    gpus: gpu ? [{ name: 'NVIDIA H200', mem_mib: 143_000 }] : [],
    versions: { python: '3.11.9', torch: '2.9.0', trl: '0.29.0', transformers: '5.2.0' },
    phases: [
      { attempt: 1, name: 'setup', started, ended: started + 4 },
      { attempt: 1, name: 'load', started: started + 4, ended: started + 11 },
      { attempt: 1, name: 'train', started: started + 11, ended: null },
    ],
    series:
      steps === 0
        ? []
        : [
            column('loss', kept, (step) => (step === 7 && seed === 2 ? null : loss(step))),
            column('eval_loss', evals, (step) => 2 + 1.5 * Math.exp((-2.4 * step) / steps) + seed * 0.05),
            column(
              'learning_rate',
              kept,
              (step) => 2e-4 * Math.min(1, step / (steps * 0.05)) * 0.5 * (1 + Math.cos((Math.PI * step) / steps)),
            ),
            column('train_tokens_per_second', kept, (step) => 95 + 6 * noise(step * 3)),
            column('grad_norm', kept, (step) => 1.4 + noise(step * 5)),
            column('mean_token_accuracy', kept, (step) => 0.4 + (0.2 * step) / steps),
            ...(gpu ? [column('gpu_util', kept, (step) => 92 + 30 * noise(step))] : []),
          ],
    checkpoints:
      steps === 0
        ? []
        : [
            {
              run: job.run,
              target: job.target ?? 'local',
              step: Math.round(steps / 2),
              final: false,
              path: 'out/checkpoints/checkpoint-20',
              local_path: job.target === 'local' ? '/runs/x' : null,
              bytes: 1_614_000_000,
              dataset: 'osmerrow-29k',
              model: 'SmolLM2-135M-Instruct',
            },
            {
              run: job.run,
              target: job.target ?? 'local',
              step: steps,
              final: true,
              path: 'out/model',
              local_path: job.target === 'local' ? '/runs/x' : null,
              bytes: 538_000_000,
              dataset: 'osmerrow-29k',
              model: 'SmolLM2-135M-Instruct',
            },
          ],
    log: logOf(started),
  };
}

function empty(job: JobStatus): RunSnapshot {
  return {
    run: job.run,
    revision: 0,
    status: job,
    training: null,
    gpus: [],
    versions: {},
    phases: [],
    series: [],
    checkpoints: [],
    log: [],
    endpoint:
      job.kind === 'serve' && job.state === 'running'
        ? { base_url: 'http://127.0.0.1:4455/v1', model: 'checkpoint' }
        : null,
  };
}

function logOf(started: number): RunSnapshot['log'] {
  return [
    { ts: started + 3, level: 'info', msg: 'Environment is there (lock 3f21…), nothing to download.' },
    { ts: started + 9, level: 'info', msg: 'fp32 weights on CPU, 134,515,008 parameters.' },
    { ts: started + 14, level: 'warn', msg: 'This machine has 2 cores: a step takes about 11 s.' },
  ];
}
