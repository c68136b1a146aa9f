import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeLlm } from '../../fixtures/fake-llm/server.mjs';
import { inventedDocument, TerminalProject } from './terminal.ts';

let fake: FakeLlm;
const project = new TerminalProject();

beforeAll(async () => {
  fake = await FakeLlm.start();
  project.endpoints(
    `endpoints:\n  fake: {base_url: '${fake.url}', model: fake-model, price: {input: 1, output: 2}}\n  far: {base_url: 'https://llm.example.com/v1', model: m}\n`,
  );
  project.write('harbour.md', inventedDocument('Harbour', 10));
  project.write('notes/mill.txt', inventedDocument('Mill', 6));
  project.write('broken.pdf', '%PDF-1.4 not really');
  project.write('broken.tar.gz', 'not compressed at all');
});
afterAll(async () => {
  await fake.stop();
  project.remove();
});

describe('init', () => {
  it('refuses an endpoint that the registry does not know, and names those it does', async () => {
    const { code, err } = await project.smt('init', '--endpoint', 'nowhere');
    expect(code).toBe(2);
    expect(err).toContain('builtin, fake, far');
    expect(project.has('smt.yaml')).toBe(false);
  });

  it('writes a commented project file once and never over one', async () => {
    expect((await project.smt('init', '--endpoint', 'fake', '--name', 'Harbour')).code).toBe(0);
    const again = await project.smt('init');
    expect(again.code).toBe(2);
    expect(again.err).toContain('it was left as it is');
  });
});

describe('a verb that runs a job', () => {
  const onLinux = process.platform === 'linux' && process.execve !== undefined;

  it.runIf(onLinux)('is the process that was started, with the few arenas that the editor gives its jobs', async () => {
    const other = new TerminalProject();
    const answers = await FakeLlm.start();
    other.endpoints(`endpoints:\n  fake: {base_url: '${answers.url}', model: fake-model}\n`);
    other.write('mill.txt', inventedDocument('Mill', 6));
    expect((await other.smt('init', '--endpoint', 'fake')).code).toBe(0);
    const child = await other.start('generate', '--limit', '1', '--json');
    const ended = new Promise((resolve) => child.once('close', resolve));
    const environment = () => {
      try {
        return readFileSync(`/proc/${child.pid}/environ`, 'latin1').split('\0');
      } catch {
        return [];
      }
    };
    await expect.poll(environment, { timeout: 60_000, interval: 5 }).toContain('MALLOC_ARENA_MAX=2');
    expect(await ended).toBe(0);
    await answers.stop();
    other.remove();
  });
});

it('help of a verb is about that verb', async () => {
  const [whole, asked, behind] = await Promise.all([
    project.smt('help'),
    project.smt('help', 'evaluate'),
    project.smt('evaluate', '--help'),
  ]);
  expect(whole.out).toContain('smt jobs');
  expect(asked.out).toContain('smt evaluate --draft NAME');
  expect(asked.out).toContain('--json          one JSON object');
  expect(asked.out).not.toContain('smt jobs');
  expect(behind.out).toBe(asked.out);
  expect((await project.smt('help', 'frobnicate')).out).toBe(whole.out);
});

describe('wrong use', () => {
  it.each([
    [['frobnicate'], 'not a verb'],
    [['evaluate', 'lanterns'], 'evaluate: "lanterns" is not understood here'],
    [['generate', 'qa', 'now'], 'generate: "qa now" is not understood here'],
    [['generate', '--limit', 'many'], '--limit "many"'],
    [['generate', '--budget', 'lots'], '--budget "lots"'],
    [['generate', '--method', 'magic'], '--method "magic"'],
    [['generate', '--colour'], '--colour'],
    [['samples', '--state', 'maybe'], '--state "maybe"'],
    [['show'], 'show ID'],
    [['jobs', 'show', '../../etc'], 'not a run id'],
    [['log', 'import', 'nothing.tgz'], 'There is no '],
    [['log', 'import', 'harbour.md'], 'not an export of a log'],
    [['log', 'import', 'broken.tar.gz'], 'Nothing was imported: '],
  ])('%j exits 2 and says what is wrong', async (args, message) => {
    const { code, err } = await project.smt(...args);
    expect(code, err).toBe(2);
    expect(err).toContain(message);
  });

  it('names file, line, key and what is allowed for a bad value', async () => {
    const other = new TerminalProject();
    other.write('smt.yaml', 'v: 1\nname: x\ngenerator:\n  window_tokens: -3\n');
    const { code, err } = await other.smt('corpus');
    expect(code).toBe(2);
    expect(err).toMatch(/smt\.yaml:4:\d+ generator\.window_tokens: .*≥ 128/);
    other.remove();
  });
});

describe('corpus', () => {
  it('lists every document with tokens and every unreadable file with its reason', async () => {
    const { code, records } = await project.smt('corpus', '--json');
    expect(code).toBe(0);
    expect(records.filter((each) => !each.unreadable).map((each) => each.id)).toEqual(['harbour.md', 'notes/mill.txt']);
    expect(records.find((each) => each.unreadable)).toMatchObject({ path: 'broken.pdf', reason: 'malformed' });
  });
});

describe('generate', () => {
  it('sends nothing to an origin that nobody agreed to', async () => {
    const other = new TerminalProject();
    other.endpoints(`endpoints: {far: {base_url: 'https://llm.example.com/v1', model: m}}`);
    other.write('a.md', inventedDocument('A', 3));
    await other.smt('init', '--endpoint', 'far');
    const { code, err } = await other.smt('generate', '--limit', '1');
    expect(code).toBe(2);
    expect(err).toContain('--send-to https://llm.example.com');
    other.remove();
  });

  it('keeps a preview and does not pay for it again', async () => {
    const preview = await project.smt('generate', '--preview', '--limit', '8', '--json');
    expect(preview.code, preview.err).toBe(0);
    expect(fake.stats().total).toBe(8);
    const all = await project.smt('generate', '--json');
    expect(all.code).toBe(0);
    const counts = all.records.at(-1)?.counts;
    expect(counts).toMatchObject({ failed: 0, pending: 0, reused: 8 });
    const { distinct_answered, answers_repeated, total } = fake.stats();
    expect(total).toBe(distinct_answered + answers_repeated);
    expect((counts as { planned: number }).planned).toBe(total);
    const estimate = await project.smt('estimate', '--json');
    expect(estimate.records[0]).toMatchObject({ planned: total, answered: total, requests: { mid: 0, high: 0 } });
  });

  it('makes samples of every method with lineage back to the prompt', async () => {
    const { records } = await project.smt('samples', '--method', 'focal_rewriting', '--state', 'accepted', '--json');
    expect(records.length).toBeGreaterThan(4);
    const [rewrite] = records;
    expect(rewrite).toMatchObject({ kind: 'document', query: expect.any(String), strategy: expect.any(String) });
    const question = await project.smt('show', String(rewrite?.query), '--json');
    expect(question.records[0]).toMatchObject({ sample: { kind: 'qa', question: rewrite?.query_text } });
    const shown = await project.smt('show', String(rewrite?.id), '--json');
    expect(shown.records[0]).toMatchObject({
      query: { text: rewrite?.query_text },
      completion: { endpoint: 'fake', finish_reason: 'stop' },
      request: { messages: [{ role: 'system' }, { role: 'user' }] },
    });
    const { request } = shown.records[0] as { request: { messages: { content: string }[] } };
    expect(request.messages[1]?.content).toContain(String(rewrite?.query_text));
  });

  it('counts add up', async () => {
    const jobs = await project.smt('jobs', '--json');
    const { counts } = jobs.records[0] as {
      counts: {
        planned: number;
        answered: number;
        failed: number;
        pending: number;
        samples: number;
        accepted: number;
        rejected: Record<string, number>;
      };
    };
    expect(counts.planned).toBe(counts.answered + counts.failed + counts.pending);
    expect(counts.samples).toBe(counts.accepted + Object.values(counts.rejected).reduce((a, b) => a + b, 0));
    const samples = await project.smt('samples', '--json');
    expect(samples.records.length).toBe(counts.samples);
  });

  it('stops at its budget with exit code 3 and goes on later', async () => {
    const other = new TerminalProject();
    other.endpoints(`endpoints: {fake: {base_url: '${fake.url}', model: fake-model}}`);
    other.write('a.md', inventedDocument('Budget', 10));
    await other.smt('init', '--endpoint', 'fake');
    const first = await other.smt('generate', '--budget', '20k', '--json');
    expect(first.code, first.err).toBe(3);
    expect(first.records.at(-1)).toMatchObject({ end: 'paused', cause: 'budget' });
    const spent = first.records.at(-1)?.counts as { input_tokens: number; output_tokens: number };
    expect(spent.input_tokens + spent.output_tokens).toBeLessThanOrEqual(20_000);
    expect((await other.smt('generate')).code).toBe(0);
    other.remove();
  });
});

describe('decisions', () => {
  it('are laid over and taken back', async () => {
    const [sample] = (await project.smt('samples', '--method', 'qa', '--state', 'accepted', '--limit', '1', '--json'))
      .records;
    const id = String(sample?.id);
    expect((await project.smt('samples', 'reject', id)).code).toBe(0);
    expect((await project.smt('show', id, '--json')).records[0]).toMatchObject({
      sample: { state: 'rejected', reason: 'reviewer', reviewed: true },
    });
    expect((await project.smt('samples', 'undo')).code).toBe(0);
    expect((await project.smt('show', id, '--json')).records[0]).toMatchObject({ sample: { state: 'accepted' } });
    expect(project.has('reviews.jsonl')).toBe(true);
  });
});

describe('the evaluation gate', () => {
  it('keeps a benchmark question out of samples, and a benchmark that cannot be read stops generation', async () => {
    const questions = (await project.smt('samples', '--method', 'qa', '--json')).records;
    const leaked = String(questions[0]?.question);
    const other = new TerminalProject();
    other.endpoints(`endpoints: {fake: {base_url: '${fake.url}', model: fake-model}}`);
    other.write('harbour.md', inventedDocument('Harbour', 10));
    other.write('benchmarks/own.csv', `question,answer\n"${leaked.replaceAll('"', '""')}",x\n`);
    await other.smt('init', '--endpoint', 'fake');
    const run = await other.smt('generate', '--method', 'qa', '--json');
    expect(run.code, run.err).toBe(0);
    const rejected = (await other.smt('samples', '--reason', 'leak', '--json')).records;
    expect(rejected.map((sample) => sample.question)).toContain(leaked);
    other.write('benchmarks/broken.jsonl', '{"question": "cut');
    const refused = await other.smt('generate');
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('benchmarks/broken.jsonl:1');
    other.remove();
  });
});

describe('samples again from the log', () => {
  const answersOf = (records: Record<string, unknown>[]) => records.map(({ id }) => id).sort();

  it('are judged by evaluation questions that came later, and come back after their table was lost, for nothing', async () => {
    const { rmSync } = await import('node:fs');
    const { join } = await import('node:path');
    const own = new TerminalProject();
    own.endpoints(`endpoints: {fake: {base_url: '${fake.url}', model: fake-model}}`);
    own.write('harbour.md', inventedDocument('Again', 10));
    await own.smt('init', '--endpoint', 'fake');
    expect((await own.smt('generate', '--method', 'qa')).code).toBe(0);
    const before = await own.smt('samples', '--json');
    expect(before.err).toBe('');
    const leaked = String(before.records.find(({ state }) => state === 'accepted')?.question);
    own.write('benchmarks/late.jsonl', `${JSON.stringify({ question: leaked })}\n`);
    const stale = await own.smt('samples', '--json');
    expect(stale.code).toBe(0);
    expect(stale.err).toContain('smt generate --rederive');
    const sent = fake.stats().total;
    const again = await own.smt('generate', '--rederive');
    expect(again.code, again.err).toBe(0);
    expect(again.out).toContain('1 leak');
    const judged = await own.smt('samples', '--json');
    expect(judged.err).toBe('');
    expect(answersOf(judged.records)).toEqual(answersOf(before.records));
    expect(judged.records.find(({ question }) => question === leaked)).toMatchObject({ reason: 'leak' });
    rmSync(join(own.root, '.smt', 'lance'), { recursive: true });
    expect((await own.smt('generate', '--rederive')).code).toBe(0);
    expect((await own.smt('samples', '--json')).records).toEqual(judged.records);
    expect(fake.stats().total).toBe(sent);
    expect((await own.smt('generate', '--rederive', '--limit', '3')).code).toBe(2);
    own.remove();
  }, 180_000);

  it('hold no record of a failure that was answered after all', async () => {
    const own = new TerminalProject();
    const refusing = await FakeLlm.start({ faults: { e400: 1 } });
    own.endpoints(`endpoints: {fake: {base_url: '${refusing.url}', model: fake-model}}`);
    own.write('harbour.md', inventedDocument('Refused', 2));
    await own.smt('init', '--endpoint', 'fake');
    await own.smt('generate', '--method', 'qa', '--limit', '2');
    const failed = await own.smt('samples', '--json');
    expect(failed.records.map(({ reason }) => reason)).toEqual(['failed', 'failed']);
    own.endpoints(`endpoints: {fake: {base_url: '${fake.url}', model: fake-model}}`);
    const retried = await own.smt('generate', '--method', 'qa', '--limit', '2', '--retry-failed', '--json');
    expect(retried.code, retried.err).toBe(0);
    const counts = retried.records.at(-1)?.counts as { rejected: Record<string, number> };
    expect(counts.rejected.failed).toBeUndefined();
    const { records } = await own.smt('samples', '--json');
    expect(records.length).toBeGreaterThan(2);
    expect(records.filter(({ reason }) => reason === 'failed')).toEqual([]);
    await refusing.stop();
    own.remove();
  }, 180_000);
});

describe('a run directory that came with a cloned folder', () => {
  it('does not make us generate in the folder that it names', async () => {
    const { cpSync, readdirSync } = await import('node:fs');
    const { join } = await import('node:path');
    const cloned = new TerminalProject();
    cloned.endpoints(`endpoints: {fake: {base_url: '${fake.url}', model: fake-model}}`);
    cloned.write('a.md', inventedDocument('Cloned', 3));
    await cloned.smt('init', '--endpoint', 'fake');
    const [run = ''] = readdirSync(join(project.root, '.smt', 'runs'));
    cpSync(join(project.root, '.smt', 'runs', run), join(cloned.root, '.smt', 'runs', run), { recursive: true });
    const before = fake.stats().total;
    const { code, err } = await cloned.smt('jobs', 'resume', run);
    expect(code, err).toBe(2);
    expect(err).toContain('was made for another folder');
    expect(fake.stats().total).toBe(before);
    cloned.remove();
  });
});

describe('log', () => {
  it('leaves the ignored folder and comes back: nothing is paid again after git clean', async () => {
    const { rmSync } = await import('node:fs');
    const { join } = await import('node:path');
    expect((await project.smt('log', 'export', 'backup.tar.gz')).code).toBe(0);
    rmSync(join(project.root, '.smt'), { recursive: true });
    expect((await project.smt('log', 'import', 'backup.tar.gz')).code).toBe(0);
    const before = fake.stats().total;
    const again = await project.smt('generate', '--json');
    expect(again.code, again.err).toBe(0);
    expect(fake.stats().total).toBe(before);
    expect(again.records.at(-1)).toMatchObject({ end: 'succeeded', counts: { pending: 0 } });
  });
});
