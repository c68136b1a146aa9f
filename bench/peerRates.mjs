/** The Python generators that people use instead, against the same mock server. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { documents, mark, POOL } from './documents.mjs';
import { PEERS, runPeer } from './peers.mjs';
import { SETTINGS, scale, work } from './setting.mjs';

/**
 * Requests a second of each peer as the mock server saw them; null where one did not answer all. Beside them what our
 * clients reached in the same run.
 */
export async function peerRates(mock, { rates, job }) {
  if (!rates || !job) return { problem: 'there is nothing of this run to compare with' };
  const venvs = join(work, 'venvs');
  console.log('installing the Python peers where they are not yet …');
  spawnSync('bash', [join(import.meta.dirname, 'peers', 'setup.sh'), venvs], { stdio: 'inherit' });
  const texts = documents();
  const line = (_, index) => JSON.stringify({ id: String(index), text: `${mark(index)} ${texts[index % POOL]}` });
  const results = [];
  for (const { latency, concurrency } of SETTINGS.filter(
    (setting) => !(setting.latency === 0 && setting.concurrency > 256),
  )) {
    // Several times what may be in flight: else all is sent at once, and the rate is that of one burst.
    const count = Math.round(Math.max(1000, 3 * concurrency) * scale);
    const file = join(work, `docs-${count}.jsonl`);
    writeFileSync(file, `${Array.from({ length: count }, line).join('\n')}\n`);
    const rps = {};
    for (const peer of PEERS) {
      await mock.configure({ latency_ms: latency });
      const ran = await runPeer(peer, {
        python: join(venvs, peer, 'bin', 'python'),
        file,
        concurrency,
        port: mock.port,
        work,
      });
      const stats = await mock.stats();
      rps[peer] = stats.ok >= count ? stats.rps_ok : null;
      const why = rps[peer] === null ? ` (${stats.ok} of ${count} answered; ${ran})` : '';
      console.log(`${latency} ms, ${concurrency} in flight, ${peer}: ${Math.round(stats.rps_ok)} requests/s${why}`);
    }
    const here = ({ setting }) => setting.latency === latency && setting.concurrency === concurrency;
    const ours = { engine: rates.find(here).engine.rps, job: job.find(here).job.rps };
    results.push({ latency, concurrency, rps, ...ours });
  }
  return results;
}
