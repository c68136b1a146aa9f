// Retrieval at size: 100,000 chunks × 384, ours beside bare LanceDB calls on the same table, in turns.
//   node bench/retrieval.mjs [--chunks N] [--queries N] [--json]
// Bar: within 1.2 × of the bare calls (which fetch 128 whole rows a search; ours fetches ids and scores, fuses them, and
// reads the 8 passages that are wanted). Only the ratios mean something on a shared machine.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { nodeBundle } from '../scripts/nodeBundle.mjs';

const root = join(import.meta.dirname, '..');
const BAR = 1.2;

/** Runs the measurement in a process of its own and gives what it printed. */
export async function measureRetrieval({ chunks = 100_000, queries = 40 } = {}) {
  // Inside the tree, where the native package is found.
  const work = join(root, '.cache', 'bench-retrieval');
  mkdirSync(work, { recursive: true });
  const client = join(work, 'retrieval.cjs');
  await build({
    ...nodeBundle,
    entryPoints: [join(import.meta.dirname, 'clients', 'retrieval.ts')],
    outfile: client,
    supported: { 'dynamic-import': false },
    logLevel: 'error',
  });
  const folder = mkdtempSync(join(tmpdir(), 'smt-bench-retrieval-'));
  try {
    const printed = execFileSync(process.execPath, [client, folder, String(chunks), String(queries)], {
      encoding: 'utf8',
      // Lance's own notes are not for a person.
      env: { ...process.env, LANCEDB_LOG: 'error' },
    });
    return JSON.parse(printed);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: { chunks: { type: 'string' }, queries: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  const measured = await measureRetrieval({
    ...(values.chunks ? { chunks: Number(values.chunks) } : {}),
    ...(values.queries ? { queries: Number(values.queries) } : {}),
  });
  if (values.json) console.log(JSON.stringify(measured));
  else {
    const { chunks, dimension, write_s, index_s, modes } = measured;
    console.log(
      `${chunks.toLocaleString('en')} chunks × ${dimension}: written in ${write_s} s, indexed in ${index_s} s`,
    );
    for (const [mode, { bare_ms, ours_ms, ratio }] of Object.entries(modes)) {
      const verdict = ratio <= BAR ? 'within' : 'MISSES';
      console.log(
        `${mode.padEnd(7)} bare ${bare_ms} ms, ours ${ours_ms} ms: ${ratio.toFixed(2)} × (${verdict} ${BAR} ×)`,
      );
    }
  }
}
