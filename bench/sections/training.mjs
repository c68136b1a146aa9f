/** Report sections of training: the sets it learns from, what the job costs beside a bare loop, what only a GPU shows. */
import { mb, number, percent, under } from './words.mjs';

const seconds = (value) => `${value < 10 ? value.toFixed(1) : number(value)} s`;
const tokens = (value) => `${number(value)} tokens`;

export function mixSection(mix) {
  const of = `training set of ${number(mix.rows)} samples`;
  const row = mix.bars.furthest_part_tokens;
  const exact = (what, off) => [`${of}: ${what}`, `${tokens(off)} off`, `≤ ${tokens(row)} (a row)`, off <= row];
  return {
    bars: [
      under(`${of}: from cached token ids`, mix.cached_s, mix.bars.cached_s, seconds),
      under(`${of}: memory`, mix.cached_rss_mb, mix.bars.cached_rss_mb, mb),
      exact('share of each part', mix.furthest_part_tokens),
      exact('share of replay', mix.replay_off_tokens),
      [`${of}: same seed, same bytes`, mix.same_bytes ? 'yes' : 'no', 'yes', Boolean(mix.same_bytes)],
    ],
    text: [
      `\`smt mix\`, bundled, twice: ${number(mix.rows)} invented samples of documents whose lengths differ forty-fold, questions to documents 1 : 1, 10 % replay:`,
      `${number(mix.train_rows)} rows of ${number(mix.train_tokens / 1e6)} million tokens, ${number(mix.megabytes)} MB, the longest row ${tokens(mix.longest_row)}.`,
      '',
      '| | seconds | peak RSS MB |',
      '| --- | --- | --- |',
      `| first, with tokenising | ${seconds(mix.first_s)} | ${number(mix.first_rss_mb)} |`,
      `| of it tokenising ${number(mix.tokenise_texts)} texts (${number(mix.tokenise_tokens_per_s)} tokens/s) | ${seconds(mix.tokenise_s)} | |`,
      `| again, from cached token ids | ${seconds(mix.cached_s)} (${seconds(mix.cached_cpu_s)} of processor time) | ${number(mix.cached_rss_mb)} |`,
    ],
  };
}

const MOST_OVERHEAD = 10;
const MOST_EVENTS = 0.5;

export function trainingSection(training) {
  const { overhead_percent: overhead, cpu_overhead_percent: cpu, events_percent: events } = training;
  return {
    bars: [
      [
        'training job beside a bare PyTorch loop, a step',
        percent(overhead),
        `≤ ${percent(MOST_OVERHEAD)}`,
        overhead <= MOST_OVERHEAD,
      ],
      ['the same in processor time', percent(cpu), `≤ ${percent(MOST_OVERHEAD)}`, cpu <= MOST_OVERHEAD],
      under('events of the training job, of its processor time', events, MOST_EVENTS, percent),
    ],
    text: [
      `The job as it is submitted (TRL's \`SFTTrainer\`, events, checkpoints) beside a loop of AdamW, clipping and schedule, in turn: ${training.model},`,
      `${training.rows}; ${training.machine}. Same rows, order and steps: the losses differ by ${training.largest_relative_difference_of_loss.toExponential(1)} at most.`,
      '',
      '| | ms a step | ms of processor time a step |',
      '| --- | --- | --- |',
      `| bare loop | ${training.bare_loop_ms_per_step} | ${training.bare_loop_cpu_ms_per_step} |`,
      `| job | ${training.job_ms_per_step} | ${training.job_cpu_ms_per_step} |`,
    ],
  };
}

const gib = (mebibytes) => `${(mebibytes / 1024).toFixed(1)} GiB`;

export function gpuSection({ measured, gpus, versions, tests, training }) {
  const shown = training.filter(({ problem }) => problem === undefined);
  const bars = [
    ...tests
      .filter(({ outcome }) => outcome !== 'skipped')
      .map(({ name, outcome }) => [
        `GPU: ${name.replaceAll('_', ' ').replace(/^test /, '')}`,
        outcome,
        'passed',
        outcome === 'passed',
      ]),
    ...shown.flatMap(({ model, rows, overhead_percent: overhead, events_percent: events }) => [
      [
        `GPU: job beside a bare PyTorch loop, a step (${model}, ${rows})`,
        percent(overhead),
        `≤ ${percent(MOST_OVERHEAD)}`,
        overhead <= MOST_OVERHEAD,
      ],
      under(`GPU: events of that job, of its processor time`, events, MOST_EVENTS, percent),
    ]),
  ];
  return {
    bars,
    text: [
      `\`bench/gpu.py\` on ${gpus.length} × ${[...new Set(gpus)].join(', ')}, ${measured}: ${Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', ')}.`,
      '',
      '| test of `worker/tests/test_gpu.py` | outcome | seconds |',
      '| --- | --- | --- |',
      ...tests.map(
        ({ name, outcome, reason, seconds: taken }) =>
          `| \`${name}\` | ${outcome}${reason ? `: ${reason}` : ''} | ${taken.toFixed(0)} |`,
      ),
      '',
      'The training job beside the bare loop, both in bf16 with fp32 masters and gradient checkpointing; random weights, since only',
      'time and memory are looked at. Losses are the same to the last column.',
      '',
      '| | ms a step, loop | job | tokens/s, job | GPU memory, loop | job | losses differ by |',
      '| --- | --- | --- | --- | --- | --- | --- |',
      ...shown.map(
        (run) =>
          `| ${run.model}, ${run.rows} | ${run.bare_loop_ms_per_step} | ${run.job_ms_per_step} | ${number(run.job_tokens_per_second)} | ${gib(run.bare_loop_gpu_mib)} | ${gib(run.job_gpu_mib)} | ${run.largest_relative_difference_of_loss.toExponential(1)} |`,
      ),
      ...training
        .filter(({ problem }) => problem !== undefined)
        .map((run) => `\nNot measured: \`${run.arguments.join(' ')}\`: ${run.problem.trim().split('\n').at(-1)}`),
    ],
  };
}
