import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HttpPath } from '../../../src/engine/llm/chooseTransport.ts';
import { FakeLlm } from '../../fixtures/fake-llm/server.mjs';
import { endpointAt, named, play } from './run.ts';

const paths: HttpPath[] = ['pool', 'sdk'];

describe.each(paths)('a run over the %s path', (http) => {
  let fake: FakeLlm;
  beforeEach(async () => {
    fake = await FakeLlm.start();
  });
  afterEach(() => fake.stop());

  it('answers every request once', async () => {
    const played = await play(named(200), [endpointAt(fake.url)], { http });
    expect(played.end).toEqual({ kind: 'done' });
    expect(played.plan.count('answered')).toBe(200);
    expect([played.logged, played.lines]).toEqual([200, 200]);
    expect(fake.stats()).toMatchObject({ distinct_answered: 200, answers_repeated: 0, total: 200 });
  });

  it('ends at once when there is nothing to do', async () => {
    expect((await play([], [endpointAt(fake.url)], { http })).end).toEqual({ kind: 'done' });
  });

  /** One transient fault on the first attempt: the request is tried again and answered. */
  it.each([
    ['e408', '408'],
    ['e500', '500'],
    ['e502', '502'],
    ['e503', '503'],
    ['e529', '529'],
    ['reset', 'reset'],
    ['reset_body', 'reset'],
    ['cut_body', 'reset'],
    ['bad_body', 'wrong_json'],
    ['error_body', 'error_body'],
    ['empty_choices', 'empty_choices'],
    ['hang', 'timeout'],
    ['hang_body', 'timeout'],
  ])('tries again after %s and counts it as %s', async (fault, code) => {
    fake.configure({ script: [fault] });
    const played = await play(named(6), [endpointAt(fake.url, { timeoutMs: 400 })], { http });
    expect(played.end).toEqual({ kind: 'done' });
    expect(played.plan.count('answered')).toBe(6);
    expect(played.states.at(-1)?.retried).toEqual({ [code]: 6 });
    expect(
      [...played.plan.outcomes.values()].every((one) => one.kind === 'answered' && one.completion.smt.attempt === 2),
    ).toBe(true);
    expect(fake.stats()).toMatchObject({ answers_repeated: 0 });
  });

  it('gives a request up after its attempts, keeps it pending and goes on with the others', async () => {
    fake.configure({ faults: { e500: 0.1 }, sticky: true, seed: 5 });
    const played = await play(named(60), [endpointAt(fake.url)], { http, maxAttempts: 2 });
    expect(played.end).toEqual({ kind: 'done' });
    const gaveUp = played.plan.count('gave_up');
    expect(gaveUp).toBeGreaterThan(0);
    expect(played.plan.count('answered')).toBe(60 - gaveUp);
    expect(played.logged).toBe(60 - gaveUp);
    expect(fake.stats().faults.e500).toBe(2 * gaveUp);
  });

  it.each([
    ['e400', 'context_length_exceeded'],
    ['e413', 'server_error'],
    ['e422', 'server_error'],
  ])('never sends a request again after %s', async (fault, code) => {
    fake.configure({ faults: { [fault]: 0.1 }, sticky: true, seed: 3 });
    const played = await play(named(60), [endpointAt(fake.url)], { http });
    expect(played.end).toEqual({ kind: 'done' });
    const failed = [...played.plan.outcomes.values()].filter((outcome) => outcome.kind === 'failed');
    expect(failed.length).toBeGreaterThan(0);
    expect(failed[0]?.completion.error?.code).toBe(code);
    expect(played.plan.count('answered')).toBe(60 - failed.length);
    expect(played.logged).toBe(60);
    expect(fake.stats().total).toBe(60);
  });

  it.each(['seconds', 'ms', 'date', 'none'] as const)(
    'waits out a 429 whose Retry-After is given as %s',
    async (form) => {
      fake.configure({ burst: { every: 40, length: 8 }, retry_after: form, retry_after_s: 0.5 });
      const played = await play(named(40), [endpointAt(fake.url, { maxConcurrency: 8 })], {
        http,
        controller: { cooldownMs: 100 },
      });
      expect(played.end).toEqual({ kind: 'done' });
      expect(played.plan.count('answered')).toBe(40);
      // Refused requests used no attempt, and nothing was sent during the wait.
      expect(
        [...played.plan.outcomes.values()].every((one) => one.kind === 'answered' && one.completion.smt.attempt === 1),
      ).toBe(true);
      expect(played.seconds).toBeGreaterThan(form === 'none' ? 0.1 : 0.5);
      expect(fake.stats().r429).toBeLessThanOrEqual(16);
    },
  );

  it('settles below a cap on requests in flight instead of storming it', async () => {
    fake.configure({ cap: 16, latency_ms: 20, retry_after: 'ms', retry_after_s: 0.1 });
    const played = await play(named(600), [endpointAt(fake.url)], { http });
    expect(played.plan.count('answered')).toBe(600);
    expect(fake.stats().r429).toBeLessThan(120);
  });

  it.each([
    ['quota', 'quota', 'exceeded your current quota'],
    ['e401', 'key', 'refused the key'],
    ['e404', 'endpoint', 'no such model'],
  ])('pauses at once on %s with cause %s', async (fault, cause, words) => {
    fake.configure({ faults: { [fault]: 1 } });
    const played = await play(named(500), [endpointAt(fake.url, { maxConcurrency: 4 })], { http });
    expect(played.end).toMatchObject({ kind: 'paused', cause, message: expect.stringContaining(words) });
    expect(played.logged).toBe(0);
    expect(fake.stats().total).toBeLessThanOrEqual(4);
  });

  it('does not follow a redirect to another origin: neither key nor document leaves', async () => {
    const stranger = await FakeLlm.start();
    fake.configure({ faults: { redirect: 1 }, redirect_to: stranger.origin });
    const played = await play(named(10), [endpointAt(fake.url, { key: 'sk-secret' })], { http });
    expect(played.end).toMatchObject({
      kind: 'paused',
      cause: 'endpoint',
      message: expect.stringContaining(stranger.origin),
    });
    expect(stranger.stats()).toMatchObject({ total: 0, keys_seen: [] });
    await stranger.stop();
  });

  it('sends the key to its endpoint, and none where there is none', async () => {
    fake.configure({ require_key: 'sk-1' });
    expect((await play(named(2), [endpointAt(fake.url, { key: 'sk-1' })], { http })).end.kind).toBe('done');
    fake.configure({});
    await play(named(2), [endpointAt(fake.url)], { http });
    expect(fake.stats().keys_seen).toEqual([]);
  });

  it('waits for an endpoint that is gone for a while, and loses and repeats nothing that was answered', async () => {
    fake.configure({ latency_ms: 5, down_after: 60, down_for_s: 2 });
    const played = await play(named(300), [endpointAt(fake.url, { maxConcurrency: 16 })], { http });
    expect(played.end).toEqual({ kind: 'done' });
    expect(played.plan.count('answered')).toBe(300);
    expect(played.states.some((state) => state.endpoints.fake?.state === 'down')).toBe(true);
    // Answers in the air when the connections broke may be given twice; no more than were in flight.
    expect(fake.stats().answers_repeated).toBeLessThanOrEqual(16);
  });

  it('pauses with the reason when no endpoint answers for longer than its patience', async () => {
    const gone = endpointAt('http://127.0.0.1:9/v1');
    const played = await play(named(5), [gone], { http, patienceMs: 1500 });
    expect(played.end).toMatchObject({
      kind: 'paused',
      cause: 'endpoint',
      message: expect.stringContaining('127.0.0.1:9'),
    });
    expect(played.seconds).toBeLessThan(60);
  });

  it('pauses when most requests fail for good, and names the commonest reasons', async () => {
    fake.configure({ faults: { e400: 0.9, e422: 0.1 } });
    const played = await play(named(2000), [endpointAt(fake.url)], { http });
    expect(played.end).toMatchObject({
      kind: 'paused',
      cause: 'endpoint',
      message: expect.stringContaining('failed for good'),
    });
    expect(played.end.kind === 'paused' && played.end.reasons[0]?.reason).toBe('context_length_exceeded');
    expect(fake.stats().total).toBeLessThan(200);
  });

  it('estimates tokens where the server reports none, and says so', async () => {
    fake.configure({ no_usage: 1 });
    const price = { input: 1, output: 2 };
    const played = await play(named(3), [endpointAt(fake.url, { price })], { http });
    for (const outcome of played.plan.outcomes.values()) {
      if (outcome.kind !== 'answered') throw new Error('not answered');
      const { smt } = outcome.completion;
      expect(smt.estimated_usage).toBe(true);
      expect(smt.output_tokens).toBeGreaterThan(0);
      expect(smt.cost).toBeCloseTo((smt.input_tokens + 2 * smt.output_tokens) / 1e6);
    }
  });

  it.each(['length', 'content_filter', 'null_finish', 'empty_content', 'think', 'unclosed_think', 'prose', 'garbage'])(
    'keeps a %s answer whole for the parser and does not pay for it twice',
    async (fault) => {
      fake.configure({ faults: { [fault]: 1 } });
      const played = await play(named(3), [endpointAt(fake.url)], { http });
      expect(played.plan.count('answered')).toBe(3);
      expect(fake.stats().total).toBe(3);
    },
  );

  it('cancels: sends nothing more, keeps what arrives, and breaks off what does not', async () => {
    fake.configure({ latency_ms: 150, faults: { hang: 0.2 } });
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 400);
    const played = await play(named(5000), [endpointAt(fake.url, { maxConcurrency: 16 })], {
      http,
      signal: stop.signal,
      drainMs: 500,
    });
    expect(played.end).toEqual({ kind: 'cancelled' });
    // It would hang for good if it waited for the requests that hang.
    expect(played.seconds).toBeLessThan(20);
    expect(played.logged).toBe(played.plan.count('answered'));
    expect(fake.stats().distinct_answered).toBe(played.logged);
  });
});
