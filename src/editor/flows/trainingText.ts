import * as vscode from 'vscode';
import type { TrainingEstimate } from '../../contract/training.ts';
import { bytes, count, duration, money, range } from '../views/figures.ts';

/** An estimate of a training job as the lines of a modal. What is not known is said to be unknown. */
export function trainingLines(estimate: TrainingEstimate): string[] {
  const language = vscode.env.language;
  const { gpus, seconds, cost, memory_needed, memory_there, disk_needed, disk_there, setup_bytes } = estimate;
  const lines = [
    gpus.length === 0
      ? vscode.l10n.t('Target: {0}, no GPU', estimate.target)
      : vscode.l10n.t('Target: {0}, {1} × {2}', estimate.target, gpus.length, gpus[0]?.name ?? 'GPU'),
    vscode.l10n.t('Steps: {0}; tokens seen: {1}', count(estimate.steps, language), count(estimate.tokens, language)),
    seconds
      ? vscode.l10n.t('Time: {0}', range(seconds[0], seconds[1], duration))
      : vscode.l10n.t('Time: not known before a first run on this target'),
    costLine(cost),
    memory_needed === null
      ? vscode.l10n.t('Memory: not known')
      : vscode.l10n.t(
          'Memory: {0} needed, {1} there',
          bytes(memory_needed),
          memory_there === null ? '?' : bytes(memory_there),
        ),
    disk_needed === null
      ? vscode.l10n.t('Disk: not known')
      : vscode.l10n.t('Disk: {0} needed, {1} free', bytes(disk_needed), disk_there === null ? '?' : bytes(disk_there)),
  ];
  if (setup_bytes === null) lines.push(vscode.l10n.t('Set-up: not known'));
  else if (setup_bytes > 0) {
    lines.push(vscode.l10n.t('Set-up: {0} of Python packages are downloaded once', bytes(setup_bytes)));
  }
  return [...lines, ...estimate.notes.filter(({ level }) => level !== 'block').map(({ text }) => text)];
}

/** Money as a line of a modal. */
export function costLine(cost: TrainingEstimate['cost']): string {
  if (cost === null) return vscode.l10n.t('Cost: not known (the target has no price_per_hour)');
  const { language } = vscode.env;
  return vscode.l10n.t(
    'Cost: {0}',
    range(cost[0], cost[1], (value) => money(value, language)),
  );
}

/** What keeps the job from being submitted. */
export function blockingNotes({ notes }: Pick<TrainingEstimate, 'notes'>): string[] {
  return notes.filter(({ level }) => level === 'block').map(({ text }) => text);
}
