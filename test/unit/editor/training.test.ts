import { describe, expect, it } from 'vitest';
import { freeDatasetName, tokensIn } from '../../../src/editor/flows/datasetInput.ts';
import { bytes } from '../../../src/editor/views/figures.ts';

describe('tokens as a person types them', () => {
  it('are read with thousands, k and M', () => {
    expect(['29000', '29,000', '29 000', '29k', '1.5M', ' 2m '].map(tokensIn)).toEqual([
      29_000, 29_000, 29_000, 29_000, 1_500_000, 2_000_000,
    ]);
  });

  it('are refused where they are no whole positive number', () => {
    for (const text of ['', '0', '-3', 'many', '1e5', '3b', '0.0001']) expect(tokensIn(text), text).toBeUndefined();
  });
});

describe('the name of the next training set', () => {
  it('is what a folder may be called and nobody has', () => {
    expect(freeDatasetName('Osmerrow & Sons!', new Set())).toBe('osmerrow-sons');
    expect(freeDatasetName('osmerrow', new Set(['osmerrow', 'osmerrow-2']))).toBe('osmerrow-3');
    expect(freeDatasetName('日本', new Set())).toBe('set');
  });
});

describe('sizes', () => {
  it('are in powers of 1,000 with three digits', () => {
    expect([0, 12, 670_000_000, 1_614_000_000].map(bytes)).toEqual(['0 B', '12 B', '670 MB', '1.61 GB']);
  });
});
