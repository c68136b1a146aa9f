import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { Server } from '../../../src/contract/rpc.ts';
import { asFailure, ask } from '../../../src/contract/rpcConnection.ts';
import { openSampleWriter } from '../../../src/engine/samples/index.ts';
import { sample, temporaryFolder } from '../samples/sampleFixtures.ts';
import { bundleServer, type RunningServer, startServer } from './serverProcess.ts';

const PROJECT = 'v: 1\nname: Harbour\ncorpus:\n  include: ["*.md"]\ngenerator:\n  endpoints: [somewhere]\n';
const NO_PARAMS = {
  methods: [],
  documents: [],
  limit: undefined,
  preview: false,
  additions_only: false,
  retry_failed: false,
  budget: {},
};

/** Every file of a folder with its bytes, and every folder. */
function treeOf(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    names.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path, entry.isFile() ? readFileSync(path, 'base64') : 'not a file'];
    }),
  );
}

const failed = (promise: Promise<unknown>) =>
  promise.then(
    () => {
      throw new Error('expected a failure');
    },
    (error: unknown) => asFailure(error),
  );

describe('the server', () => {
  const config = temporaryFolder();
  const cache = temporaryFolder();
  let bundle: Awaited<ReturnType<typeof bundleServer>>;
  const servers: RunningServer[] = [];
  const serve = (env: NodeJS.ProcessEnv): MessageConnection => {
    const server = startServer(bundle.program, {
      SMT_CONFIG: join(config, 'endpoints.yaml'),
      SMT_CACHE: cache,
      ...env,
    });
    servers.push(server);
    return server.connection;
  };

  beforeAll(async () => {
    bundle = await bundleServer();
  }, 60_000);
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    bundle.remove();
  });

  describe('in Restricted Mode', () => {
    const project = temporaryFolder();
    let call: MessageConnection;
    let before: Record<string, string>;

    beforeAll(() => {
      writeFileSync(join(project, 'smt.yaml'), PROJECT);
      writeFileSync(join(project, 'harbour.md'), '# Harbour\n\nIt was dug in 1731.\n');
      before = treeOf(project);
      call = serve({ SMT_RESTRICTED: '1' });
    });

    it('reads documents, their text, samples and jobs', async () => {
      expect(await ask(call, Server.openProject, { project })).toMatchObject({ state: 'ready', name: 'Harbour' });
      const { documents } = await ask(call, Server.corpus, { project });
      expect(documents.map(({ id }) => id)).toEqual(['harbour.md']);
      const { text } = await ask(call, Server.documentText, { project, document: 'harbour.md' });
      expect(text).toContain('1731');
      const page = await ask(call, Server.samples, { project, filter: {}, offset: 0, limit: 10 });
      expect(page.total).toBe(0);
      expect((await ask(call, Server.jobs, { project })).jobs).toEqual([]);
    });

    it('refuses everything that writes, starts or sends', async () => {
      const run = '20261122-183015123-4f2a9c';
      const refused = await Promise.all([
        failed(ask(call, Server.createProject, { project: join(project, 'other') })),
        failed(ask(call, Server.decide, { project, decision: { kind: 'undo' } })),
        failed(
          ask(call, Server.addToPlan, {
            project,
            additions: [{ document: 'harbour.md', method: 'qa', count: 1 }],
          }),
        ),
        failed(ask(call, Server.startGenerate, { project, params: NO_PARAMS, keys: {} })),
        failed(ask(call, Server.resumeJob, { project, run, keys: {} })),
        failed(ask(call, Server.stopJob, { project, run })),
        failed(ask(call, Server.removeJob, { project, run })),
        failed(ask(call, Server.addEndpoint, { id: 'mine', base_url: 'http://127.0.0.1:9/v1' })),
        failed(ask(call, Server.testEndpoint, { base_url: 'http://127.0.0.1:9/v1' })),
        failed(ask(call, Server.consentOrigin, { origin: 'https://api.example.com' })),
        failed(ask(call, Server.detectServers, null)),
      ]);
      expect(refused.map(({ code }) => code)).toEqual(refused.map(() => 'restricted'));
      expect(existsSync(join(config, 'endpoints.yaml'))).toBe(false);
    });

    it('leaves the folder as it was and keeps the texts in the user’s cache', () => {
      expect(treeOf(project)).toEqual(before);
      expect(readdirSync(join(cache, 'restricted'))).toHaveLength(1);
    });

    it('shows samples that a trusted window has made, still without writing', async () => {
      const writer = await openSampleWriter({ lance: join(project, '.smt', 'lance') });
      writer.put([sample(0, { document: 'harbour.md' }), sample(1, { document: 'harbour.md' })]);
      await writer.close();
      const written = treeOf(project);
      await expect
        .poll(async () => (await ask(call, Server.sampleCounts, { project })).total, { timeout: 20_000 })
        .toBe(2);
      await ask(call, Server.lineage, { project, sample: sample(0).id });
      expect(treeOf(project)).toEqual(written);
    });
  });

  describe.each(['.smt', '.smt/runs', '.smt/lance', '.smt/completions/completions-000001.jsonl', 'reviews.jsonl'])(
    'in a folder whose %s is a link that leaves it',
    (link) => {
      const project = temporaryFolder();
      const outside = temporaryFolder();
      let call: MessageConnection;

      beforeAll(() => {
        writeFileSync(join(project, 'smt.yaml'), PROJECT);
        writeFileSync(join(project, 'harbour.md'), '# Harbour\n');
        mkdirSync(join(project, link, '..'), { recursive: true });
        // Nothing lies where a link to a file leads: writing through it would make it.
        symlinkSync(link.endsWith('.jsonl') ? join(outside, 'made') : outside, join(project, link));
        call = serve({});
      });

      it('says so and reads and writes nothing through it', async () => {
        const state = await ask(call, Server.openProject, { project });
        expect(state.state).toBe('invalid');
        expect(state.problems).toMatchObject([{ file: link }]);
        expect(state.problems[0]?.message).toMatch(/leaves the project folder .* Remove the link/);
        const refused = await Promise.all([
          failed(ask(call, Server.corpus, { project })),
          failed(ask(call, Server.samples, { project, filter: {}, offset: 0, limit: 10 })),
          failed(ask(call, Server.jobs, { project })),
          failed(ask(call, Server.decide, { project, decision: { kind: 'undo' } })),
          failed(ask(call, Server.startGenerate, { project, params: NO_PARAMS, keys: {} })),
          failed(ask(call, Server.stopJob, { project, run: '20261122-183015123-4f2a9c' })),
        ]);
        for (const { message } of refused) expect(message).toContain(link);
        expect(readdirSync(outside)).toEqual([]);
      });
    },
  );
});
