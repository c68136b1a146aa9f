import { probeScoring } from '../../llm/index.ts';
import type { AnsweringModel, ModelsResult } from './openModels.ts';

/**
 * Asks each endpoint once whether it can tell the likelihood of choices; weights always can, by the worker.
 *
 * @returns the models with what was found, and for a person who cannot and why; or why nobody could be asked
 */
export async function scoringModels(
  models: readonly AnsweringModel[],
  signal: AbortSignal,
): Promise<{ ok: true; models: AnsweringModel[]; notes: string[] } | Extract<ModelsResult, { ok: false }>> {
  const found: AnsweringModel[] = [];
  const notes: string[] = [];
  for (const model of models) {
    if (model.via.kind === 'worker') {
      found.push(model);
      continue;
    }
    const scoring = await probeScoring(model.via.endpoint, signal);
    if (scoring.kind === 'unknown') return { ok: false, cause: scoring.cause, message: scoring.message };
    if (scoring.kind === 'none')
      notes.push(
        `No likelihoods from ${model.name}: ${scoring.reason}. Chat-only endpoints cannot do this: use --worker with weights, or written answers.`,
      );
    found.push({ ...model, via: { ...model.via, scoring } });
  }
  return { ok: true, models: found, notes };
}
