import { describe, expect, it, vi } from 'vitest';
import { SamplesPanelState } from '../../../src/contract/panelState.ts';
import { Coalesced } from '../../../src/editor/panels/coalesce.ts';
import { pageDocument } from '../../../src/editor/panels/pageDocument.ts';
import { plainNotice } from '../../../src/editor/platform/plainNotice.ts';

const page = (nonce: string, title = 'Samples') =>
  pageDocument({
    nonce,
    cspSource: 'https://*.vscode-cdn.net',
    script: 'https://x.vscode-cdn.net/samples.js',
    styles: [],
    title,
    loading: 'Loading samples…',
    language: 'en',
  });

describe('the page of the Samples panel', () => {
  it('allows scripts with its nonce, nothing inline without, no connection and nothing from elsewhere', () => {
    const [, policy = ''] = /Content-Security-Policy" content="([^"]*)"/.exec(page('abc')) ?? [];
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'nonce-abc'",
      "style-src https://*.vscode-cdn.net 'nonce-abc'",
      'font-src https://*.vscode-cdn.net',
      'img-src https://*.vscode-cdn.net data:',
    ]);
    expect(page('abc')).toContain('<meta property="csp-nonce" content="abc">');
  });

  it('has no script or style element without the nonce and no style attribute', () => {
    const html = page('abc');
    for (const [tag] of html.matchAll(/<(script|style)[^>]*>/g)) expect(tag).toContain('nonce="abc"');
    expect(html).not.toMatch(/\sstyle="|\son\w+="/);
  });

  it('takes a project’s name as text', () => {
    expect(page('abc', '</title><script>alert(1)</script>')).not.toContain('<script>alert');
  });
});

describe('a notification', () => {
  it('has no link that runs a command, whoever wrote its words', () => {
    expect(plainNotice('Generate for “[click](command:workbench.action.quit)”?')).not.toMatch(/\]\(/);
    expect(plainNotice('Figures (3) and [lists] stay')).toBe('Figures (3) and [lists] stay');
  });
});

describe('what a page persisted', () => {
  it('is accepted in today’s shape with whatever else the page keeps', () => {
    expect(SamplesPanelState.safeParse({ v: 1, project: '/p', filter: {} }).success).toBe(true);
  });
  it('is refused in another', () => {
    for (const state of [undefined, null, 'x', { v: 2, project: '/p' }, { v: 1 }]) {
      expect(SamplesPanelState.safeParse(state).success).toBe(false);
    }
  });
});

describe('pushes to a page', () => {
  it('are at most ten a second, the first at once and the last never lost', async () => {
    vi.useFakeTimers();
    try {
      let state = 0;
      const sent: number[] = [];
      const pushes = new Coalesced(100, async () => void sent.push(state));
      for (let at = 0; at < 1000; at++) {
        state = at;
        pushes.request();
        await vi.advanceTimersByTimeAsync(1);
      }
      await vi.advanceTimersByTimeAsync(200);
      expect(sent.length).toBeLessThanOrEqual(11);
      expect(sent.at(-1)).toBe(999);
    } finally {
      vi.useRealTimers();
    }
  });

  it('never overlap: one asked for during another follows it', async () => {
    let release = () => {};
    let runs = 0;
    const pushes = new Coalesced(0, async () => {
      runs++;
      if (runs === 1) await new Promise<void>((done) => (release = done));
    });
    pushes.request();
    await vi.waitFor(() => expect(runs).toBe(1), 20_000);
    pushes.request();
    expect(runs).toBe(1);
    release();
    await vi.waitFor(() => expect(runs).toBe(2), 20_000);
  });
});
