import type { DocumentPlan } from './documentPlan.ts';
import { isPending, type PlanGround } from './planGround.ts';
import { shareOut } from './shares.ts';
import type { StageWish } from './stage.ts';

/** A run's limit of new requests, promised to documents as they open; shared out so that every stage is reached. */
export class RequestLimit {
  /** Most new requests of one document: a preview is spread over several. */
  readonly perDocument: number | undefined;
  /** New requests not yet promised to a document. */
  #left: number;

  constructor(limit: number, perDocument: number | undefined) {
    this.#left = limit;
    this.perDocument = perDocument;
  }

  get spent(): boolean {
    return this.#left <= 0;
  }

  /** The wishes of one document with their quotas. `probe`: its plan without them; it is walked. */
  async share(wishes: readonly StageWish[], probe: DocumentPlan, ground: PlanGround): Promise<StageWish[]> {
    const terminal = new Map<string, number>();
    for await (const request of probe.requests()) {
      if (isPending(ground.log.state(request.id), ground)) continue;
      const name = `${request.method}/${request.draft.stage}`;
      terminal.set(name, (terminal.get(name) ?? 0) + 1);
    }
    const seen = new Set<object>();
    const wanted = wishes.map((wish) => {
      // A stage that methods share is planned once.
      if (seen.has(wish.place.stage)) return 0;
      seen.add(wish.place.stage);
      return Math.max(0, wish.expected - (terminal.get(wish.name) ?? 0));
    });
    const shares = shareOut(Math.min(this.#left, this.perDocument ?? Number.POSITIVE_INFINITY), wanted);
    this.#left -= shares.reduce((sum, share) => sum + share, 0);
    return wishes.map((wish, index) => ({ ...wish, quota: shares[index] ?? 0 }));
  }
}
