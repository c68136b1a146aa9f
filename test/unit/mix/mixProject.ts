import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { type DatasetManifest, MixParams } from '../../../src/contract/dataset.ts';
import type { ReviewLine, Sample } from '../../../src/contract/sample.ts';
import { contentHash } from '../../../src/engine/contentHash.ts';
import { openProjectCorpus } from '../../../src/engine/generate/index.ts';
import { createJob, type JobEnd, type JobHooks, readSpec } from '../../../src/engine/jobs/index.ts';
import type { StoredRow } from '../../../src/engine/mix/datasets.ts';
import { readDataset, runMix, storedRows } from '../../../src/engine/mix/index.ts';
import { loadProject, type Project } from '../../../src/engine/project/index.ts';
import { openSampleWriter } from '../../../src/engine/samples/index.ts';
import { byteTokenizer, EOS, tokenizerConfig } from '../../fixtures/byteTokenizer.ts';

export { byteTokenizer, EOS, tokenizerConfig };

/** A project folder with documents, the byte tokenizer and samples in a real table. */
export class MixProject {
  readonly root = mkdtempSync(join(tmpdir(), 'smt-mix-'));
  #hashes = new Map<string, string>();
  #number = 0;

  constructor(yaml = '', documents: Readonly<Record<string, string>> = DOCUMENTS) {
    afterAll(() => rmSync(this.root, { recursive: true, force: true }));
    this.write('tokenizer/tokenizer.json', byteTokenizer());
    this.write('tokenizer/tokenizer_config.json', tokenizerConfig);
    for (const [name, text] of Object.entries(documents)) this.write(name, text);
    this.configure(yaml);
  }

  /** smt.yaml with this below the student. */
  configure(yaml: string): void {
    this.write(
      'smt.yaml',
      `v: 1\nname: Harbours\ncorpus: { include: ['*.md'] }\nstudent: { model: maker/student, tokenizer: tokenizer }\n${yaml}`,
    );
  }

  write(file: string, text: string | Uint8Array): void {
    mkdirSync(dirname(join(this.root, file)), { recursive: true });
    writeFileSync(join(this.root, file), text);
  }

  read(file: string): string {
    return readFileSync(join(this.root, file), 'utf8');
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  async project(): Promise<Project> {
    const loaded = await loadProject(this.root);
    if (loaded.kind !== 'ready') throw new Error(JSON.stringify(loaded));
    return loaded.project;
  }

  /** Accepted samples, half QAs and half documents, spread over the documents. */
  async fill(count: number, fields: (number: number) => Partial<Sample> = () => ({})): Promise<Sample[]> {
    const { corpus, counter } = await openProjectCorpus(await this.project());
    await counter.close();
    this.#hashes = new Map(corpus.documents.map(({ id, text_hash }) => [id, text_hash]));
    const documents = corpus.documents.map(({ id }) => id);
    const samples = Array.from({ length: count }, () => {
      const number = this.#number++;
      const document = documents[number % documents.length] ?? '';
      return this.#sample(number, document, fields(number));
    });
    const writer = await openSampleWriter({ lance: join(this.root, '.smt', 'lance') });
    writer.put(samples);
    writer.covered({});
    await writer.close();
    return samples;
  }

  review(line: Partial<ReviewLine> & { decision: string; sample: string; text: string }): void {
    const review = {
      v: 1,
      review: contentHash(JSON.stringify(line)),
      at: '2026-01-01T00:00:00Z',
      request: '0'.repeat(32),
    };
    const before = readIfThere(this.path('reviews.jsonl'));
    this.write('reviews.jsonl', `${before}${JSON.stringify({ ...review, ...line })}\n`);
  }

  async mix(params: Partial<MixParams> = {}, hooks: JobHooks = {}): Promise<{ end: JobEnd; dir: string }> {
    const project = await this.project();
    const { dir } = await createJob(project, {
      kind: 'mix',
      title: 'Build training set',
      params: MixParams.parse({ name: 'set', ...params }),
    });
    const spec = await readSpec(dir);
    if (spec.kind !== 'mix') throw new Error('not a mix job');
    return { end: await runMix(dir, spec, hooks), dir };
  }

  async manifest(name = 'set'): Promise<DatasetManifest> {
    const found = await readDataset(this.path('.smt', 'datasets'), name);
    if (!found.ok) throw new Error(found.message);
    return found.manifest;
  }

  async rows(name = 'set', split: 'train' | 'held_out' = 'train'): Promise<StoredRow[]> {
    const rows: StoredRow[] = [];
    for await (const batch of storedRows(this.path('.smt', 'datasets', name), await this.manifest(name), split)) {
      rows.push(...batch);
    }
    return rows;
  }

  #sample(number: number, document: string, fields: Partial<Sample>): Sample {
    const kind = fields.kind ?? (number % 2 === 0 ? 'qa' : 'document');
    const length = 1 + ((number * 7) % 13);
    return {
      v: 1,
      id: contentHash(`sample ${number} ${fields.answer ?? ''}`),
      kind,
      method: kind === 'qa' ? 'qa' : 'active_reading',
      document,
      window: 0,
      state: 'accepted',
      ...(kind === 'qa'
        ? {
            question: `What is number ${number}?`,
            explanation: 'Counting gives it. '.repeat(length).trim(),
            answer: `It is ${number}.`,
          }
        : { text: `Text ${number} in other words. `.repeat(length).trim() }),
      request: contentHash(`request ${Math.floor(number / 5)}`),
      model: 'test-model',
      tokens: 10,
      document_hash: this.#hashes.get(document) ?? '',
      order: [Math.floor(number / 5), number % 5],
      ...fields,
    };
  }
}

/** What bytes say. */
export function textOf(ids: readonly number[]): string {
  return Buffer.from(ids.filter((id) => id < 256)).toString('utf8');
}

export const DOCUMENTS = {
  'harbour.md': `# The harbour\n\n${'The harbour of Osmerrow has seven piers. '.repeat(20)}\n`,
  'lighthouse.md': `# The lighthouse\n\n${'The lighthouse was lit in the year of the storm. '.repeat(60)}\n`,
  'ferry.md': `# The ferry\n\n${'Two sisters founded the ferry company. '.repeat(5)}\n`,
};

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
