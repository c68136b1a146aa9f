import { activeReadingMethod } from './methods/activeReading.ts';
import { focalRewritingMethod } from './methods/focalRewriting.ts';
import { qaMethod } from './methods/qa.ts';
import { smallActiveReadingMethod, smallFocalRewritingMethod, smallQaMethod } from './small/index.ts';
import type { Method } from './types.ts';

/** `standard` for generators of 3B parameters and more, `small` for the built-in very small model. */
export type Profile = 'standard' | 'small';

/** Order matters: it is the plan's order within a document, and what duplicates are decided by. New methods go last. */
const methods: Readonly<Record<Profile, readonly Method[]>> = {
  standard: [qaMethod, activeReadingMethod, focalRewritingMethod],
  small: [smallQaMethod, smallActiveReadingMethod, smallFocalRewritingMethod],
};

/** The methods of a prompt profile, in plan order. */
export function methodsFor(profile: Profile): readonly Method[] {
  return methods[profile];
}

/** What each method is called, whatever profile it is of: samples of both may lie in one project. */
export function methodLabels(): ReadonlyMap<string, string> {
  return new Map([...methods.small, ...methods.standard].map(({ id, label }) => [id, label]));
}
