import * as vscode from 'vscode';
import type { MixturePlan } from '../../contract/datasetRpc.ts';
import { count } from '../views/figures.ts';
import { partLabel } from '../views/partLabel.ts';

/** What the samples allow, part by part, and what a person should know. */
export function mixtureLines(plan: MixturePlan, tokens?: number): string[] {
  const language = vscode.env.language;
  const figure = (value: number) => count(value, language);
  const asked = tokens ?? plan.asked_tokens ?? plan.possible_tokens;
  const lines = [
    vscode.l10n.t('{0} synthetic tokens of {1}', figure(Math.min(asked, plan.possible_tokens)), plan.student),
    ...plan.parts.map(({ label, share, available_tokens, available_samples }) =>
      vscode.l10n.t(
        '{0}: {1} % of it; {2} tokens in {3} samples are there',
        partLabel(label),
        Math.round(share * 100),
        figure(available_tokens),
        figure(available_samples),
      ),
    ),
  ];
  if (plan.replay_tokens > 0) lines.push(vscode.l10n.t('Replay: {0} tokens', figure(plan.replay_tokens)));
  if (plan.toy) {
    lines.push(
      vscode.l10n.t('The samples are of the built-in model: they show how it works, they are not worth training on.'),
    );
  }
  return [...lines, ...plan.notes];
}
