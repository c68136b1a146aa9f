import type * as vscode from 'vscode';
import { ChatPanel, ChatServer, type ExchangeChange } from '../../contract/conversation.ts';
import { JobPanelPushed } from '../../contract/jobPanel.ts';
import { RetrievalServer } from '../../contract/retrievalRpc.ts';
import type { EditorContext } from '../editorContext.ts';
import { sentenceOf } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';
import { Coalesced } from './coalesce.ts';
import type { PageConnection } from './pageConnection.ts';
import { agreed, unlessDeclined } from './permission.ts';
import type { RetrievalActions } from './retrievalPanel.ts';

/** The index is looked at again when documents or its job changed; reading a corpus takes its time. */
const LOOK_INTERVAL_MS = 1_000;

/**
 * The host's side of a talk with a served checkpoint: questions go on to the engine with the keys of retrieval, answers come
 * from it as they are written. The engine holds the talk, so a page that was hidden gets all of it again.
 */
export class ChatHost {
  private page: PageConnection | undefined;
  private indexJobs = '';

  constructor(
    private readonly context: EditorContext,
    private readonly project: OpenProject,
    private readonly run: string,
    private readonly retrieval: RetrievalActions,
  ) {}

  watch(): vscode.Disposable[] {
    const { server, projects } = this.context;
    const looks = new Coalesced(LOOK_INTERVAL_MS, () => this.lookAtIndex());
    return [
      server.onPush((push) => {
        if (push.kind === 'exchange' && push.project === this.project.path && push.run === this.run)
          void this.pass(push);
      }),
      projects.onDidChange(({ project, part }) => {
        // Only a page that shows a talk has asked for the index.
        if (project !== this.project || !this.page) return;
        if (part === 'state' || part === 'corpus' || (part === 'jobs' && this.indexJobMoved())) looks.request();
      }),
      // The talk went with the engine that held it, and revisions begin again: the page asks for everything anew.
      server.onDidChangeState((state) => state === 'running' && this.page?.draw()),
      looks,
    ];
  }

  answer(page: PageConnection): void {
    const { project, run, retrieval } = this;
    const { server } = this.context;
    const of = { project: project.path, run };
    page.answer(ChatPanel.open, async () => {
      this.page = page;
      this.indexJobMoved();
      const [conversation, index] = await Promise.all([server.ask(ChatServer.conversation, of), this.index()]);
      return { conversation, index };
    });
    page.answer(ChatPanel.ask, async ({ question, grounding }) => {
      const keys = grounding === 'rag' ? await agreed(retrieval.keysFor(project, {})) : {};
      return server.ask(ChatServer.ask, { ...of, question, grounding, keys }, { retry: false });
    });
    page.answer(ChatPanel.stop, () => server.ask(ChatServer.stop, of));
    page.answer(ChatPanel.clear, () => server.ask(ChatServer.clear, of));
    page.answer(ChatPanel.buildIndex, async () => {
      const started = await unlessDeclined(retrieval.build(project, {}), undefined);
      return { started: started !== undefined };
    });
    page.answer(ChatPanel.openSource, ({ document, ...passage }) => retrieval.openSource(project, document, passage));
  }

  private async pass({ run, revision, exchange }: ExchangeChange): Promise<void> {
    try {
      await this.page?.notify(JobPanelPushed.exchange, { run, revision, exchange });
    } catch (error) {
      // A page that is gone asks for the whole talk when it is back.
      this.context.shell.log.debug(`chat: an answer was not passed on: ${sentenceOf(error)}`);
    }
  }

  private async index() {
    return (await this.context.server.ask(RetrievalServer.overview, { project: this.project.path })).state;
  }

  private async lookAtIndex(): Promise<void> {
    const { page } = this;
    if (!page?.isReady) return;
    try {
      const index = await this.index();
      await page.notify(JobPanelPushed.index, { revision: page.next(), index });
    } catch (error) {
      // The next change asks again; asking a question says what is wrong.
      this.context.shell.log.debug(`chat: the index was not looked at: ${sentenceOf(error)}`);
    }
  }

  private indexJobMoved(): boolean {
    const now = this.project.jobs
      .filter(({ kind }) => kind === 'index')
      .map(({ run, state }) => `${run} ${state}`)
      .join('\n');
    const moved = now !== this.indexJobs;
    this.indexJobs = now;
    return moved;
  }
}
