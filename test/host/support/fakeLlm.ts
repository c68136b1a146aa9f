import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FakeConfig, FakeLlm } from '../../fixtures/fake-llm/server.mjs';
import { repository } from './extension.ts';

/** A real HTTP endpoint in this process. Loaded where it lies: it is an ES module, and tests are bundled as CommonJS. */
export async function fakeLlm(config: FakeConfig, port?: number): Promise<FakeLlm> {
  const file = pathToFileURL(join(repository, 'test/fixtures/fake-llm/server.mjs')).href;
  const { FakeLlm: Fake }: typeof import('../../fixtures/fake-llm/server.mjs') = await import(file);
  return Fake.start(config, port === undefined ? {} : { port });
}
