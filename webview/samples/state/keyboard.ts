/** The keyboard of the panel: what a key means, apart from where it is handled. Also the source of the `?` page. */

export type ListCommand =
  | { do: 'move'; to: 'next' | 'previous' | 'pageDown' | 'pageUp' | 'first' | 'last'; extend: boolean }
  | { do: 'toggle' }
  | { do: 'selectAll' }
  | { do: 'escape' }
  | { do: 'accept' }
  | { do: 'reject'; note: boolean }
  | { do: 'edit' }
  | { do: 'delete' }
  | { do: 'regenerate' }
  | { do: 'rewrites' }
  | { do: 'ownQuestion' }
  | { do: 'undo' }
  | { do: 'search' }
  | { do: 'details' }
  | { do: 'source' }
  | { do: 'help' };

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

const moves = new Map<string, 'next' | 'previous' | 'pageDown' | 'pageUp' | 'first' | 'last'>([
  ['ArrowDown', 'next'],
  ['j', 'next'],
  ['ArrowUp', 'previous'],
  ['k', 'previous'],
  ['PageDown', 'pageDown'],
  ['PageUp', 'pageUp'],
  ['Home', 'first'],
  ['End', 'last'],
]);

const letters = new Map<string, ListCommand>([
  ['a', { do: 'accept' }],
  ['r', { do: 'reject', note: false }],
  ['e', { do: 'edit' }],
  ['g', { do: 'regenerate' }],
  ['f', { do: 'rewrites' }],
  ['q', { do: 'ownQuestion' }],
  ['u', { do: 'undo' }],
  ['o', { do: 'source' }],
]);

/** The command of a key pressed in the list, or nothing when the key is not ours (VS Code's, or the browser's). */
export function listCommand(press: KeyPress): ListCommand | null {
  const { key, shiftKey } = press;
  const mod = press.ctrlKey || press.metaKey;
  if (press.altKey) return null;
  if (mod) {
    if (shiftKey) return null;
    const lower = key.toLowerCase();
    if (lower === 'a') return { do: 'selectAll' };
    if (lower === 'z') return { do: 'undo' };
    if (lower === 'f') return { do: 'search' };
    return null;
  }
  // `?` and `/` need Shift on some keyboards, so what was typed counts, not how.
  if (key === '?') return { do: 'help' };
  if (key === '/') return { do: 'search' };
  const lower = key.length === 1 ? key.toLowerCase() : key;
  const to = moves.get(lower);
  if (to !== undefined) return { do: 'move', to, extend: shiftKey };
  if (key === 'R' && shiftKey) return { do: 'reject', note: true };
  if (shiftKey && key.length === 1 && key !== ' ') return null;
  if (key === ' ') return { do: 'toggle' };
  if (key === 'Enter') return { do: 'details' };
  if (key === 'Escape') return { do: 'escape' };
  if (key === 'Delete' || key === 'Backspace') return { do: 'delete' };
  return letters.get(key) ?? null;
}

/**
 * Whether a key typed outside the list (on a button, in the source text) still means the list's command: letters do,
 * keys that move, scroll or press whatever has the focus stay with it.
 */
export function meansListEverywhere(press: KeyPress): boolean {
  if (press.ctrlKey || press.metaKey) return press.key.toLowerCase() === 'z';
  return press.key.length === 1 && press.key !== ' ';
}

export type AuditCommand = 'right' | 'wrong' | 'back' | 'skip' | 'leave';

export function auditCommand(press: KeyPress): AuditCommand | null {
  if (press.ctrlKey || press.metaKey || press.altKey) return null;
  switch (press.key) {
    case 'y':
    case 'Y':
      return 'right';
    case 'n':
    case 'N':
      return 'wrong';
    case 'b':
    case 'ArrowLeft':
    case 'Backspace':
      return 'back';
    case 's':
    case 'ArrowRight':
      return 'skip';
    case 'Escape':
      return 'leave';
    default:
      return null;
  }
}

/** What `?` shows, in the order of a person's work. */
export const SHORTCUTS: readonly { heading: string; keys: readonly { keys: readonly string[]; what: string }[] }[] = [
  {
    heading: 'Move and select',
    keys: [
      { keys: ['j', 'k'], what: 'Next, previous (also ↓ ↑)' },
      { keys: ['Home', 'End'], what: 'First, last' },
      { keys: ['Space'], what: 'Add this one to the selection, or take it out' },
      { keys: ['Shift+↓', 'Shift+↑'], what: 'Extend the selection' },
      { keys: ['Ctrl+A'], what: 'Select all that match the filter' },
      { keys: ['Esc'], what: 'Only this one' },
      { keys: ['Enter'], what: 'Go to the details' },
    ],
  },
  {
    heading: 'Decide',
    keys: [
      { keys: ['a'], what: 'Accept' },
      { keys: ['r'], what: 'Reject' },
      { keys: ['Shift+R'], what: 'Reject with a note' },
      { keys: ['e'], what: 'Edit (the original is kept)' },
      { keys: ['Delete'], what: 'Delete' },
      { keys: ['u', 'Ctrl+Z'], what: 'Undo' },
    ],
  },
  {
    heading: 'Get more',
    keys: [
      { keys: ['g'], what: 'Regenerate' },
      { keys: ['f'], what: 'Focal rewrites for this question' },
      { keys: ['q'], what: 'Ask your own question' },
    ],
  },
  {
    heading: 'Find',
    keys: [
      { keys: ['/'], what: 'Search' },
      { keys: ['o'], what: 'Open the file at the passage' },
      { keys: ['?'], what: 'These shortcuts' },
    ],
  },
  {
    heading: 'Audit',
    keys: [
      { keys: ['y', 'n'], what: 'Right, wrong' },
      { keys: ['b', 's'], what: 'Back, skip (also ← →)' },
    ],
  },
];
