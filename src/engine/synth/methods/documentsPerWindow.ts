import { z } from 'zod';

/**
 * How much a method writes, the same option for every method that writes documents.
 * @param meaning - what it counts, for who edits smt.yaml
 */
export function documentsPerWindow(meaning: string) {
  return z.number().int().min(1).max(1_000_000).default(8).describe(meaning);
}
