/**
 * `npm run bench [-- --only mix,retrieval] [--peers] [--rounds 2] [--quick] [--report FILE] [--gpu-figures FILE]`: everything we claim about
 * speed and size, measured in one run: the same requests through bare undici, the openai SDK, our engine and the whole
 * `smt generate` on one mock server (with --peers also through the Python generators people use instead), then resume,
 * samples table, training sets, retrieval, the training job, the Results panel and activation. `--only` chooses parts
 * (parts.mjs); the report keeps the others' figures under the run that measured them. Only ratios of one run mean
 * something; the machine's own noise moves all of them.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { nodeBundle } from '../scripts/nodeBundle.mjs';
import { bundleCli } from './job.mjs';
import { startMock } from './mockServer.mjs';
import { chosenParts } from './parts.mjs';
import { options, reportFile, root, rounds, scale, work } from './setting.mjs';
import { writeReport } from './writeReport.mjs';

async function bundle() {
  for (const name of ['engine', 'resume', 'results']) {
    await build({
      ...nodeBundle,
      entryPoints: [join(import.meta.dirname, 'clients', `${name}.ts`)],
      // Beside the command line's worker threads, which they start too.
      outfile: join(work, 'cli', `${name}.cjs`),
      supported: { 'dynamic-import': false },
      logLevel: 'error',
    });
  }
}

const parts = chosenParts(options.only?.split(',') ?? [], options.peers ? ['peers'] : []);

mkdirSync(work, { recursive: true });
const began = performance.now();
const date = new Date().toISOString();
const loadBefore = loadavg()[0];
await bundle();
const cli = await bundleCli(work);
const mock = await startMock(work);
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    mock.stop();
    process.exit(130);
  });
}
const figures = {};
const seconds = {};
try {
  for (const { name, measure } of parts) {
    const from = performance.now();
    try {
      const measured = await measure({ mock, cli, figures });
      if (measured.problem === undefined) figures[name] = measured;
      else console.log(`${name}: not measured: ${measured.problem.split('\n')[0]}`);
    } catch (error) {
      // The other parts' figures are not lost for it.
      console.error(`${name}: ${error instanceof Error ? error.message : error}`);
      process.exitCode = 1;
    }
    seconds[name] = Math.round((performance.now() - from) / 1000);
    console.log(`— ${name}: ${seconds[name]} s\n`);
  }
} finally {
  mock.stop();
}
const version = (name) => JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
writeReport(reportFile, {
  run: {
    date,
    command: `npm run bench${process.argv.length > 2 ? ` -- ${process.argv.slice(2).join(' ')}` : ''}`,
    machine: `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform} ${process.arch}`,
    versions: `Node ${process.version}, undici ${version('undici')}, openai ${version('openai')}, LanceDB ${version('@lancedb/lancedb')}, mock server: ${mock.name}`,
    minutes: (performance.now() - began) / 60_000,
    load: [loadBefore, loadavg()[0]],
    scale,
    rounds,
  },
  seconds,
  figures,
});
console.log(`wrote ${reportFile}`);
