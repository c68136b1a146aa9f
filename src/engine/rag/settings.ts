import { type RetrievalOverride, RetrievalSettings } from '../../contract/retrieval.ts';
import { RetrievalProblem } from './problem.ts';

/** `retrieval` of smt.yaml with an override laid over it. @throws RetrievalProblem `settings` */
export function effectiveSettings(base: RetrievalSettings, override: RetrievalOverride = {}): RetrievalSettings {
  const given = Object.fromEntries(Object.entries(override).filter(([, value]) => value !== undefined));
  const settings = RetrievalSettings.parse({ ...base, ...given });
  if (settings.chunk_overlap * 2 > settings.chunk_size) {
    throw new RetrievalProblem(
      'settings',
      `retrieval.chunk_overlap (${settings.chunk_overlap}) is more than half of chunk_size (${settings.chunk_size}). Choose a smaller overlap.`,
    );
  }
  return settings;
}
