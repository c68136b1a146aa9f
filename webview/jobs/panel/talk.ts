import {
  ChatPanel,
  type ChatView,
  type Exchange,
  ExchangeChange,
  type Grounding,
  IndexChange,
} from '../../../src/contract/conversation.ts';
import { JobPanelPushed } from '../../../src/contract/jobPanel.ts';
import { asFailure } from '../../../src/contract/rpcConnection.ts';
import type { Asking } from '../../asking.ts';
import { idle, type Resource, valueIn } from '../../resource.ts';

/** The talk with a served checkpoint as the page knows it. The engine holds it; answers that grow are pushed. */
export class Talk {
  view: Resource<ChatView> = idle;
  private indexRevision = -1;
  /** What was told while the whole was on its way: it may be newer. */
  private early: unknown[] = [];

  constructor(
    private readonly asking: Asking,
    private readonly changed: () => void,
  ) {
    asking.connection.onNotification(JobPanelPushed.exchange, (raw) => this.took(raw));
    asking.connection.onNotification(JobPanelPushed.index, (raw) => this.tookIndex(raw));
  }

  get exchanges(): readonly Exchange[] {
    return valueIn(this.view)?.conversation.exchanges ?? [];
  }

  /** The one that is being answered. */
  get going(): Exchange | undefined {
    return this.exchanges.find(({ answering }) => isGoing(answering.state));
  }

  /** Asks for everything, once; again after a failure. */
  async open(): Promise<void> {
    if (this.view.status === 'loading' || this.view.status === 'ready') return;
    this.view = { status: 'loading' };
    try {
      this.view = { status: 'ready', value: await this.asking.ask(ChatPanel.open, null) };
      for (const raw of this.early.splice(0)) this.took(raw);
    } catch (error) {
      this.view = { status: 'failed', failure: asFailure(error) };
    }
    this.changed();
  }

  async ask(question: string, grounding: Grounding): Promise<void> {
    await this.asking.ask(ChatPanel.ask, { question, grounding });
  }

  async stop(): Promise<void> {
    await this.asking.ask(ChatPanel.stop, null);
  }

  async clear(): Promise<void> {
    const conversation = await this.asking.ask(ChatPanel.clear, null);
    if (this.view.status === 'ready') this.view = { status: 'ready', value: { ...this.view.value, conversation } };
    this.changed();
  }

  private took(raw: unknown): void {
    if (this.view.status === 'loading') this.early.push(raw);
    const { data } = ExchangeChange.safeParse(raw);
    if (!data || this.view.status !== 'ready') return;
    const { conversation } = this.view.value;
    if (data.revision < conversation.revision) return;
    const { exchange, revision } = data;
    const known = conversation.exchanges.some(({ id }) => id === exchange.id);
    const exchanges = known
      ? conversation.exchanges.map((one) => (one.id === exchange.id ? exchange : one))
      : [...conversation.exchanges, exchange];
    this.view = { status: 'ready', value: { ...this.view.value, conversation: { revision, exchanges } } };
    this.changed();
  }

  private tookIndex(raw: unknown): void {
    const { data } = IndexChange.safeParse(raw);
    if (!data || this.view.status !== 'ready' || data.revision <= this.indexRevision) return;
    this.indexRevision = data.revision;
    this.view = { status: 'ready', value: { ...this.view.value, index: data.index } };
    this.changed();
  }
}

export const isGoing = (state: Exchange['answering']['state']): boolean =>
  state === 'retrieving' || state === 'waiting' || state === 'writing';
