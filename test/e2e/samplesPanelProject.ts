// A project whose samples were made by the real command line against the fake model: what the panel's specs open.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { personEnvironment } from '../../scripts/testing/person.ts';
import { repository } from '../../scripts/testing/repository.ts';
import { FakeLlm } from '../fixtures/fake-llm/server.mjs';

const documents = ['a-short-history-of-osmerrow.md', 'gannet-stack-lighthouse.txt', 'saltworks-annual-report-2024.pdf'];

/** Copies three documents of the sample corpus (one PDF) and answers `requests` of their plan. */
export async function makeProject(folder: string, requests = 60): Promise<void> {
  for (const document of documents) cpSync(join(repository, 'sample-corpus', document), join(folder, document));
  const scratch = mkdtempSync(join(tmpdir(), 'smt-e2e-project-'));
  const model = await FakeLlm.start({ seed: 5, model: 'fake-8b', latency_ms: 2 });
  try {
    const env = { ...process.env, ...personEnvironment(scratch, { fake: { base_url: model.url, model: 'fake-8b' } }) };
    const smt = async (...words: string[]) => {
      const child = spawn(process.execPath, [join(repository, 'dist/cli.js'), ...words], { cwd: folder, env });
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
      const [code] = await once(child, 'exit');
      if (code !== 0) throw new Error(`smt ${words.join(' ')} ended with ${code}:\n${said}`);
    };
    await smt('init', '--endpoint', 'fake');
    await smt('generate', '--limit', String(requests));
  } finally {
    await model.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}
