import * as vscode from 'vscode';
import type { MixturePlan } from '../../contract/datasetRpc.ts';
import { count } from '../views/figures.ts';

/** A number of tokens as people write it: `29000`, `29,000`, `29k`, `1.5M`; undefined where it is none. */
export function tokensIn(text: string): number | undefined {
  const [, digits, unit = ''] = /^\s*(\d[\d,_ ]*(?:\.\d+)?)\s*([kKmM]?)\s*$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const factor = { k: 1_000, m: 1_000_000 }[unit.toLowerCase()] ?? 1;
  const tokens = Math.round(Number(digits.replace(/[,_ ]/g, '')) * factor);
  return Number.isSafeInteger(tokens) && tokens > 0 ? tokens : undefined;
}

/** A name for the next training set that is what the folder may be called and that nobody has. */
export function freeDatasetName(project: string, known: ReadonlySet<string>): string {
  const stem =
    project
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[^a-z0-9]+/, '')
      .slice(0, 40)
      .replace(/[-._]+$/, '') || 'set';
  if (!known.has(stem)) return stem;
  for (let at = 2; ; at++) if (!known.has(`${stem}-${at}`)) return `${stem}-${at}`;
}

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
        label,
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
