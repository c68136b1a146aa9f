import { hash } from 'node:crypto';
import { isAbsolute, join, resolve, sep } from 'node:path';
import type { MixParams, MixtureSettings, MixtureShortfall } from '../../contract/dataset.ts';
import { JobProblem } from '../jobs/index.ts';
import type { Project } from '../project/index.ts';
import type { LeakGate } from '../synth/index.ts';
import { possibleTokens, replayTokens, type Selection, select, shortfall, syntheticBudget } from './budgets.ts';
import { controlTokens, type Gathered, gather } from './gather.ts';
import { CorpusOverlap } from './overlap.ts';
import { type Part, partsOf } from './parts.ts';
import { rowBegin } from './render.ts';
import { type Replay, readReplay } from './replay.ts';
import type { ReplayRows } from './replayRows.ts';
import { ReplayProblem, replayTexts } from './replayTexts.ts';
import { openSource, otherProject, type SampleSource } from './sampleSource.ts';
import { documentShares, heldOut, orderPart, type PartOrder, type Pool } from './selection.ts';
import type { Student } from './student.ts';
import { TokenCache } from './tokenCache.ts';
import { Tokenising } from './tokenising.ts';
import { withRequests } from './topUp.ts';

/** Everything of a mixture that does not depend on the budget. Close it. */
export interface Mixture {
  settings: MixtureSettings;
  seed: number;
  student: Student;
  parts: readonly Part[];
  orders: readonly PartOrder[];
  /** Train tokens per part. */
  available: readonly number[];
  held: Uint32Array;
  gathered: Gathered;
  cache: TokenCache;
  /** Texts and tokens that had to be tokenised now, and how long gathering took. */
  fresh: { texts: number; tokens: number; seconds: number };
  /** Replay for the largest budget. @throws ReplayProblem */
  replayFor(budgets: readonly Selection[]): Promise<Replay | undefined>;
  lacks(tokens: number): Promise<MixtureShortfall | undefined>;
  /** Ends the tokenizer's threads, each with the vocabulary in memory: from here on token ids are only read. */
  endTokenising(): Promise<void>;
  close(): Promise<void>;
}

/** One budget's rows. */
export interface BudgetRows {
  selection: Selection;
  /** Candidate rows, part by part. */
  rows: Uint32Array;
  /** So many rows of the replay, from the first one on. */
  replay: { of: ReplayRows; rows: number; tokens: number } | undefined;
}

export interface MixProgress {
  phase: 'load' | 'tokenise' | 'replay';
  done: number;
}

/** Where the token ids of one tokenizer are kept. Not a name that a data set can have. */
export const tokenCacheFolder = (datasets: string, sha256: string): string =>
  join(datasets, '.tokens', sha256.slice(0, 16));

/**
 * Opens the samples of a mixture, tokenises what is new and puts every part's rows in order.
 * @throws JobProblem: no tokenizer is the caller's business, a broken part or template is ours
 */
export async function openMixture(
  project: Project,
  student: Student,
  params: Pick<MixParams, 'methods' | 'seed'>,
  options: { gate: LeakGate; signal: AbortSignal; onProgress?: (progress: MixProgress) => void },
): Promise<Mixture> {
  const { gate, signal, onProgress } = options;
  const settings = { ...project.config.mixture };
  const seed = params.seed ?? project.config.seed;
  const parts = partsOf(settings, project.root, params.methods);
  if (parts.length === 0) {
    throw new JobProblem(
      `No part of the mixture has samples of ${params.methods.join(', ')}: see mixture.parts of smt.yaml.`,
    );
  }
  settings.parts = parts.map(({ written }) => written);
  let open: readonly Opened[] = await openSources(project, parts, signal);
  // What is needed of the projects once their samples are read: a reader's facets are a tenth of a gigabyte.
  const mixed = open.map(({ source, parts: own }) => ({ project: source.project, corpus: source.corpus, parts: own }));
  const cache = await TokenCache.open(
    tokenCacheFolder(project.paths.datasets, student.tokenizer.sha256),
    student.tokenizer.vocabulary,
  );
  const tokenising = new Tokenising(cache, student.tokenizer.path, signal);
  const closeSources = async () => {
    const sources = open;
    open = [];
    await Promise.all(sources.map(({ source }) => source.close()));
  };
  const close = async () => {
    await tokenising.close();
    await cache.close();
    await closeSources();
  };
  try {
    const started = performance.now();
    const gathered = await gather(open, parts, settings.render, student, tokenising, {
      gate,
      signal,
      onProgress: (done) => onProgress?.({ phase: 'tokenise', done }),
    });
    // Everything that is needed of the samples is in the candidates and the cache now.
    await closeSources();
    const fresh = { ...tokenising.fresh, seconds: (performance.now() - started) / 1000 };
    const { candidates } = gathered;
    const pool: Pool = {
      rows: gathered.rows,
      id: candidates.id,
      part: candidates.part,
      document: candidates.document,
      tokens: (row) => candidates.rowTokens(row),
    };
    const { train, held } = heldOut(pool, parts.length, settings.held_out);
    const orders = parts.map((part, index) => {
      const rows = train.filter((row) => candidates.part[row] === index);
      const documents = new Set<number>();
      for (const row of rows) documents.add(candidates.document[row] ?? 0);
      const shares = documentShares(gathered.documentTokens, documents, settings.document_floor);
      // By kind alone: the questions of a mixture are those of a mixture of questions.
      return orderPart(pool, rows, shares, salt('mix order', seed, part.kind));
    });
    const available = orders.map(({ cumulative }) => cumulative.at(-1) ?? 0);
    return {
      ...{ settings, seed, student, parts, orders, available, held, gathered, cache, fresh, close },
      endTokenising: () => tokenising.close(),
      lacks: async (tokens) => {
        const lacking = shortfall(parts, available, tokens);
        return lacking && withRequests(lacking, parts, acceptedTokens(gathered, parts), partProjects(mixed, parts));
      },
      replayFor: async (budgets) => {
        const { source, share } = settings.replay;
        if (source === undefined || share === 0) return undefined;
        const largest = Math.max(...budgets.map(({ tokens }) => replayTokens(tokens, share)));
        const path = isAbsolute(source) ? source : resolve(project.root, source);
        refuseReplayInCorpus(mixed, path, source);
        const overlap = await corpusOverlap(mixed, signal);
        const texts = replayTexts(path);
        onProgress?.({ phase: 'replay', done: 0 });
        const [control, begin] = [controlTokens(student), rowBegin(student, settings.render, 'replay').length];
        return readReplay(texts, largest, { overlap, gate, control, begin, tokenising, signal });
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The rows of one budget of all tokens (with the rule `replace`, replay takes its share out of them). */
export function budgetOf(mixture: Mixture, tokens: number): Selection {
  return select(mixture.parts, mixture.orders, syntheticBudget(tokens, activeReplay(mixture.settings)));
}

/** Budget of all tokens that the samples allow. */
export function largestBudget({
  parts,
  available,
  settings,
}: Pick<Mixture, 'parts' | 'available' | 'settings'>): number {
  const replay = activeReplay(settings);
  const synthetic = possibleTokens(parts, available);
  return replay?.rule === 'replace' ? Math.floor(synthetic / (1 - replay.share)) : synthetic;
}

export function rowsOf(mixture: Mixture, selection: Selection, replay: Replay | undefined): BudgetRows {
  const chosen = selection.parts.map(
    ({ rows }, part) => mixture.orders[part]?.rows.subarray(0, rows) ?? new Uint32Array(0),
  );
  const rows = new Uint32Array(chosen.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of chosen) {
    rows.set(part, at);
    at += part.length;
  }
  const { share } = mixture.settings.replay;
  const wanted = replayTokens(selection.tokens, share);
  return { selection, rows, replay: replay && { of: replay.rows, ...replay.rows.closest(wanted) } };
}

export function activeReplay({ replay }: MixtureSettings): { share: number; rule: 'add' | 'replace' } | undefined {
  return replay.source === undefined || replay.share === 0 ? undefined : replay;
}

function salt(...name: (string | number)[]): number {
  return hash('sha256', name.join('\u0000'), 'buffer').readInt32LE(0);
}

type Mixed = Pick<SampleSource, 'project' | 'corpus'> & { parts: readonly number[] };
type Opened = { source: SampleSource; parts: number[]; name: string | undefined };

async function openSources(project: Project, parts: readonly Part[], signal: AbortSignal): Promise<Opened[]> {
  const opened: Opened[] = [];
  try {
    for (const [index, part] of parts.entries()) {
      const folder = part.project ?? project.root;
      const known = opened.find(({ source }) => source.project.root === folder);
      if (known) {
        known.parts.push(index);
        continue;
      }
      const of = part.project === undefined ? project : await otherProject(folder);
      const source = await openSource(of, signal);
      opened.push({ source, parts: [index], name: part.project === undefined ? undefined : of.config.name });
    }
    return opened;
  } catch (error) {
    await Promise.all(opened.map(({ source }) => source.close()));
    throw error;
  }
}

function partProjects(mixed: readonly Mixed[], parts: readonly Part[]): Project[] {
  return parts.flatMap((_, index) => mixed.find((each) => each.parts.includes(index))?.project ?? []);
}

function acceptedTokens({ candidates, rows }: Gathered, parts: readonly Part[]): Map<string, number>[] {
  const sums = parts.map(() => new Map<string, number>());
  for (const row of rows) {
    const of = sums[candidates.part[row] ?? 0];
    const method = candidates.methods.values[candidates.method[row] ?? 0] ?? '';
    of?.set(method, (of.get(method) ?? 0) + candidates.rowTokens(row));
  }
  return sums;
}

/** A replay file in the project's folder that the corpus's globs take as well would be written about, and repeat itself. */
function refuseReplayInCorpus(mixed: readonly Mixed[], path: string, source: string): void {
  for (const { project, corpus } of mixed) {
    const inside = corpus.documents.find((document) => {
      const file = resolve(project.root, document.path);
      return file === path || file.startsWith(path.endsWith(sep) ? path : path + sep);
    });
    if (inside) {
      throw new ReplayProblem(
        `mixture.replay.source: ${source} is read as a document of the corpus too (${inside.path}). Add it to corpus.exclude in smt.yaml, or keep it outside of the project's folder.`,
      );
    }
  }
}

/** All documents of the projects that are mixed: replay must not repeat any of them. */
async function corpusOverlap(mixed: readonly Mixed[], signal: AbortSignal): Promise<CorpusOverlap> {
  const documents = mixed.flatMap(({ corpus }) => corpus.documents.map((document) => ({ corpus, document })));
  const overlap = new CorpusOverlap(documents.reduce((sum, { document }) => sum + document.characters, 0));
  for (const { corpus, document } of documents) {
    signal.throwIfAborted();
    overlap.add(await corpus.text(document.id));
  }
  return overlap;
}
