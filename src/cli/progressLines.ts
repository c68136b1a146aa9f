import type { JobStatus } from '../contract/events.ts';
import { dollars, duration, number } from './terminal.ts';

/** One line about a job's requests, or how far its phase is. */
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

/** One line about a run that trains: tokens, loss, pace, time left; or why nothing moves. */
export function runLine(status: JobStatus): string {
  const { phase, progress, metrics, message, unreachable_since, state } = status;
  const away =
    unreachable_since === undefined ? [] : [`unreachable since ${duration(Date.now() / 1000 - unreachable_since)}`];
  if (metrics?.loss === undefined)
    return [...away, ...(state === 'stopping' ? ['stopping'] : []), progressLine(status)].join(' · ');
  return [
    ...away,
    ...(state === 'stopping' ? ['stopping'] : []),
    phase,
    ...(progress
      ? [
          `${number.format(progress.done)}/${progress.total === null ? '?' : number.format(progress.total)} ${progress.unit}s`,
        ]
      : []),
    `loss ${metrics.loss.toFixed(3)}`,
    ...(metrics.eval_loss === undefined ? [] : [`held out ${metrics.eval_loss.toFixed(3)}`]),
    ...(metrics.train_tokens_per_second === undefined
      ? []
      : [`${number.format(Math.round(metrics.train_tokens_per_second))} tok/s`]),
    ...(progress?.eta_s === null || progress === undefined ? [] : [`${duration(progress.eta_s)} left`]),
    ...(message ? [message] : []),
  ].join(' · ');
}
