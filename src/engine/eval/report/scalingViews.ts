import type { ResultCell, ScalingView } from '../../../contract/results.ts';
import { contentHash } from '../../contentHash.ts';
import { fitScaling, type Scaling, shareRight } from '../statistics/index.ts';
import { endsOf } from './cellReports.ts';
import { obstacle } from './comparisons.ts';
import type { Book, BookCell } from './evaluationBook.ts';
import { GENERAL } from './fourCells.ts';
import type { TrainedModel } from './trainedModels.ts';

interface Point {
  readonly cell: BookCell;
  readonly trained: TrainedModel;
}

/**
 * One curve for each mixture, benchmark, split and scoring: closed-book accuracy of finished models over their synthetic
 * tokens. Intermediate checkpoints (`RUN@STEP`) are left out: they had no schedule of their own (recipe §4.4). The fit is
 * on the questions that all its models and, where there is one, the base with retrieval answered.
 */
export function scalingViews(
  book: Book,
  trained: ReadonlyMap<string, TrainedModel>,
  reports: ReadonlyMap<string, ResultCell>,
  sourceTokens: number | null,
): ScalingView[] {
  const curves = new Map<string, Point[]>();
  for (const cell of book.cells) {
    const model = trained.get(cell.key.model);
    if (!model || cell.key.setting !== 'closed_book' || cell.key.benchmark === GENERAL || cell.scores.size === 0)
      continue;
    const { benchmark, split, scoring, engine, dtype, recipe } = cell.key;
    const curve = JSON.stringify([benchmark, split, scoring, engine, dtype, recipe, model.curve]);
    curves.set(curve, [...(curves.get(curve) ?? []), { cell, trained: model }]);
  }
  return [...curves].map(([curve, points]) =>
    view(contentHash(curve).slice(0, 16), points, book, reports, sourceTokens),
  );
}

function view(
  id: string,
  points: readonly Point[],
  book: Book,
  reports: ReadonlyMap<string, ResultCell>,
  sourceTokens: number | null,
): ScalingView {
  const ordered = points.toSorted((a, b) => a.trained.tokens - b.trained.tokens || a.trained.seed - b.trained.seed);
  const [first] = ordered;
  if (!first) throw new RangeError('a curve has a point');
  const like = (setting: 'closed_book' | 'rag') =>
    book.cells
      .filter(({ key, scores }) => key.model === 'base' && key.setting === setting && scores.size > 0)
      .filter(({ key }) => obstacle(first.cell.key, key) === undefined)
      .toSorted((a, b) => b.updated - a.updated)[0];
  const [base, rag] = [like('closed_book'), like('rag')];
  const level = (cell: BookCell | undefined) => {
    const report = cell && reports.get(cell.id);
    return report ? { accuracy: report.accuracy, ci95: report.ci95 } : null;
  };
  const { benchmark, split, scoring } = first.cell.key;
  return {
    id,
    benchmark,
    split,
    scoring,
    mixture: first.trained.mixture,
    points: ordered.flatMap(({ cell, trained }) => {
      const report = reports.get(cell.id);
      if (!report) return [];
      const { dataset, seed, tokens } = trained;
      const { model, accuracy, ci95, questions, n } = report;
      return [{ cell: cell.id, model, dataset, seed, tokens, accuracy, ci95, questions, n }];
    }),
    base: level(base),
    rag: level(rag),
    source_tokens: sourceTokens,
    fit: travelling(fitOf(ordered, rag, book, sourceTokens)),
  };
}

function fitOf(points: readonly Point[], rag: BookCell | undefined, book: Book, sourceTokens: number | null): Scaling {
  const all = [...points.map(({ cell }) => cell), ...(rag ? [rag] : [])];
  const [first, ...rest] = all;
  const shared = [...(first?.scores.keys() ?? [])].filter((question) =>
    rest.every(({ scores }) => scores.has(question)),
  );
  const values = ({ scores }: BookCell) => shared.map((question) => shareRight(scores.get(question)?.correct ?? []));
  return fitScaling(
    points.map(({ cell, trained }) => ({ tokens: trained.tokens, values: values(cell) })),
    shared.map((question) => book.questions.get(question)?.cluster ?? question),
    rag ? values(rag) : null,
    sourceTokens === null ? {} : { source_tokens: sourceTokens },
  );
}

function travelling(fit: Scaling): ScalingView['fit'] {
  if (fit.kind === 'not_enough') return fit;
  const { b95, b95_scatter, residuals, band, clusters, ...rest } = fit;
  return {
    ...rest,
    b95: endsOf(b95),
    b95_scatter: b95_scatter ? [...b95_scatter] : null,
    residuals: [...residuals],
    band: [...band],
    documents: clusters,
  };
}
