import type { z } from 'zod';
import { MOST_IDS } from '../../../src/contract/rpc.ts';
import { Panel } from '../../../src/contract/samplesPanel.ts';
import type { Decision } from '../../../src/contract/samplesView.ts';
import { valueIn } from '../../resource.ts';
import type { ListCommand } from '../state/keyboard.ts';
import { pageOf } from '../state/pages.ts';
import { selectOne, toggleOne } from '../state/selection.ts';
import type { EditedFields } from '../state/uiState.ts';
import { count, decidedSummary, plural } from '../state/wording.ts';
import type { SamplesPanel } from './samplesPanel.ts';

/** Everything a person can do to samples. Decisions go to the host, which writes them down; nothing is changed here. */

type DecisionOnSamples = Extract<Decision, { samples: string[] }>;

export async function decide(panel: SamplesPanel, decision: Decision): Promise<string | undefined> {
  let question: string | undefined;
  await panel.attempt(async () => {
    const result = await panel.ask(Panel.decide, { decision });
    question = result.question;
    panel.canUndo = result.can_undo;
    panel.notice = { tone: 'done', text: result.summary };
    panel.announcement = result.summary;
    panel.changed();
    await panel.list.refresh('own');
    panel.inspected.refresh();
  });
  return question;
}

/**
 * A decision on more samples than one message should carry, in steps of one group: it is undone as one. What was
 * decided before a step failed stands, is said, and can be undone.
 */
async function decideInSteps(panel: SamplesPanel, decision: DecisionOnSamples): Promise<void> {
  const { samples } = decision;
  const group = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0'));
  const tally = { done: 0, left: 0, gone: 0 };
  const say = (text: string) => {
    panel.notice = { tone: 'done', text };
    panel.announcement = text;
    panel.changed();
  };
  await panel.attempt(async () => {
    try {
      for (let from = 0; from < samples.length; from += MOST_IDS) {
        const step = { ...decision, samples: samples.slice(from, from + MOST_IDS), group: group.join('') };
        const result = await panel.ask(Panel.decide, { decision: step });
        panel.canUndo = result.can_undo;
        for (const key of ['done', 'left', 'gone'] as const) tally[key] += result.tally?.[key] ?? 0;
        say(
          `${decidedSummary(decision.kind, tally)} (${count(from + step.samples.length)} of ${count(samples.length)})`,
        );
      }
      say(decidedSummary(decision.kind, tally));
    } finally {
      await panel.list.refresh('own');
      panel.inspected.refresh();
    }
  });
}

/** Accept, reject or delete what is selected; after a decision on one sample the next one comes up. */
export async function decideSelected(
  panel: SamplesPanel,
  kind: 'accept' | 'reject' | 'delete',
  note?: string,
): Promise<void> {
  const samples = panel.targets;
  if (samples.length === 0 || !panel.trusted) return;
  const active = panel.selection.active;
  const next = samples.length === 1 && active ? panel.list.at(active.index + 1) : undefined;
  panel.engaged = true;
  const decision: DecisionOnSamples =
    kind === 'reject' ? { kind, samples, ...(note ? { note } : {}) } : { kind, samples };
  const deciding = samples.length > MOST_IDS ? decideInSteps(panel, decision) : decide(panel, decision);
  if (next && active) panel.activate(selectOne(active.index + 1, next.id));
  await deciding;
}

export async function undo(panel: SamplesPanel): Promise<void> {
  if (panel.trusted) await decide(panel, { kind: 'undo' });
}

export async function saveEdit(panel: SamplesPanel, sample: string, fields: EditedFields): Promise<void> {
  if (Object.keys(fields).length > 0) await decide(panel, { kind: 'edit', sample, fields });
  panel.keep({ draft: null });
}

export type GenerateWhat = z.infer<typeof Panel.generate.params>;

/** Asks the extension for more samples; it asks for consent and shows what it costs. */
export async function generate(panel: SamplesPanel, what: GenerateWhat): Promise<boolean> {
  let started = false;
  await panel.attempt(async () => {
    const result = await panel.ask(Panel.generate, what);
    started = result.started;
    if (result.message) {
      panel.notice = { tone: 'done', text: result.message };
      panel.announcement = result.message;
      panel.changed();
    }
  });
  return started;
}
/** One after the other; a person who says no once is not asked again. */
export async function regenerateSelected(panel: SamplesPanel): Promise<void> {
  for (const sample of panel.targets) if (!(await generate(panel, { what: 'regenerate', sample }))) return;
}

/** The question that rewrites can be made for: that of a QA, or the one a rewrite was focused on. */
export function questionOf(panel: SamplesPanel): { document: string; query: { id: string; text: string } } | null {
  const lineage = valueIn(panel.inspected.lineage);
  const sample = lineage?.sample ?? (panel.selection.active ? panel.list.find(panel.selection.active.id) : undefined);
  if (!sample || sample.id !== panel.selection.active?.id) return null;
  if (sample.kind === 'qa' && sample.question !== undefined)
    return { document: sample.document, query: { id: sample.id, text: sample.question } };
  const query = lineage?.query;
  return query ? { document: sample.document, query: { id: query.id, text: query.text } } : null;
}

export async function rewritesForQuestion(panel: SamplesPanel): Promise<void> {
  const question = questionOf(panel);
  if (question) await generate(panel, { what: 'rewrites_for_question', ...question });
}

/** Stores a person's own question and asks for rewrites that serve it. */
export async function askOwnQuestion(panel: SamplesPanel, document: string, text: string): Promise<void> {
  const id = await decide(panel, { kind: 'question', document, text });
  if (id !== undefined) await generate(panel, { what: 'rewrites_for_question', document, query: { id, text } });
}

export async function openSource(
  panel: SamplesPanel,
  document: string,
  passage?: { start: number; end: number } | null,
): Promise<void> {
  await panel.attempt(async () => {
    await panel.ask(Panel.openSource, { document, ...(passage ?? {}) });
  });
}

export async function openText(panel: SamplesPanel, which: 'prompt' | 'completion'): Promise<void> {
  const sample = panel.inspected.sample;
  if (sample !== null)
    await panel.attempt(async () => {
      await panel.ask(Panel.openText, { sample, which });
    });
}

export async function stopJob(panel: SamplesPanel, run: string): Promise<void> {
  await panel.attempt(async () => {
    await panel.ask(Panel.stopJob, { run });
  });
}

export async function showLog(panel: SamplesPanel): Promise<void> {
  await panel.attempt(async () => {
    await panel.ask(Panel.showLog, null);
  });
}

/** Moves the active row. `page`: rows that fit on the screen. */
export async function move(
  panel: SamplesPanel,
  to: Extract<ListCommand, { do: 'move' }>['to'],
  extend: boolean,
  page: number,
): Promise<void> {
  const last = panel.list.total - 1;
  if (last < 0) return;
  const from = panel.selection.active?.index ?? -1;
  const steps = { next: from + 1, previous: from - 1, pageDown: from + page, pageUp: from - page, first: 0, last };
  const index = Math.min(Math.max(0, steps[to]), last);
  if (!panel.list.at(index)) await panel.list.load(pageOf(index));
  await panel.pick(index, { extend, toggle: false });
}

export function toggleActive(panel: SamplesPanel): void {
  const active = panel.selection.active;
  if (!active) return;
  panel.engaged = true;
  panel.activate(toggleOne(panel.selection, active.index, active.id));
  panel.announce(`${plural(panel.selection.ids.size, 'sample')} selected`);
}
