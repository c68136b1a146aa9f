import type { Sample } from '../../contract/sample.ts';
import { IdTable, parseId } from '../llm/idTable.ts';
import { connectLanceToRead, openSampleTable } from './lanceTable.ts';
import type { LanceSampleReader } from './sampleReader.ts';
import { samplesOfBatch } from './sampleRow.ts';

/** A sample's identity and text: what a training set takes of it. */
export type AcceptedSample = Pick<
  Sample,
  'id' | 'kind' | 'method' | 'document' | 'question' | 'explanation' | 'answer' | 'text' | 'model' | 'toy'
>;

const COLUMNS = ['id', 'kind', 'method', 'document', 'reason', 'body', 'model', 'toy'];
const AT_ONCE = 500;
const IDS_AT_ONCE = 20_000;

/**
 * The texts of all accepted, not stale samples as the reader shows them, reviews and the log's tail laid over: one scan
 * of the table for a million, and single look-ups only for what people edited or the table has not. No order is promised.
 *
 * @param methods only samples of these methods; undefined: of all
 */
export async function* acceptedSamples(
  reader: LanceSampleReader,
  lance: string,
  methods?: readonly string[],
): AsyncGenerator<AcceptedSample[]> {
  const filter = { state: 'accepted', stale: false, ...(methods ? { methods: [...methods] } : {}) } as const;
  const reviewed = await reader.ids({ ...filter, reviewed: true }, Number.MAX_SAFE_INTEGER);
  yield* byId(reader, reviewed);
  const table = new IdTable(4);
  const words = new Uint32Array(4);
  // In steps: a million ids as strings at once would be most of the memory that all of this takes.
  for (let offset = 0; ; offset += IDS_AT_ONCE) {
    const ids = await reader.ids({ ...filter, reviewed: false }, IDS_AT_ONCE, offset);
    for (const id of ids) {
      parseId(id, words);
      if (table.findWords(words, 0) < 0) table.add(words);
    }
    if (ids.length < IDS_AT_ONCE) break;
  }
  if (table.size === 0) return;
  const seen = new Uint8Array(table.size);
  const database = await connectLanceToRead(lance);
  const stored = database ? await openSampleTable(database) : undefined;
  try {
    if (stored) {
      for await (const batch of stored.query().select(COLUMNS).where("reason = ''")) {
        const samples: AcceptedSample[] = [];
        for (const { sample } of samplesOfBatch(batch)) {
          if (sample.id.length !== 32) continue;
          const at = table.find(sample.id);
          if (at < 0 || seen[at]) continue;
          seen[at] = 1;
          samples.push(sample);
        }
        if (samples.length > 0) yield samples;
      }
    }
  } finally {
    stored?.close();
    database?.close();
  }
  const missing: string[] = [];
  for (let at = 0; at < seen.length; at++) if (!seen[at]) missing.push(idAt(table, at));
  yield* byId(reader, missing);
}

async function* byId(reader: LanceSampleReader, ids: readonly string[]): AsyncGenerator<AcceptedSample[]> {
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    yield [...(await reader.getAll(ids.slice(from, from + AT_ONCE))).values()];
  }
}

function idAt(table: IdTable, at: number): string {
  let id = '';
  for (let word = 0; word < 4; word++) id += table.word(at, word).toString(16).padStart(8, '0');
  return id;
}
