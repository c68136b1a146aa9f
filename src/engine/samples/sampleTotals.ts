import { connectLanceToRead, openSampleTable } from './lanceTable.ts';

/** Samples in the table as their parser and plan order left them: people's reviews are not laid over. */
export interface SampleTotals {
  accepted: number;
  rejected: Record<string, number>;
}

/** Counts the table by rejection reason in one pass over that column; zeros where there is no table yet. */
export async function sampleTotals(lance: string): Promise<SampleTotals> {
  const totals: SampleTotals = { accepted: 0, rejected: {} };
  const database = await connectLanceToRead(lance);
  if (!database) return totals;
  try {
    const table = await openSampleTable(database);
    if (!table) return totals;
    for await (const batch of table.query().select(['reason'])) {
      const column = batch.getChild('reason');
      for (let row = 0; row < batch.numRows; row++) {
        const reason: unknown = column?.get(row);
        if (typeof reason !== 'string' || reason === '') totals.accepted++;
        else totals.rejected[reason] = (totals.rejected[reason] ?? 0) + 1;
      }
    }
    table.close();
    return totals;
  } finally {
    database.close();
  }
}
