/** A resume at full size, by the engine alone and by the whole command. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { generate, makeProject } from './job.mjs';
import { lastLine, median, rounds, scale, work } from './setting.mjs';

/** A million requests that are all answered: how long the engine, and `smt generate`, take to find that out. */
export async function measureResume(cli, url) {
  const folder = join(work, 'resume');
  const wanted = 1_000_000 * scale;
  makeProject(folder, { requests: wanted, concurrency: 256, url, callsPerPart: 500 });
  console.log(`writing a log of ${wanted} completions …`);
  const program = join(work, 'cli', 'resume.cjs');
  const { count } = lastLine(execFileSync(process.execPath, [program, folder, 'write'], { encoding: 'utf8' }));
  const runs = [];
  for (let round = 0; round < Math.max(rounds, 3); round++) {
    const engine = lastLine(execFileSync(process.execPath, [program, folder, 'measure'], { encoding: 'utf8' }));
    if (engine.answered !== count) throw new Error(`${engine.answered} of ${count} were found`);
    const job = await generate(cli, folder);
    if (job.counts.answered !== count || job.counts.pending > 0) throw new Error('the job did not find all answers');
    runs.push({ engine, job });
    console.log(`resume: ${JSON.stringify({ ...engine, job_s: job.seconds, job_rss_mb: job.peak_rss_mb })}`);
  }
  rmSync(folder, { recursive: true, force: true });
  const of = (key) => median(runs.map(({ engine }) => engine[key]));
  return {
    count,
    runs: runs.length,
    seconds: of('seconds'),
    cpu_s: of('cpu_s'),
    open_s: of('open_s'),
    peak_rss_mb: of('peak_rss_mb'),
    job_s: median(runs.map(({ job }) => job.seconds)),
    job_rss_mb: median(runs.map(({ job }) => job.peak_rss_mb)),
  };
}
