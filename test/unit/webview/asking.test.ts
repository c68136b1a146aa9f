import 'vscode-jsonrpc/node';
import { afterEach, expect, it, vi } from 'vitest';
import { JobPanel } from '../../../src/contract/jobPanel.ts';
import { connectToEditor } from '../../../webview/asking.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** An editor that takes a question and does not answer; what became of it after `ms`. */
async function unanswered(ask: (asking: ReturnType<typeof connectToEditor>) => Promise<unknown>, ms: number) {
  vi.useFakeTimers();
  const asking = connectToEditor({ post: () => true, listen: () => ({ dispose() {} }) }, () => {});
  asking.connection.listen();
  let said: unknown = 'nothing';
  ask(asking).catch((error: unknown) => {
    said = error instanceof Error ? error.message : error;
  });
  await vi.advanceTimersByTimeAsync(ms);
  asking.connection.dispose();
  return said;
}

it('a read that is not answered is reported, so that nothing spins for ever', async () => {
  const said = await unanswered(({ ask }) => ask(JobPanel.ready, { state: null }), 61_000);
  expect(said).toMatch(/did not answer job\/ready within 60 s/);
});

it('what waits for a person, or for gigabytes, has no limit', async () => {
  const run = { run: 'r', step: 1 };
  expect(await unanswered(({ ask }) => ask(JobPanel.fetchCheckpoint, run), 3_600_000)).toBe('nothing');
  expect(await unanswered(({ ask }) => ask(JobPanel.deleteCheckpoint, run), 3_600_000)).toBe('nothing');
});
