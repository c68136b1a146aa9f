import { describe, expect, it } from 'vitest';
import {
  activeParts,
  isUnfiltered,
  normalFilter,
  sameFilter,
  toggled,
  withState,
} from '../../../webview/samples/state/filter.ts';

describe('the filter of the list', () => {
  it('is the same filter whatever the order of its values and however its absent parts are written', () => {
    expect(
      sameFilter({ methods: ['b', 'a'], text: ' fog ' }, { text: 'fog', methods: ['a', 'b'], documents: [] }),
    ).toBe(true);
    expect(sameFilter({ reviewed: false }, {})).toBe(false);
    expect(isUnfiltered({ text: '  ', reasons: [] })).toBe(true);
  });

  it('switches a value on and off', () => {
    const on = toggled({}, 'methods', 'synthetic_qa');
    expect(on).toEqual({ methods: ['synthetic_qa'] });
    expect(toggled(on, 'methods', 'synthetic_qa')).toEqual({});
  });

  it('drops a passage when the document changes, as its offsets belong to one document', () => {
    const passage = normalFilter({ documents: ['a.md'], range: { start: 1, end: 9 } });
    expect(toggled(passage, 'documents', 'b.md')).toEqual({ documents: ['a.md', 'b.md'] });
  });

  it('drops reasons with the rejected samples they belong to', () => {
    expect(withState({ state: 'rejected', reasons: ['leak'] }, 'accepted')).toEqual({ state: 'accepted' });
    expect(withState({ reasons: ['leak'] }, 'rejected')).toEqual({ state: 'rejected', reasons: ['leak'] });
  });

  it('names every active part with the filter that is left without it', () => {
    const names = { method: (id: string) => `method ${id}`, document: (id: string) => id, reason: (id: string) => id };
    const parts = activeParts({ methods: ['qa'], stale: true, reviewed: false }, names);
    expect(parts.map(({ label }) => label)).toEqual(['method qa', 'Not reviewed', 'Stale']);
    expect(parts[0]?.without).toEqual({ stale: true, reviewed: false });
  });
});
