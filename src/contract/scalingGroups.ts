import type { ScalingView } from './results.ts';

/** Curves in their order; those of one mixture on one benchmark that have no line for the same reason stand together. */
export function scalingGroups(views: readonly ScalingView[]): ScalingView[][] {
  const groups = new Map<string, ScalingView[]>();
  for (const view of views) {
    const { id, benchmark, split, mixture, fit } = view;
    const key = fit.kind === 'fit' ? id : JSON.stringify([benchmark, split, mixture, fit.reason]);
    groups.set(key, [...(groups.get(key) ?? []), view]);
  }
  return [...groups.values()];
}
