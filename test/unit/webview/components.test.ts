// @vitest-environment happy-dom
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { render } from 'lit';
import { describe, expect, it } from 'vitest';
import type { Sample } from '../../../src/contract/sample.ts';
import { failedState } from '../../../webview/emptyState.ts';
import { sampleCard } from '../../../webview/samples/view/sampleCard.ts';

const names = { method: (id: string) => id, document: (id: string) => id };
const sample: Sample = {
  v: 1,
  id: '0'.repeat(32),
  kind: 'qa',
  method: 'qa',
  document: 'a.md',
  state: 'rejected',
  reason: 'duplicate',
  detail: 'Asked before.',
  question: '<img src=x onerror=alert(1)> Why?',
  explanation: '[run](command:workbench.action.quit)',
  answer: '<script>alert(2)</script>',
  request: '1'.repeat(32),
  model: 'm',
  tokens: 5,
  document_hash: 'h',
  order: [0, 0],
};

function drawn(template: unknown): HTMLElement {
  const place = document.createElement('div');
  render(template, place);
  return place;
}

describe('a card', () => {
  it('writes what a model wrote as text: no element, no link comes out of it', () => {
    const card = drawn(sampleCard(sample, names));
    expect(card.querySelectorAll('img, script, a')).toHaveLength(0);
    expect(card.textContent).toContain('<img src=x onerror=alert(1)> Why?');
    expect(card.textContent).toContain('[run](command:workbench.action.quit)');
  });

  it('says the reason of a rejection, and who decided, in words', () => {
    const card = drawn(sampleCard({ ...sample, reviewed: true, original: 'x', stale: true, toy: true }, names));
    for (const word of ['Duplicate', 'Asked before.', 'Reviewed', 'Edited', 'Stale', 'Very small model'])
      expect(card.textContent).toContain(word);
  });
});

describe('a failed part of the page', () => {
  it('says what happened, what to do, and offers to try again and the log', () => {
    let again = 0;
    const part = drawn(
      failedState(
        'No list',
        { code: 'x', message: 'It broke.', hint: 'Mend it.' },
        () => again++,
        () => {},
      ),
    );
    expect(part.textContent).toContain('It broke.');
    expect(part.textContent).toContain('Mend it.');
    const [first, second] = part.querySelectorAll<HTMLElement>('ui-button');
    first?.click();
    expect(again).toBe(1);
    expect(second?.textContent).toBe('Show log');
  });
});

describe('the sources of the pages', () => {
  const root = join(process.cwd(), 'webview');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const sources = files.map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));

  it('name the control library in one module only', () => {
    const naming = sources.filter(({ text }) => /from '@vscode\/webview-ui-toolkit/.test(text));
    expect(naming.map(({ file }) => file)).toEqual(['controls.ts']);
  });

  it('write no HTML, no style attribute and no colour of their own', () => {
    for (const { file, text } of sources.filter((one) => !one.file.startsWith('dev'))) {
      expect(text, file).not.toMatch(/innerHTML|unsafeHTML|insertAdjacentHTML|styleMap|\sstyle="/);
      expect(text, file).not.toMatch(/#[0-9a-f]{3,8};|rgba?\(/i);
    }
  });
});
