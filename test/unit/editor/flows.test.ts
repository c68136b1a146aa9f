import picomatch from 'picomatch';
import { describe, expect, it } from 'vitest';
import { escapeGlob } from '../../../src/editor/flows/escapeGlob.ts';
import { freeEndpointId } from '../../../src/editor/flows/freeEndpointId.ts';
import { locatePassage } from '../../../src/editor/flows/locatePassage.ts';
import { spread } from '../../../src/editor/flows/spread.ts';
import { type StepEnd, walkSteps } from '../../../src/editor/flows/steps.ts';

describe('a passage that is looked up in another text', () => {
  const extracted = 'The Lighthouse\n\nBuilt in 1871, it is 34 metres tall. Its keeper was Ada Brook.';

  it('is found without its markup and line breaks', () => {
    const found = locatePassage(extracted, '**Built** in\n1871, it is _34 metres_ tall.');
    expect(found && extracted.slice(found.start, found.end)).toBe('Built in 1871, it is 34 metres tall');
  });

  it('is the nearest to where it stood when it occurs more than once', () => {
    const text = 'Red door. Blue window. Red door.';
    expect(locatePassage(text, 'Red door', 0)).toEqual({ start: 0, end: 8 });
    expect(locatePassage(text, 'Red door', 0.9)).toEqual({ start: 23, end: 31 });
  });

  it('keeps offsets right behind characters outside the basic plane', () => {
    const text = '🌊🌊 𝐇arbour wall';
    const found = locatePassage(text, 'wall');
    expect(found && text.slice(found.start, found.end)).toBe('wall');
  });

  it('is not found where it is not, and nothing is found for no letters', () => {
    expect(locatePassage(extracted, 'another sentence')).toBeUndefined();
    expect(locatePassage(extracted, ' — … ')).toBeUndefined();
  });
});

describe('a preview of a folder', () => {
  it('gives each document something until the requests run out', () => {
    expect(spread(['a', 'b'], 6)).toEqual([
      { document: 'a', count: 3 },
      { document: 'b', count: 3 },
    ]);
    expect(spread(['a', 'b', 'c', 'd'], 6).map(({ count }) => count)).toEqual([1, 2, 1, 2]);
  });

  it('is spread over many documents, and of none there is none', () => {
    const hundred = Array.from({ length: 100 }, (_, at) => at);
    expect(spread(hundred, 5).map(({ document }) => document)).toEqual([0, 20, 40, 60, 80]);
    expect(spread([], 6)).toEqual([]);
  });
});

describe('a document id as a glob', () => {
  it('matches exactly that document, whatever its name', () => {
    for (const id of ['notes.md', 'a [draft] (1).md', 'x{1,2}.txt', 'what?*.md', 'log#3', '!no+@(yes).md']) {
      expect(picomatch.isMatch(id, escapeGlob(id)), id).toBe(true);
    }
    expect(picomatch.isMatch('what-is.md', escapeGlob('what*.md'))).toBe(false);
    expect(picomatch.isMatch('x1.txt', escapeGlob('x{1,2}.txt'))).toBe(false);
  });
});

describe('the id of a new endpoint', () => {
  it('is what the registry allows and nobody has', () => {
    expect(freeEndpointId('LM Studio', new Set())).toBe('lm-studio');
    expect(freeEndpointId('Ollama', new Set(['ollama', 'ollama-2']))).toBe('ollama-3');
    expect(freeEndpointId('builtin', new Set())).toBe('builtin-2');
    expect(freeEndpointId('***', new Set())).toBe('endpoint');
  });
});

describe('a multi-step pick', () => {
  /** Answers each step with the next of its script and records what was shown. */
  function scripted(script: StepEnd[][]) {
    const shown: string[] = [];
    const steps = script.map(
      (ends, at) =>
        async ({ step, back }: { step?: { at: number; of: number }; back?: boolean }) => {
          shown.push(`${at}:${step?.at}/${step?.of}${back ? ' back' : ''}`);
          return ends.shift() ?? 'dismissed';
        },
    );
    return { steps, shown };
  }

  it('goes through with step numbers and Back from the second on', async () => {
    const { steps, shown } = scripted([['next'], ['next'], ['next']]);
    expect(await walkSteps(steps)).toBe(true);
    expect(shown).toEqual(['0:1/3', '1:2/3 back', '2:3/3 back']);
  });

  it('goes back over a skipped step', async () => {
    const { steps, shown } = scripted([
      ['next', 'next'],
      ['skip', 'skip'],
      ['back', 'next'],
    ]);
    expect(await walkSteps(steps)).toBe(true);
    expect(shown.map((step) => step[0])).toEqual(['0', '1', '2', '0', '1', '2']);
  });

  it('asks a step again, and ends when dismissed', async () => {
    const { steps, shown } = scripted([['again', 'next'], ['dismissed']]);
    expect(await walkSteps(steps)).toBe(false);
    expect(shown).toHaveLength(3);
  });
});
