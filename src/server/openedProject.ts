import { join } from 'node:path';
import { failure } from '../contract/rpcConnection.ts';
import type { Sample } from '../contract/sample.ts';
import type { OpenedCorpus } from '../engine/corpus/index.ts';
import { openProjectCorpus, samplesBehind, tableOutdated } from '../engine/generate/index.ts';
import { leaseHolder } from '../engine/jobs/index.ts';
import { CompletionLog, RequestStore } from '../engine/llm/index.ts';
import {
  formatProblem,
  type LoadedProject,
  leavingLinks,
  loadProject,
  type Project,
  type ProjectPaths,
  projectPaths,
} from '../engine/project/index.ts';
import { type LanceSampleReader, type LogPosition, openSampleReader, ReviewBook } from '../engine/samples/index.ts';
import { methodLabels } from '../engine/synth/registry.ts';
import { ProjectBackend } from '../engine/train/index.ts';
import { invalidProject, noProject } from './failures.ts';
import { restrictedPaths } from './restricted.ts';

/** A store that failed to open is tried again after this long. */
const RETRY_MS = 5_000;
/** Benchmark files are read again after this long. */
const BASIS_MS = 5_000;

/**
 * What the server holds open for one project folder: everything is opened at first use and kept. Reads only, except
 * for reviews, and nothing at all through links that leave the folder.
 */
export class OpenedProject {
  readonly root: string;
  readonly paths: ProjectPaths;
  readonly backend: ProjectBackend;
  readonly #log: (message: string) => void;
  readonly #onSamples: () => void;
  #reviews: Promise<ReviewBook> | undefined;
  #reader: Promise<LanceSampleReader> | undefined;
  #corpus: Promise<OpenedCorpus> | undefined;
  #opened: OpenedCorpus | undefined;
  #completions: Promise<CompletionLog> | undefined;
  #requests: Promise<RequestStore> | undefined;
  #tailOf: { key: string; samples: readonly Sample[]; behind: number } = { key: '', samples: [], behind: 0 };
  /** At least so many answers of the log are neither in the table nor shown: the next job takes them in. */
  behind = 0;
  corpusRevision = 0;
  #outdated: { at: number; is: Promise<boolean> } | undefined;

  constructor(
    { root, program, restricted }: { root: string; program: string; restricted: boolean },
    log: (message: string) => void,
    onSamples: () => void,
  ) {
    this.root = root;
    this.paths = restricted ? restrictedPaths(projectPaths(root)) : projectPaths(root);
    this.backend = new ProjectBackend([process.execPath, join(program, '..', 'cli.js')]);
    this.#log = log;
    this.#onSamples = onSamples;
  }

  async load(): Promise<LoadedProject> {
    const loaded = await loadProject(this.root);
    return loaded.kind === 'ready' ? { ...loaded, project: { ...loaded.project, paths: this.paths } } : loaded;
  }

  /** What reads without `smt.yaml` asks this first. @throws a failure that names each link that leaves the folder */
  async refuseLinks(): Promise<void> {
    const links = await leavingLinks(this.paths);
    if (links.length > 0) throw failure('link', links.map(formatProblem).join('\n'));
  }

  /** The project as smt.yaml says now. @throws a failure that names file, line and key */
  async project(): Promise<Project> {
    const loaded = await this.load();
    if (loaded.kind === 'none') throw noProject(this.root);
    if (loaded.kind === 'invalid') throw invalidProject(loaded.problems);
    return loaded.project;
  }

  /** The corpus as last read; `refresh` looks for changes on disk (unchanged files are not read again). */
  corpus(refresh = false): Promise<OpenedCorpus> {
    if (refresh || !this.#corpus) {
      const before = this.#corpus?.catch(() => undefined);
      const opening = (async () => {
        await before; // scans of one folder go one after the other
        const { corpus, counter } = await openProjectCorpus(await this.project());
        await counter.close();
        return this.#took(corpus);
      })();
      this.#corpus = opening;
      opening.catch(() => {
        if (this.#corpus === opening) this.#corpus = undefined;
      });
    }
    return this.#corpus;
  }

  /** The corpus where it was read already: watching must not be what reads it. */
  async knownCorpus(): Promise<OpenedCorpus | undefined> {
    return this.#opened;
  }

  reviews(): Promise<ReviewBook> {
    this.#reviews ??= this.#openReviews();
    return forgetFailure(this.#reviews, () => {
      this.#reviews = undefined;
    });
  }

  /** @throws StoreUnavailable */
  reader(): Promise<LanceSampleReader> {
    this.#reader ??= this.#openReader();
    return forgetFailure(
      this.#reader,
      () => {
        this.#reader = undefined;
      },
      RETRY_MS,
    );
  }

  /** The reader where it is open already: watching must not be what loads LanceDB. */
  async openReader(): Promise<LanceSampleReader | undefined> {
    return this.#reader?.catch(() => undefined);
  }

  /** Other evaluation questions or parsers than the table's samples were made with; looked at now and then. */
  outdated(): Promise<boolean> {
    if (this.#outdated === undefined || Date.now() - this.#outdated.at > BASIS_MS) {
      // A benchmark that cannot be read is shown as a problem of the project.
      const is = this.project().then(tableOutdated, () => false);
      this.#outdated = { at: Date.now(), is: is.catch(() => false) };
    }
    return this.#outdated.is;
  }

  async completions(): Promise<CompletionLog> {
    this.#completions ??= this.refuseLinks().then(() => CompletionLog.open(this.paths.completions));
    const log = await forgetFailure(this.#completions, () => {
      this.#completions = undefined;
    });
    await log.refresh();
    return log;
  }

  async requests(): Promise<RequestStore> {
    this.#requests ??= this.refuseLinks().then(() => RequestStore.open(this.paths.requests));
    const store = await forgetFailure(this.#requests, () => {
      this.#requests = undefined;
    });
    await store.refresh();
    return store;
  }

  async close(): Promise<void> {
    const open = [this.#reader, this.#completions, this.#requests];
    await Promise.all(open.map(async (opened) => (await opened?.catch(() => undefined))?.close()));
  }

  async #openReviews(): Promise<ReviewBook> {
    await this.refuseLinks();
    const book = await ReviewBook.open(this.paths.reviews);
    for (const { line, message } of book.bad) this.#log(`reviews.jsonl, line ${line}: ${message} (kept, not used)`);
    return book;
  }

  async #openReader(): Promise<LanceSampleReader> {
    const reviews = await this.reviews();
    const reader = await openSampleReader({
      lance: this.paths.lance,
      reviews,
      labels: methodLabels(),
      tail: (position) => this.#tail(position ?? {}),
    });
    if (this.#opened) await reader.setDocumentHashes(hashesOf(this.#opened));
    // Staleness needs the corpus; the first rows must not wait for it.
    else
      this.corpus().catch((error: unknown) =>
        this.#log(`corpus: ${error instanceof Error ? error.message : String(error)}`),
      );
    reader.onChange(() => this.#onSamples());
    return reader;
  }

  /**
   * What a killed job left in the log only. While a job runs, its table is seconds behind, and deriving the same here
   * would cost more than it shows.
   */
  async #tail(position: LogPosition): Promise<readonly Sample[]> {
    try {
      this.behind = 0;
      if (await leaseHolder(this.paths.lease)) return [];
      const log = await this.completions();
      const key = JSON.stringify([position, await log.position()]);
      if (key === this.#tailOf.key) {
        this.behind = this.#tailOf.behind;
        return this.#tailOf.samples;
      }
      const { corpus, counter } = await openProjectCorpus(await this.project());
      try {
        const tooMany = (answers: number) => {
          this.behind = answers;
        };
        const samples = await samplesBehind(this.root, position, { corpus, tokens: counter, tooMany });
        this.#tailOf = { key, samples, behind: this.behind };
        return samples;
      } finally {
        await counter.close();
      }
    } catch (error) {
      this.#log(`log tail: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  }

  async #took(corpus: OpenedCorpus): Promise<OpenedCorpus> {
    this.#opened = corpus;
    this.corpusRevision++;
    await (await this.openReader())?.setDocumentHashes(hashesOf(corpus));
    return corpus;
  }
}

function hashesOf(corpus: OpenedCorpus): Map<string, string> {
  return new Map(corpus.documents.map(({ id, text_hash }) => [id, text_hash]));
}

/** A failed opening is forgotten, so that the next request tries again (not at once, where `afterMs` is given). */
function forgetFailure<T>(opening: Promise<T>, forget: () => void, afterMs = 0): Promise<T> {
  opening.catch(() => setTimeout(forget, afterMs).unref());
  return opening;
}

/** A document that a request names and the corpus has not. */
export function unknownDocument(id: string) {
  return failure('unknown_document', `There is no document "${id}" in the corpus.`, 'Refresh the Corpus view.');
}
