import type { ImportedCell, ImportedFigure, ImportedFile } from '../../../contract/imported.ts';
import { clusterBootstrap, type Interval, studentInterval, wilsonInterval } from '../statistics/index.ts';

const Z_95 = 1.959963984540054;

type Found = Pick<ImportedCell, 'ci95' | 'ci95_basis' | 'not_enough' | 'notes'>;

/** The figures of an import as rows of the report, each with the best interval that its log allows. */
export function importedCells({ id, source, file, tool, created, figures }: ImportedFile): ImportedCell[] {
  return figures.map((figure) => {
    const { task, metric, model, questions, n, accuracy, notes } = figure;
    const found = intervalOf(figure);
    return {
      ...{ imported: source, import: id, file, tool, created, task, metric, model, questions, n, accuracy },
      ...found,
      notes: [...found.notes, ...notes],
    };
  });
}

/**
 * Over the documents that its samples name; else over questions as if each stood alone (Wilson for 0 and 1, t otherwise);
 * else from the log's own standard error; else none, with the reason.
 */
function intervalOf({ values, clusters, cluster_field, questions, binary, accuracy, stderr }: ImportedFigure): Found {
  if (values && clusters && values.length === clusters.length) {
    const { ci95, clusters: documents } = clusterBootstrap(values, clusters.map(String));
    return worded(ci95, 'documents', `Over ${documents} documents, by the field “${cluster_field}” of its samples.`);
  }
  if (binary && questions !== null) {
    const hits = accuracy * questions;
    const ends = Math.abs(hits - Math.round(hits)) < 1e-3 ? wilsonInterval(Math.round(hits), questions) : null;
    if (ends) return { ci95: ends, ci95_basis: 'questions', notes: [`Wilson; ${INDEPENDENT}`] };
  }
  if (values && !binary) return worded(studentInterval(values, [0, 1], 'question'), 'questions', `t; ${INDEPENDENT}`);
  if (stderr !== null && stderr > 0) {
    const ends: [number, number] = [Math.max(0, accuracy - Z_95 * stderr), Math.min(1, accuracy + Z_95 * stderr)];
    return {
      ci95: ends,
      ci95_basis: 'stderr',
      notes: ['1.96 × the standard error that the log gives; it has no samples to compute one from.'],
    };
  }
  const not_enough = 'the log has neither samples nor a number of questions or a standard error to compute one from';
  return { ci95: null, ci95_basis: null, not_enough, notes: [] };
}

const INDEPENDENT = 'questions taken as independent, which those about one document are not: rather too narrow.';

function worded(interval: Interval, basis: 'documents' | 'questions', note: string): Found {
  if (interval.kind === 'not_enough') return { ci95: null, ci95_basis: null, not_enough: interval.reason, notes: [] };
  const notes = interval.note === undefined ? note : `${note.replace(/\.$/, '')}; ${interval.note}.`;
  return { ci95: [interval.low, interval.high], ci95_basis: basis, notes: [notes] };
}
