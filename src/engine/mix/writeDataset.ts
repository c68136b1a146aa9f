import { createHash } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DATASET_VERSION, type DatasetManifest } from '../../contract/dataset.ts';
import type { Project } from '../project/index.ts';
import { seeded } from '../synth/plan/random.ts';
import { datasetCard } from './datasetCard.ts';
import type { BudgetRows, Mixture } from './mixture.ts';
import { rowBegin } from './render.ts';
import type { Dropped } from './replay.ts';
import { RowTally } from './rowTally.ts';
import { shuffle } from './selection.ts';
import { ShardWriter, type TrainingRow } from './shards.ts';

export interface WriteOptions {
  name: string;
  /** Budget of all tokens that was asked for. */
  tokens: number;
  /** The nested series it belongs to. */
  budgets: readonly number[];
  /** Replay texts that were left out, by reason. */
  dropped: Dropped | undefined;
  signal: AbortSignal;
  onProgress?: (rows: number, total: number) => void;
}

const MASKED = -100;
/** Beside the manifest: how many rows have which length, for the view's histogram. */
export const LENGTHS_FILE = 'lengths.json';

/**
 * Writes one training set to `.smt/datasets/<name>/`, beside it first and renamed when it is whole. Row by row: token
 * ids are read from the cache where they are needed, in the order of the final seeded shuffle.
 *
 * @returns its manifest, as written
 */
export async function writeDataset(
  project: Project,
  mixture: Mixture,
  budget: BudgetRows,
  options: WriteOptions,
): Promise<DatasetManifest> {
  const { datasets } = project.paths;
  const draft = join(datasets, `.draft-${options.name}-${process.pid}`);
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  try {
    const manifest = await writeFiles(draft, project, mixture, budget, options);
    await replace(join(datasets, options.name), draft);
    return manifest;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

async function writeFiles(
  draft: string,
  project: Project,
  mixture: Mixture,
  budget: BudgetRows,
  { name, tokens, budgets, dropped, signal, onProgress }: WriteOptions,
): Promise<DatasetManifest> {
  const { settings, seed, student, parts, gathered, available } = mixture;
  const { candidates } = gathered;
  const order = shuffle(
    Uint32Array.from({ length: budget.rows.length + (budget.replay?.rows ?? 0) }, (_, at) => at),
    seeded('mix rows', seed),
  );
  const total = order.length + mixture.held.length;
  let written = 0;
  const tally = new RowTally();
  const write = async (split: 'train' | 'held_out', rows: Iterable<TrainingRow>) => {
    const shards = new ShardWriter(draft, split);
    for (const row of rows) {
      if (split === 'train') tally.add(row);
      await shards.add(row);
      written += 1;
      if (written % 2000 === 0) {
        signal.throwIfAborted();
        onProgress?.(written, total);
      }
    }
    return shards.finish();
  };
  const files = [
    ...(await write('train', trainRows(mixture, budget, order))),
    ...(await write('held_out', heldRows(mixture))),
  ];
  const train = tally.train;
  const achieved = (of: number, all: number) => (all === 0 ? 0 : of / all);
  const replayTally = budget.replay;
  const manifest: DatasetManifest = {
    v: DATASET_VERSION,
    name,
    project: project.config.name,
    created: Date.now() / 1000,
    student: student.model,
    tokenizer: {
      sha256: student.tokenizer.sha256,
      name: student.tokenizer.name,
      begin: [...student.tokenizer.begin],
      eos: student.tokenizer.eos,
      vocabulary: student.tokenizer.vocabulary,
    },
    seed,
    settings: { ...settings, tokens },
    budgets: [...budgets],
    train,
    held_out: {
      tokens: mixture.held.reduce((sum, row) => sum + candidates.rowTokens(row), 0),
      rows: mixture.held.length,
    },
    parts: parts.map(({ label, kind, share }, part) => {
      const chosen = budget.selection.parts[part] ?? { rows: 0, tokens: 0 };
      return {
        label,
        kind,
        asked: share,
        achieved: achieved(chosen.tokens, budget.selection.tokens),
        available_tokens: available[part] ?? 0,
        tokens: chosen.tokens,
        rows: chosen.rows,
      };
    }),
    by_method: tally.byMethod(),
    by_document: tally.byDocument(),
    replay:
      replayTally === undefined
        ? null
        : {
            tokens: replayTally.tokens,
            rows: replayTally.rows,
            asked: settings.replay.share,
            achieved: achieved(replayTally.tokens, train.tokens),
            ...(dropped ?? { dropped_duplicates: 0 }),
          },
    left_out: gathered.left_out,
    files,
    hash: datasetHash(mixture, budget, tokens),
    toy: candidates.toy > 0,
  };
  await writeFile(join(draft, 'README.md'), datasetCard(manifest, [...candidates.models].sort()));
  await writeFile(join(draft, LENGTHS_FILE), `${JSON.stringify({ v: 1, lengths: tally.lengths() })}\n`);
  await writeFile(join(draft, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

function* trainRows(mixture: Mixture, { rows, replay }: BudgetRows, order: Uint32Array): Generator<TrainingRow> {
  const { cache, student } = mixture;
  for (const at of order) {
    const row = rows[at];
    if (row !== undefined) {
      yield sampleRow(mixture, row);
      continue;
    }
    const text = replay?.of.row(at - rows.length);
    if (!text) continue;
    const ids = Array.from(cache.read(text.at, text.length));
    if (text.ends) ids.push(student.tokenizer.eos);
    if (text.begins) ids.unshift(...student.tokenizer.begin);
    if (ids.length !== text.tokens) throw new Error('A piece of replay changed its length.');
    yield { ids, labels: ids, source: `replay:${text.text}`, kind: 'replay', method: undefined, document: undefined };
  }
}

function* heldRows(mixture: Mixture): Generator<TrainingRow> {
  for (const row of mixture.held) yield sampleRow(mixture, row);
}

function sampleRow(mixture: Mixture, row: number): TrainingRow {
  const { gathered, cache, student, settings, parts } = mixture;
  const { candidates } = gathered;
  const kind = parts[candidates.part[row] ?? 0]?.kind ?? 'document';
  const begin = rowBegin(student, settings.render, kind);
  const ids: number[] = [...begin, ...cache.read(candidates.at[row] ?? 0, candidates.length[row] ?? 0)];
  ids.push(student.tokenizer.eos);
  const prompt = candidates.prompt[row] ?? 0;
  const masked = settings.loss_on === 'answers' && kind === 'qa' && prompt > 0 ? begin.length + prompt : 0;
  return {
    ids,
    labels: masked === 0 ? ids : ids.map((id, at) => (at < masked ? MASKED : id)),
    source: candidates.idOf(row),
    kind,
    method: candidates.methods.values[candidates.method[row] ?? 0],
    document: candidates.documentNames[candidates.document[row] ?? 0],
  };
}

/** SHA-256 over everything the bytes depend on: settings, tokenizer, seed, and the ids and texts of all rows. */
function datasetHash({ settings, seed, student, gathered, held }: Mixture, budget: BudgetRows, tokens: number): string {
  const { candidates } = gathered;
  const hash = createHash('sha256');
  const { sha256, eos, begin } = student.tokenizer;
  hash.update(JSON.stringify([DATASET_VERSION, { ...settings, tokens }, seed, sha256, eos, ...begin]));
  const words = new Uint32Array(8);
  const bytes = new Uint8Array(words.buffer);
  for (const rows of [budget.rows, held]) {
    hash.update(`rows ${rows.length}`);
    for (const row of rows) {
      for (let word = 0; word < 4; word++) {
        words[word] = candidates.id[row * 4 + word] ?? 0;
        words[word + 4] = candidates.text[row * 4 + word] ?? 0;
      }
      hash.update(bytes);
    }
  }
  const { of: replay, rows = 0 } = budget.replay ?? {};
  for (let at = 0; at < rows; at++) {
    const row = replay?.row(at);
    if (row) hash.update(`${row.key} ${row.length}\n`);
  }
  return hash.digest('hex');
}

/** Puts the new folder in the place of an old one: a reader sees one or the other. */
async function replace(folder: string, draft: string): Promise<void> {
  const old = `${draft}-old`;
  await rm(old, { recursive: true, force: true });
  await rename(folder, old).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  });
  await rename(draft, folder);
  await rm(old, { recursive: true, force: true });
}
