import * as vscode from 'vscode';
import type { Estimate, Interval } from '../../contract/estimate.ts';
import { count, duration, money, range } from '../views/figures.ts';

/** An estimate as the lines of a modal: every figure with its interval and where it comes from. */
export function estimateLines(estimate: Estimate): string[] {
  const language = vscode.env.language;
  const figure = (value: number) => count(value, language);
  const span = ({ low, high }: Interval, show: (value: number) => string) => range(low, high, show);
  const dollars = (value: number) => money(value, language);
  const lines = [
    vscode.l10n.t('Requests: {0} ({1})', span(estimate.requests, figure), estimate.requests.basis),
    vscode.l10n.t('Input tokens: {0} ({1})', span(estimate.input_tokens, figure), estimate.input_tokens.basis),
    vscode.l10n.t('Output tokens: {0} ({1})', span(estimate.output_tokens, figure), estimate.output_tokens.basis),
    estimate.cost
      ? vscode.l10n.t('Cost: {0} ({1})', span(estimate.cost, dollars), estimate.cost.basis)
      : vscode.l10n.t('Cost: not known (the endpoint has no price in your registry)'),
    estimate.seconds
      ? vscode.l10n.t('Time: {0} ({1})', span(estimate.seconds, duration), estimate.seconds.basis)
      : vscode.l10n.t('Time: not known before a preview has run'),
  ];
  if (estimate.answered > 0) {
    lines.push(
      vscode.l10n.t(
        '{0} of the planned requests are answered already and are not paid again.',
        figure(estimate.answered),
      ),
    );
  }
  if (estimate.ceiling.cost !== null) {
    lines.push(vscode.l10n.t('At the very most: {0}', dollars(estimate.ceiling.cost)));
  }
  for (const { origin, endpoint, local, documents, tokens } of estimate.destinations) {
    if (local) continue;
    lines.push(
      vscode.l10n.t(
        'Documents go to {0} ({1}): {2} documents, {3} tokens.',
        origin,
        endpoint,
        figure(documents),
        figure(tokens),
      ),
    );
  }
  return [...lines, ...estimate.notes];
}
