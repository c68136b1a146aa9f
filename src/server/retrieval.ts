import type { CancellationToken } from 'vscode-jsonrpc';
import type { RetrievalOverride, RetrievalSettings } from '../contract/retrieval.ts';
import { type RetrievalOverview, RetrievalServer } from '../contract/retrievalRpc.ts';
import { failure } from '../contract/rpcConnection.ts';
import { BuiltinProblem } from '../engine/llm/builtin/index.ts';
import { hasConsent, isLoopback, loadRegistry, originOf } from '../engine/llm/index.ts';
import { busyWith, indexing, type Project } from '../engine/project/index.ts';
import {
  builtinEmbedderState,
  effectiveSettings,
  indexedChunkings,
  indexState,
  openRetriever,
  RetrievalProblem,
} from '../engine/rag/index.ts';
import { projectQuality } from '../engine/rag/quality/tune.ts';
import { readTuning } from '../engine/rag/quality/tuning.ts';
import type { Session } from './session.ts';
import { startJob } from './startJob.ts';

/** retrieval/*: what is indexed, the job that indexes, passages for a question, quality on known evidence. */
export function answerRetrieval(session: Session): void {
  session.answer(RetrievalServer.overview, async ({ project, settings }) => {
    const opened = session.open(project);
    return overview(await opened.project(), await opened.corpus(), settings);
  });
  session.answerTrusted(RetrievalServer.startIndex, ({ project, params, keys, title }) =>
    startJob(session, project, { kind: 'index', title, params }, keys, indexing),
  );
  // A question may leave the machine, and a server of ours may be started: never for a folder that nobody trusts.
  session.answerTrusted(RetrievalServer.retrieve, async ({ project, query, settings, keys }, token) => {
    const opened = session.open(project);
    const began = performance.now();
    return told(async () => {
      const retriever = await openRetriever(await opened.project(), {
        settings,
        keys,
        corpus: await opened.corpus(),
        signal: signalOf(token),
        remember: false,
      });
      try {
        const [chunks = []] = await retriever.retrieve([{ id: 'query', text: query }]);
        const { mode, notes } = retriever;
        return { mode, notes: [...notes], chunks, ms: performance.now() - began };
      } finally {
        await retriever.close();
      }
    });
  });
  session.answerTrusted(RetrievalServer.quality, async ({ project, settings, keys }, token) => {
    const opened = await session.open(project).project();
    return told(async () => ({
      rows: await projectQuality(opened, { settings, keys, split: 'configured', signal: signalOf(token) }),
    }));
  });
}

async function overview(
  project: Project,
  corpus: Parameters<typeof indexState>[1],
  override: RetrievalOverride | undefined,
): Promise<RetrievalOverview> {
  const building = (await busyWith(indexing, project.paths)) !== undefined;
  const given = override ? { settings: override } : {};
  return told(async () => {
    const settings = effectiveSettings(project.config.retrieval, override);
    return {
      state: await indexState(project, corpus, { ...given, building }),
      settings,
      indexed: await indexedChunkings(project),
      tuning: await readTuning(project),
      needs: await needsOf(settings),
    };
  });
}

async function needsOf({ embedder, reranker }: RetrievalSettings): Promise<RetrievalOverview['needs']> {
  const { registry } = await loadRegistry();
  const used = [embedder.endpoint, reranker.endpoint].flatMap((id) => {
    const entry = Object.hasOwn(registry.endpoints, id) ? registry.endpoints[id] : undefined;
    return entry ? [{ endpoint: id, origin: originOf(entry.base_url), local: isLoopback(entry.base_url) }] : [];
  });
  const builtin = embedder.endpoint === 'builtin' ? await builtinEmbedderState() : undefined;
  return {
    download_mb: builtin && !builtin.installed ? builtin.download_mb : null,
    python: builtin === undefined || builtin.installed || builtin.python !== null,
    origins: used
      .filter(({ origin, local }) => !local && !hasConsent(registry, origin))
      .map(({ origin, endpoint }) => ({ origin, endpoint })),
    keys: [...new Set(used.map(({ origin }) => origin))],
  };
}

/** Problems with their code, so that the page can offer what helps. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RetrievalProblem) throw failure(error.code, error.message);
    if (error instanceof BuiltinProblem) throw failure('builtin', error.message);
    throw error;
  }
}

function signalOf(token: CancellationToken): AbortSignal {
  const abort = new AbortController();
  token.onCancellationRequested(() => abort.abort());
  return abort.signal;
}
