import { type FacetColumns, STALE } from './facetColumns.ts';
import { TimeSlice } from './timeSlice.ts';

/** Marks samples whose document reads differently now, or is gone. Without hashes nothing is stale. */
export class Staleness {
  hashes: ReadonlyMap<string, string> | undefined;

  /** True when any sample's mark changed. */
  async apply(columns: FacetColumns): Promise<boolean> {
    const hashes = this.hashes;
    if (!hashes) return false;
    const stale = Uint8Array.from(columns.sources.values, (source) => {
      const tab = source.indexOf('\t');
      return hashes.get(source.slice(tab + 1)) === source.slice(0, tab) ? 0 : STALE;
    });
    const slice = new TimeSlice();
    let changed = false;
    for (let slot = 0; slot < columns.size; slot++) {
      const flags = columns.flags[slot] ?? 0;
      const wanted = stale[columns.source[slot] ?? 0] ?? 0;
      if ((flags & STALE) !== wanted) {
        columns.flags[slot] = (flags & ~STALE) | wanted;
        changed = true;
      }
      if (slot % 65_536 === 0) await slice.turn();
    }
    return changed;
  }
}
