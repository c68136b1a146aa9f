import { ChatServer, type Grounding } from '../contract/conversation.ts';
import { Pushed } from '../contract/rpc.ts';
import { failure } from '../contract/rpcConnection.ts';
import {
  chatPrompt,
  contextOf,
  type EarlierTurn,
  type PassagesFound,
  type ReadyPrompt,
  type ServedModel,
  streamAnswer,
} from '../engine/chat/index.ts';
import { openTokenCounter } from '../engine/corpus/index.ts';
import { loadEvaluationPrompts } from '../engine/eval/answer/prompts.ts';
import { tokenizerSearch } from '../engine/generate/projectCorpus.ts';
import { openRetriever } from '../engine/rag/index.ts';
import type { OpenedProject } from './openedProject.ts';
import type { RunSnapshots } from './runSnapshots.ts';
import type { Session } from './session.ts';
import { Talk } from './talk.ts';

/** chat/*: talks with served checkpoints, closed-book or with the project's own retrieval, as they are written. */
export function answerChat(session: Session, runs: RunSnapshots): void {
  const talks = new Map<string, Talk>();
  session.onClose(() => {
    for (const talk of talks.values()) talk.stop();
  });
  const talkOf = (project: string, run: string): Talk => {
    const key = `${project}\n${run}`;
    const known = talks.get(key);
    if (known) return known;
    const talk = new Talk((exchange, revision) =>
      session.push(Pushed.exchangeChanged, { project, run, revision, exchange }),
    );
    talks.set(key, talk);
    return talk;
  };

  session.answer(ChatServer.conversation, ({ project, run }) => talkOf(project, run).conversation);
  session.answerTrusted(ChatServer.ask, async ({ project, run, question, grounding, keys }) => {
    const opened = session.open(project);
    const { endpoint } = await runs.of(opened, run, { points: 10 });
    if (!endpoint) {
      throw failure(
        'not_served',
        'The model is not being served now.',
        'Wait until it is loaded, or run the job again.',
      );
    }
    const id = talkOf(project, run).ask(question, grounding, {
      prompt: (...asked) => preparePrompt(opened, endpoint, keys, ...asked),
      stream: ({ messages, params }, signal) => streamAnswer(endpoint, messages, params, signal),
    });
    return { id };
  });
  session.answerTrusted(ChatServer.stop, ({ project, run }) => talkOf(project, run).stop());
  session.answerTrusted(ChatServer.clear, ({ project, run }) => talkOf(project, run).clear());
}

/** @throws failure, RetrievalProblem */
async function preparePrompt(
  opened: OpenedProject,
  endpoint: ServedModel,
  keys: Readonly<Record<string, string>>,
  question: string,
  grounding: Grounding,
  earlier: EarlierTurn[],
  signal: AbortSignal,
): Promise<ReadyPrompt> {
  const project = await opened.project();
  const prompts = await loadEvaluationPrompts(project);
  if (!prompts.ok) throw failure('prompt', prompts.message);
  const found = grounding === 'rag' ? await retrieve(opened, keys, question, signal) : undefined;
  const context = await contextOf(endpoint, signal);
  const counter = await openTokenCounter(tokenizerSearch(project));
  try {
    const template = prompts.prompts.eval_chat;
    return chatPrompt({ question, earlier, found, template, context, counter });
  } finally {
    await counter.close();
  }
}

async function retrieve(
  opened: OpenedProject,
  keys: Readonly<Record<string, string>>,
  question: string,
  signal: AbortSignal,
): Promise<PassagesFound> {
  const corpus = await opened.corpus();
  const retriever = await openRetriever(await opened.project(), { keys, corpus, signal, remember: false });
  try {
    const [chunks = []] = await retriever.retrieve([{ id: 'chat', text: question }]);
    const { state, notes } = retriever;
    return {
      chunks,
      notes: state.state === 'ready' ? notes : [`The index is ${state.state}: ${notes[0] ?? ''}`, ...notes.slice(1)],
    };
  } finally {
    await retriever.close();
  }
}
