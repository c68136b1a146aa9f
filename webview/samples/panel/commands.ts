import type { ListCommand } from '../state/keyboard.ts';
import {
  decideSelected,
  move,
  openSource,
  questionOf,
  regenerateSelected,
  rewritesForQuestion,
  toggleActive,
  undo,
} from './decisions.ts';
import type { SamplesPanel } from './samplesPanel.ts';

/** What a command needs to know of the page as it is drawn. */
export interface Surroundings {
  /** Rows that fit on the screen. */
  readonly rowsPerScreen: number;
  readonly focusSearch: () => void;
  readonly focusDetails: () => void;
  readonly focusEditor: () => void;
}

/** Carries out what a key, a toolbar button or a menu means. */
export async function run(panel: SamplesPanel, command: ListCommand, around: Surroundings): Promise<void> {
  switch (command.do) {
    case 'move':
      return move(panel, command.to, command.extend, around.rowsPerScreen);
    case 'toggle':
      return toggleActive(panel);
    case 'selectAll':
      return panel.selectEverything();
    case 'escape':
      return panel.selectOnlyActive();
    case 'accept':
      return decideSelected(panel, 'accept');
    case 'reject':
      if (!command.note) return decideSelected(panel, 'reject');
      if (panel.trusted && panel.targets.length > 0) {
        panel.dialog = { show: 'note', samples: panel.targets };
        panel.changed();
      }
      return;
    case 'delete':
      return decideSelected(panel, 'delete');
    case 'edit':
      panel.keep({ tab: 'sample' });
      return around.focusEditor();
    case 'regenerate':
      if (panel.trusted) await regenerateSelected(panel);
      return;
    case 'rewrites':
      if (panel.trusted) await rewritesForQuestion(panel);
      return;
    case 'ownQuestion': {
      const document = questionOf(panel)?.document ?? panel.inspected.document;
      if (!document || !panel.trusted) return;
      panel.dialog = { show: 'question', document };
      panel.changed();
      return;
    }
    case 'undo':
      return undo(panel);
    case 'search':
      return around.focusSearch();
    case 'details':
      return around.focusDetails();
    case 'source': {
      const sample = panel.selection.active ? panel.list.find(panel.selection.active.id) : undefined;
      if (sample) await openSource(panel, sample.document, sample.source ?? null);
      else if (panel.inspected.document) await openSource(panel, panel.inspected.document);
      return;
    }
    case 'help':
      panel.dialog = { show: 'shortcuts' };
      panel.changed();
  }
}
