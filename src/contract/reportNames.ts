import type { ResultCell, ResultsSummary } from './results.ts';

/** What people read for a model of the report: a run's id says nothing, what it was trained on does. */
export function modelName({ models }: Pick<ResultsSummary, 'models'>, model: string): string {
  return models.find((known) => known.model === model)?.name ?? model;
}

/** The same where it begins a label. */
export function modelLabel(summary: Pick<ResultsSummary, 'models'>, model: string): string {
  return model === 'base' ? 'Base' : modelName(summary, model);
}

export const scoringLabel = (scoring: ResultCell['scoring']): string =>
  scoring === 'generate' ? 'written answers' : scoring.replaceAll('_', ' ');
