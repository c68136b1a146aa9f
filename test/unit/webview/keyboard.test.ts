import { describe, expect, it } from 'vitest';
import {
  auditCommand,
  type KeyPress,
  listCommand,
  meansListEverywhere,
  SHORTCUTS,
} from '../../../webview/samples/state/keyboard.ts';

function press(written: string): KeyPress {
  const parts = written.split('+');
  const key = parts.at(-1) ?? '';
  const named: Record<string, string> = { Space: ' ', '↓': 'ArrowDown', '↑': 'ArrowUp', Esc: 'Escape' };
  return {
    key: parts.includes('Ctrl') ? key.toLowerCase() : (named[key] ?? key),
    ctrlKey: parts.includes('Ctrl'),
    metaKey: parts.includes('Cmd'),
    shiftKey: parts.includes('Shift'),
    altKey: parts.includes('Alt'),
  };
}

describe('the keyboard of the list', () => {
  it.each([
    ['j', { do: 'move', to: 'next', extend: false }],
    ['↑', { do: 'move', to: 'previous', extend: false }],
    ['Shift+↓', { do: 'move', to: 'next', extend: true }],
    ['a', { do: 'accept' }],
    ['r', { do: 'reject', note: false }],
    ['Shift+R', { do: 'reject', note: true }],
    ['e', { do: 'edit' }],
    ['Delete', { do: 'delete' }],
    ['g', { do: 'regenerate' }],
    ['u', { do: 'undo' }],
    ['Ctrl+Z', { do: 'undo' }],
    ['Ctrl+A', { do: 'selectAll' }],
    ['Space', { do: 'toggle' }],
    ['/', { do: 'search' }],
    ['?', { do: 'help' }],
    ['Shift+?', { do: 'help' }],
    ['Shift+/', { do: 'search' }],
  ])('%s', (written, command) => {
    expect(listCommand(press(written))).toEqual(command);
  });

  it('leaves VS Code’s and the browser’s keys alone', () => {
    for (const written of ['Ctrl+P', 'Ctrl+Shift+P', 'Alt+a', 'Tab', 'F1', 'Shift+A', 'Ctrl+R', 'x'])
      expect(listCommand(press(written)), written).toBeNull();
  });

  it('outside the list only letters and signs mean the list: moving and pressing keys stay where the focus is', () => {
    for (const written of ['a', 'r', '/', '?', 'Ctrl+Z'])
      expect(meansListEverywhere(press(written)), written).toBe(true);
    for (const written of ['Space', 'Enter', '↓', 'Home', 'Esc', 'Delete', 'Ctrl+A'])
      expect(meansListEverywhere(press(written)), written).toBe(false);
  });

  it('every shortcut that the ? page shows does something', () => {
    for (const { heading, keys } of SHORTCUTS)
      for (const shortcut of keys)
        for (const key of shortcut.keys) {
          const command = heading === 'Audit' ? auditCommand(press(key)) : listCommand(press(key));
          expect(command, `${heading}: ${key}`).not.toBeNull();
        }
  });
});

describe('the keyboard of the audit', () => {
  it('judges, goes back, skips and leaves', () => {
    expect(['y', 'n', 'b', 's', 'Esc', '↓'].map((key) => auditCommand(press(key)))).toEqual([
      'right',
      'wrong',
      'back',
      'skip',
      'leave',
      null,
    ]);
  });
});
