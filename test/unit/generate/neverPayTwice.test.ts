import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FakeLlm } from '../../fixtures/fake-llm/server.mjs';
import { inventedDocument, TerminalProject } from './terminal.ts';

const DOCUMENTS = 20;
const REQUESTS = 2_000;
const KILLS = 20;
const IN_FLIGHT = 32;

let fake: FakeLlm;
const project = new TerminalProject();

beforeAll(async () => {
  fake = await FakeLlm.start({ latency_ms: 40, latency_sigma: 0.4 });
  project.endpoints(`endpoints: {fake: {base_url: '${fake.url}', model: fake-model, max_concurrency: ${IN_FLIGHT}}}`);
  for (let at = 0; at < DOCUMENTS; at++) project.write(`d${at}.md`, inventedDocument(`Town ${at}`, 6));
  // 20 documents × (40 QA + 1 strategies + 29 Active Reading + 30 focal) = 2,000 requests.
  project.write(
    'smt.yaml',
    `v: 1
name: never
generator: {endpoints: [fake]}
methods:
  qa: {calls_per_part: 40, questions_per_call: 2}
  active_reading: {documents_per_window: 29}
  focal_rewriting: {documents_per_window: 30}
`,
  );
});
afterAll(async () => {
  await fake.stop();
  project.remove();
});

/** The id of every whole line of the log; a line that is not JSON fails the test. */
function completionIds(): string[] {
  const folder = join(project.root, '.smt', 'completions');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line): string => JSON.parse(line).custom_id);
}

it('asks no answered request again, loses none and repeats only what was in flight, over twenty kills', async () => {
  // Instants spread over the whole plan, drawn once: reproducible, and never two at the same place.
  const instants = Array.from({ length: KILLS }, (_, n) =>
    Math.floor(((n + 0.5 + 0.4 * Math.sin(n * 7)) / KILLS) * REQUESTS),
  );
  let kills = 0;
  for (const instant of instants) {
    const child = await project.start('generate');
    const ended = once(child, 'exit');
    while (fake.stats().distinct_answered < instant && child.exitCode === null && child.signalCode === null)
      await delay(2);
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      kills++;
    }
    await ended;
  }
  const end = await project.smt('generate', '--json');
  expect(end, end.err).toMatchObject({ code: 0 });
  expect(kills).toBe(KILLS);

  const stats = fake.stats();
  expect(stats.distinct_answered).toBe(REQUESTS);
  // What was in flight or on its way into the log at a kill may be answered twice by the server, nothing else.
  expect(stats.answers_repeated).toBeLessThanOrEqual(KILLS * 2 * IN_FLIGHT);
  // No id stands twice in the log: a request whose answer had reached it was never asked again.
  const ids = completionIds();
  expect(ids.length).toBe(REQUESTS);
  expect(new Set(ids).size).toBe(REQUESTS);

  // Once more: everything is there, nothing is asked.
  const before = fake.stats().total;
  const again = await project.smt('generate', '--json');
  expect(again.code).toBe(0);
  expect(fake.stats().total).toBe(before);
  expect(again.records.at(-1)).toMatchObject({
    end: 'succeeded',
    counts: { planned: REQUESTS, answered: REQUESTS, failed: 0, pending: 0, reused: REQUESTS },
  });

  // Every completion is in the log once, and the samples are all there.
  const samples = await project.smt('samples', '--json');
  const counts = again.records.at(-1)?.counts;
  expect(samples.records.length).toBe((counts as { samples: number }).samples);
  expect(new Set(samples.records.map((sample) => sample.request)).size).toBe(REQUESTS - DOCUMENTS);
}, 240_000);
