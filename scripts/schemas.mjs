// Writes media/schemas/*.json from the zod schemas, the only source: completion and hover for smt.yaml and the
// endpoints file, and the job protocol for other languages.
//   node scripts/schemas.mjs           write
//   node scripts/schemas.mjs --check   fail where a committed file differs
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = mkdtempSync(join(tmpdir(), 'smt-schemas-'));
const bundle = join(folder, 'schemas.cjs');
try {
  await build({
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile: bundle,
    logLevel: 'warning',
    loader: { '.md': 'text' },
    stdin: {
      resolveDir: root,
      loader: 'ts',
      contents: `
        import { z } from 'zod';
        import { projectSchema } from './src/engine/project/schema.ts';
        import { methodsFor } from './src/engine/synth/registry.ts';
        import { EndpointRegistry } from './src/contract/endpoints.ts';
        import { JobEvent, JobSpec, JobStatus } from './src/contract/events.ts';
        import { TargetRegistry } from './src/contract/training.ts';
        const of = (schema, title) => ({ title, ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) });
        export const schemas = {
          smt: of(projectSchema([methodsFor('standard'), methodsFor('small')]), 'smt.yaml'),
          endpoints: of(EndpointRegistry, 'endpoints.yaml'),
          targets: of(TargetRegistry, 'targets.yaml'),
          'job-spec': of(JobSpec, 'spec.json'),
          'job-event': of(JobEvent, 'events.jsonl'),
          'job-status': of(JobStatus, 'status.json'),
        };`,
    },
  });
  const { schemas } = await import(bundle);
  for (const [name, schema] of Object.entries(schemas)) {
    const text = `${JSON.stringify(schema, null, 2)}\n`;
    const folders = [join('media', 'schemas')];
    // The worker is copied to machines that have nothing else of ours.
    if (name === 'job-spec') folders.push(join('worker', 'smt_job', 'schemas'));
    for (const folder of folders) {
      const file = join(root, folder, `${name}.schema.json`);
      if (!process.argv.includes('--check')) writeFileSync(file, text);
      else if (readFileSync(file, 'utf8') !== text) {
        console.error(`${file} is not what the zod schemas say: run "npm run schemas" and commit it`);
        process.exitCode = 1;
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
