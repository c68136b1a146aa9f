import type { Table } from '@lancedb/lancedb';
import type { FacetColumns } from './facetColumns.ts';
import { hasTextIndex } from './lanceTable.ts';
import { samplesOfBatch } from './sampleRow.ts';
import { sampleText } from './sampleText.ts';
import { TimeSlice } from './timeSlice.ts';
import { loadLance } from './unavailable.ts';
import { hasWords } from './words.ts';

const EVERY_MATCH = 10_000_000;

/**
 * A 1 for every slot whose stored text has all these words: from the full-text index (rows that it does not have yet
 * are scanned by Lance), or by reading a table that is too small to have one.
 */
export async function slotsWithWords(
  table: Table,
  columns: FacetColumns,
  words: readonly string[],
): Promise<Uint8Array> {
  const found = new Uint8Array(columns.size);
  const slice = new TimeSlice();
  const { slotOfSeq } = columns;
  const mark = (seq: number) => {
    const slot = (slotOfSeq[seq] ?? 0) - 1;
    if (slot >= 0) found[slot] = 1;
  };
  if (!(await hasTextIndex(table))) {
    for await (const batch of table.query()) {
      for (const { seq, sample } of samplesOfBatch(batch)) if (hasWords(sampleText(sample), words)) mark(seq);
      await slice.turn();
    }
    return found;
  }
  const { BooleanQuery, MatchQuery, Occur } = await loadLance();
  const all = new BooleanQuery(words.map((word) => [Occur.Must, new MatchQuery(word, 'body')]));
  const hits = table.query().fullTextSearch(all, { columns: 'body' }).select(['seq', '_score']).limit(EVERY_MATCH);
  for await (const batch of hits) {
    const seqs: unknown = batch.getChild('seq')?.data[0]?.values;
    if (seqs instanceof Uint32Array) for (let row = 0; row < batch.numRows; row++) mark(seqs[row] ?? 0);
    await slice.turn();
  }
  return found;
}
