import type { AuditReport } from '../../../src/contract/samplesView.ts';

export type Verdicts = readonly { id: string; method: string; right: boolean | null }[];

/** Position of the first sample without a verdict; the number of samples when there is none. */
export function firstOpen(samples: Verdicts): number {
  const at = samples.findIndex((sample) => sample.right === null);
  return at < 0 ? samples.length : at;
}

export interface AuditTally {
  judged: number;
  wrong: number;
  skipped: number;
}

/** @param at position reached; samples before it without a verdict were skipped */
export function tally(samples: Verdicts, at: number): AuditTally {
  return {
    judged: samples.filter((sample) => sample.right !== null).length,
    wrong: samples.filter((sample) => sample.right === false).length,
    skipped: samples.slice(0, at).filter((sample) => sample.right === null).length,
  };
}

/** `12 % (4–31 %)`, or why there is no number. */
export function rateInWords(method: AuditReport['methods'][number]): string {
  if (method.rate === null || method.ci95 === null) return 'not judged yet';
  const [low, high] = method.ci95;
  return `${(method.rate * 100).toFixed(0)} % (${(low * 100).toFixed(0)}–${(high * 100).toFixed(0)} %)`;
}
