import * as vscode from 'vscode';
import type { JobStatus } from '../../contract/events.ts';
import { count, duration, money, rate } from './figures.ts';
import { groupOf } from './jobGroups.ts';

/** What a job does, in a word. */
export function kindLabel(kind: JobStatus['kind']): string {
  return {
    generate: vscode.l10n.t('generation'),
    index: vscode.l10n.t('indexing'),
    mix: vscode.l10n.t('training set'),
    train: vscode.l10n.t('training'),
    evaluate: vscode.l10n.t('evaluation'),
    experiment: vscode.l10n.t('experiment'),
    serve: vscode.l10n.t('serving'),
  }[kind];
}

/** A job whose target does not answer: it is as it was last known, neither failed nor lost. */
export function isUnreachable(job: Pick<JobStatus, 'state' | 'unreachable_since'>): boolean {
  return job.unreachable_since !== undefined && groupOf(job) === 'running';
}

/** A job's state in a word. @param now Unix seconds */
export function stateLabel(
  job: Pick<JobStatus, 'state' | 'paused' | 'unreachable_since'>,
  now = Date.now() / 1000,
): string {
  const { state, paused, unreachable_since } = job;
  if (isUnreachable(job)) {
    return vscode.l10n.t('unreachable since {0}', duration(Math.max(0, now - (unreachable_since ?? now))));
  }
  switch (state) {
    case 'queued':
      return vscode.l10n.t('queued');
    case 'preparing':
      return vscode.l10n.t('preparing');
    case 'running':
      return vscode.l10n.t('running');
    case 'stopping':
      return vscode.l10n.t('stopping');
    case 'paused':
      switch (paused?.cause) {
        case 'budget':
          return vscode.l10n.t('paused: the budget is used up');
        case 'quota':
          return vscode.l10n.t('paused: the endpoint refuses more');
        case 'key':
          return vscode.l10n.t('paused: a key is missing or refused');
        case 'endpoint':
          return vscode.l10n.t('paused: the endpoint does not answer');
        default:
          return vscode.l10n.t('paused');
      }
    case 'succeeded':
      return vscode.l10n.t('done');
    case 'failed':
      return vscode.l10n.t('failed');
    case 'cancelled':
      return vscode.l10n.t('cancelled');
    case 'lost':
      return vscode.l10n.t('lost: its process is gone');
  }
}

/** State · phase · progress · rate · time left · spend, as far as each is known. No made-up percentage. */
export function jobDescription(job: JobStatus): string {
  const { progress, counts } = job;
  const language = vscode.env.language;
  const running = job.state === 'running' && !isUnreachable(job);
  const done = progress
    ? progress.total === null
      ? count(progress.done, language)
      : `${count(progress.done, language)} / ${count(progress.total, language)}`
    : undefined;
  const spend = counts
    ? counts.cost === null || counts.cost === 0
      ? vscode.l10n.t('{0} tokens', count(counts.input_tokens + counts.output_tokens, language))
      : money(counts.cost, language)
    : undefined;
  return [
    stateLabel(job),
    running ? job.phase : undefined,
    done,
    running && progress?.rate ? vscode.l10n.t('{0}/s', rate(progress.rate)) : undefined,
    running && progress?.eta_s ? vscode.l10n.t('{0} left', duration(progress.eta_s)) : undefined,
    spend,
    job.metrics?.loss === undefined ? undefined : vscode.l10n.t('loss {0}', Number(job.metrics.loss.toPrecision(3))),
    job.target === undefined || job.target === 'local' ? undefined : vscode.l10n.t('on {0}', job.target),
  ]
    .filter((part) => part !== undefined && part !== '')
    .join(' · ');
}

/** Last message, where it runs, and for a generating job the counts that add up, with rejections by reason. */
export function jobTooltip(job: JobStatus): string {
  const { counts } = job;
  const lines = [
    job.title,
    stateLabel(job),
    job.paused?.message,
    ...(job.paused?.reasons ?? []).map(({ reason, count: times }) => `  ${times} × ${reason}`),
    job.message,
    vscode.l10n.t('Run {0} on {1}', job.run, job.host),
  ];
  if (isUnreachable(job)) {
    lines.push(
      vscode.l10n.t('The target does not answer. The job goes on there and is read again once it can be reached.'),
    );
  }
  if (counts) {
    const rejected = Object.entries(counts.rejected).filter(([, times]) => times > 0);
    lines.push(
      vscode.l10n.t(
        'Requests: {0} planned = {1} answered + {2} failed + {3} pending',
        counts.planned,
        counts.answered,
        counts.failed,
        counts.pending,
      ),
      vscode.l10n.t('Samples: {0} made, {1} accepted', counts.samples, counts.accepted),
      ...rejected.map(([reason, times]) => vscode.l10n.t('  {0} rejected: {1}', times, reason)),
      vscode.l10n.t('Tokens: {0} in, {1} out', counts.input_tokens, counts.output_tokens),
    );
    if (counts.reused > 0) lines.push(vscode.l10n.t('{0} answers were there before and not paid again', counts.reused));
  }
  return lines.filter((line) => line !== undefined && line !== '').join('\n');
}
