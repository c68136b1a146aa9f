import type { EventWriter } from '../../jobs/index.ts';
import { clusterBootstrap } from '../statistics/index.ts';
import type { Cell } from './cells.ts';
import type { ScoreBoard } from './scoreBoard.ts';

/** Partial results are for a glance: the report computes its intervals from the files with all resamples. */
const LIVE_RESAMPLES = 1000;
const EVERY_MS = 5000;

/** Tells each cell that changed, at most every few seconds; certainty widens or narrows as answers come. */
export class LiveCells {
  readonly #events: EventWriter;
  readonly #board: ScoreBoard;
  readonly #cells: readonly Cell[];
  readonly #told = new Map<Cell, string>();
  #last = 0;

  constructor(events: EventWriter, board: ScoreBoard, cells: readonly Cell[]) {
    this.#events = events;
    this.#board = board;
    this.#cells = cells;
  }

  tell(now = false): void {
    if (!now && Date.now() - this.#last < EVERY_MS) return;
    this.#last = Date.now();
    for (const cell of this.#cells) {
      const { right, clusters, answers, correct, parsed } = this.#board.tally(cell);
      if (answers === 0) continue;
      const state = `${answers}:${correct}:${parsed}`;
      if (this.#told.get(cell) === state) continue;
      this.#told.set(cell, state);
      const { mean, ci95 } = clusterBootstrap(right, clusters, { resamples: LIVE_RESAMPLES });
      this.#events.evaluated({
        name: cell.line.key.benchmark,
        setting: cell.setting,
        model: cell.line.key.model,
        scoring: cell.scoring,
        n: answers,
        correct,
        acc: mean ?? 0,
        ci95: ci95.kind === 'interval' ? [ci95.low, ci95.high] : null,
        parse_rate: parsed / answers,
      });
    }
  }
}
