import type { JobStatus } from '../contract/events.ts';
import type { JobEnd } from '../engine/jobs/index.ts';
import { dollars, duration, number, type Terminal } from './terminal.ts';

/** What a generating job leaves on the terminal: counts that add up, spend, and how to go on. */
export function summarise(terminal: Terminal, end: JobEnd, status: JobStatus | undefined, seconds: number): void {
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
