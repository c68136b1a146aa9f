import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluatedQuestions, loadBenchmarks } from '../../../src/engine/eval/benchmarks/loadBenchmarks.ts';
import { openProjectCorpus } from '../../../src/engine/generate/projectCorpus.ts';
import { buildIndex, openRetriever } from '../../../src/engine/rag/index.ts';
import { measureQuality } from '../../../src/engine/rag/quality/measure.ts';
import { effectiveSettings } from '../../../src/engine/rag/settings.ts';
import { ragProject } from './ragProject.ts';

const data = resolve('../shared/data');

describe('real documents', () => {
  it('11 filings and 11 articles: every chunk is its text, evidence pages are found by their words', {
    timeout: 240_000,
  }, async (context) => {
    if (!existsSync(join(data, 'financebench', 'pdfs'))) {
      console.log(`skipped: ${data} is not on this machine`);
      context.skip();
    }
    const file = join(data, 'financebench', 'financebench_open_source.jsonl');
    const { project, root } = await ragProject(
      {},
      {
        retrieval: '{embedder: {endpoint: none}}',
        extra: `evaluation: {benchmarks: [{id: fb, format: financebench, path: "${file}"}]}\n`,
      },
    );
    await mkdir(join(root, 'docs'));
    for (const pdf of await readdir(join(data, 'financebench', 'pdfs'))) {
      await copyFile(join(data, 'financebench', 'pdfs', pdf), join(root, 'docs', pdf));
    }
    await copyFile(join(data, 'quality', 'quality-11.jsonl'), join(root, 'docs', 'quality.jsonl'));
    const built = await buildIndex(project, { keys: {}, setUp: false });
    expect(built.documents).toBe(22);
    const { corpus, counter } = await openProjectCorpus(project);
    await counter.close();
    const settings = { top_k: 32 };
    const retriever = await openRetriever(project, { settings, keys: {}, corpus });
    const benchmark = (await loadBenchmarks(project)).find(({ id }) => id === 'fb');
    if (!benchmark) throw new Error('the benchmark');
    const questions = await evaluatedQuestions(benchmark, corpus);
    const pages = new Map(corpus.documents.map((document) => [document.id, document.pages]));
    const quality = await measureQuality({
      ...{ benchmark: 'fb', questions, retriever, unit: 'page' },
      settings: effectiveSettings(project.config.retrieval, settings),
      pages: (document) => pages.get(document),
    });
    console.log(
      `full text, evidence pages of ${quality?.questions} questions: ${JSON.stringify(quality?.recall['8'])}, MRR ${quality?.mrr.toFixed(3)}`,
    );
    expect(quality?.questions).toBe(22);
    // What it was when this was written, less a margin: a change that halves it shall be seen.
    expect(quality?.recall['8']?.value).toBeGreaterThan(0.5);

    const [found = []] = await retriever.retrieve([{ id: 'q', text: questions[0]?.question ?? '' }]);
    for (const chunk of found) {
      expect((await corpus.text(chunk.document)).slice(chunk.start, chunk.end)).toBe(chunk.text);
      expect(chunk.text.length).toBeLessThanOrEqual(1024);
    }
    await retriever.close();
    await rm(root, { recursive: true, force: true });
  });
});
