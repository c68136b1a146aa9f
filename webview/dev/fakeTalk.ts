/** A talk for the Job page without VS Code: an answer that is written word by word, and an index in any state. */
import type { MessageConnection } from 'vscode-jsonrpc';
import { ChatPanel, type Exchange } from '../../src/contract/conversation.ts';
import { JobPanelPushed } from '../../src/contract/jobPanel.ts';
import { IndexState, type RetrievedChunk } from '../../src/contract/retrieval.ts';
import { answer } from '../../src/contract/rpcConnection.ts';

const WORDS = 'The lighthouse of Gannet Stack was lit in 1871, after the wreck of the Marigold.'.split(/(?<= )/);
const WORD_MS = 120;
const passages: RetrievedChunk[] = [1, 2, 3].map((rank) => ({
  id: `lighthouse.md:${rank * 900}-${rank * 900 + 800}`,
  document: 'lighthouse.md',
  title: 'The lighthouse of Gannet Stack',
  start: rank * 900,
  end: rank * 900 + 800,
  header: '',
  text: `Passage ${rank}. The tower stands on the outer rock; its lamp was lit for the first time in the autumn of 1871. `.repeat(
    6,
  ),
  rank,
  vector: { score: 0.71 - rank * 0.08, rank },
  text_match: { score: 9.2 - rank, rank: rank + 1 },
  fused: { score: 0.033 - rank * 0.001, rank },
}));

/** @param indexed the state of the index: `none`, `stale`, … */
export function answerTalk(connection: MessageConnection, indexed: string, log: (message: string) => void): void {
  let exchanges: Exchange[] = [];
  let revision = 0;
  let timer: ReturnType<typeof setInterval> | undefined;
  const index = IndexState.parse({
    state: indexed,
    ...(indexed === 'stale' ? { reason: 'Documents since then: 1 new, 2 changed.' } : {}),
    ...{
      chunks: indexed === 'none' ? 0 : 96,
      documents: 12,
      embedder: 'MiniLM-L6',
      dimension: 384,
      fingerprint: 'f',
      built: 1,
    },
  });
  const put = (exchange: Exchange) => {
    exchanges = [...exchanges.filter(({ id }) => id !== exchange.id), exchange];
    revision += 1;
    void connection.sendNotification(JobPanelPushed.exchange.method, { run: 'serve', revision, exchange });
  };
  const end = (answering: Exchange['answering']) => {
    clearInterval(timer);
    const last = exchanges.at(-1);
    if (last) put({ ...last, answering, pace: last.pace && { ...last.pace, exact: answering.state === 'done' } });
  };
  answer(connection, ChatPanel.open, () => ({ conversation: { revision, exchanges }, index }), log);
  answer(
    connection,
    ChatPanel.ask,
    ({ question, grounding }) => {
      const id = exchanges.length + 1;
      const begun: Exchange = {
        ...{ id, question, grounding, answer: '', notes: [], pace: null, first_piece_s: null },
        passages: grounding === 'rag' ? passages : [],
        answering: { state: 'waiting' },
      };
      put(begun);
      let at = 0;
      timer = setInterval(() => {
        if (question.includes('fail'))
          return end({ state: 'failed', message: 'The served model does not answer.', hint: 'Run its job again.' });
        at += 1;
        const pace = { tokens: at, seconds: ((at - 1) * WORD_MS) / 1000, exact: false };
        put({
          ...begun,
          answer: WORDS.slice(0, at).join(''),
          answering: { state: 'writing' },
          pace,
          first_piece_s: 0.4,
        });
        if (at === WORDS.length) end({ state: 'done', cut: false });
      }, WORD_MS);
      return { id };
    },
    log,
  );
  answer(connection, ChatPanel.stop, () => end({ state: 'stopped' }), log);
  answer(
    connection,
    ChatPanel.clear,
    () => {
      clearInterval(timer);
      exchanges = [];
      return { revision: ++revision, exchanges };
    },
    log,
  );
  answer(connection, ChatPanel.buildIndex, () => ({ started: true }), log);
  answer(connection, ChatPanel.openSource, () => {}, log);
}
