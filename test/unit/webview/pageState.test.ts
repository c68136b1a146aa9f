import { describe, expect, it } from 'vitest';
import { SamplesPanelState } from '../../../src/contract/panelState.ts';
import { makeSamples } from '../../../webview/dev/fixture.ts';
import { firstOpen, rateInWords, tally } from '../../../webview/samples/state/audit.ts';
import { changedFields, fieldsOf } from '../../../webview/samples/state/draft.ts';
import { freshUiState, revived } from '../../../webview/samples/state/uiState.ts';
import { duration, money, plural, reasonsInWords } from '../../../webview/samples/state/wording.ts';

describe('what the page remembers', () => {
  const state = { ...freshUiState('/a'), filter: { text: 'fog' }, active: { id: 'x', index: 4 } };

  it('comes back after a reload, and is what the editor’s serializer reads', () => {
    const stored: unknown = JSON.parse(JSON.stringify(state));
    expect(revived(stored, '/a')).toEqual(state);
    expect(SamplesPanelState.parse(stored)).toMatchObject({ v: 1, project: '/a' });
  });

  it('is left behind for another project, an older shape, or nonsense', () => {
    for (const stored of [state, { ...state, v: 0 }, null, 'x', { ...state, filter: { state: 'maybe' } }])
      expect(revived(stored, '/b')).toEqual(freshUiState('/b'));
  });

  it('holds no sample, no text of a document: only how they were looked at', () => {
    expect(Object.keys(freshUiState('/a')).sort()).toEqual([
      'active',
      'audit',
      'document',
      'draft',
      'filter',
      'narrow',
      'project',
      'split',
      'tab',
      'top',
      'v',
    ]);
  });
});

describe('a sample that is edited', () => {
  const sample = makeSamples(40).find((one) => one.kind === 'qa');
  if (!sample) throw new Error('the fixture has no question');

  it('offers question, explanation and answer, also where one is missing', () => {
    const { answer: _answer, ...without } = sample;
    expect(fieldsOf(without).map(({ name }) => name)).toEqual(['question', 'explanation', 'answer']);
    expect(fieldsOf(without).at(-1)?.value).toBe('');
  });

  it('sends only what was changed', () => {
    expect(changedFields(sample, { question: 'Why?', answer: sample.answer ?? '' })).toEqual({ question: 'Why?' });
    expect(changedFields(sample, {})).toEqual({});
  });
});

describe('an audit', () => {
  const samples = [true, null, false, null].map((right, at) => ({ id: String(at), method: 'qa', right }));

  it('goes on at the first sample without a verdict', () => {
    expect(firstOpen(samples)).toBe(1);
    expect(firstOpen(samples.map((one) => ({ ...one, right: true })))).toBe(4);
  });

  it('counts judged, wrong and skipped', () => {
    expect(tally(samples, 3)).toEqual({ judged: 2, wrong: 1, skipped: 1 });
  });

  it('says the rate with its interval, and no rate where nothing was judged', () => {
    const method = { method: 'qa', judged: 20, wrong: 2, rate: 0.1, ci95: [0.028, 0.301] as [number, number] };
    expect(rateInWords(method)).toBe('10 % (3–30 %)');
    expect(rateInWords({ ...method, rate: null, ci95: null })).toBe('not judged yet');
  });
});

describe('numbers in words', () => {
  it('durations grow coarser', () => {
    expect([0.25, 3.21, 45, 100, 7200, 200_000].map(duration)).toEqual([
      '250 ms',
      '3.2 s',
      '45 s',
      '2 min',
      '2.0 h',
      '2 days',
    ]);
  });

  it('an unknown price is no zero', () => {
    expect([null, 0, 0.0042, 1.5].map(money)).toEqual(['no price known', '$0', '$0.0042', '$1.50']);
  });

  it('counts and reasons', () => {
    expect(plural(1, 'sample')).toBe('1 sample');
    expect(plural(1200, 'sample')).toBe('1,200 samples');
    expect(reasonsInWords({ leak: 1, duplicate: 12, empty: 0 })).toBe('12 duplicate, 1 leak');
  });
});
