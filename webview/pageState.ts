import type { NotificationType } from 'vscode-jsonrpc';
import type { z } from 'zod';
import type { Procedure } from '../src/contract/procedure.ts';
import { asFailure, type Failure } from '../src/contract/rpcConnection.ts';
import { type Ask, type Asking, connectToEditor } from './asking.ts';
import type { PageHost } from './pageHost.ts';
import { idle, type Resource, valueIn } from './resource.ts';
import type { Watched } from './watchingElement.ts';

/** What the answer to every page's handshake says. */
interface Opening {
  readonly revision: number;
  readonly project: string;
  readonly trusted: boolean;
}

/**
 * A page's one state: what the host told, and how the person looks at it (`ui`, remembered while the page is hidden).
 * Views read it, call its methods and are told when to draw.
 */
export abstract class PageState<Init extends Opening, Ui extends { project: string }> implements Watched {
  session: Resource<Init> = idle;
  /** For screen readers: what happened, seldom. */
  announcement = '';
  abstract ui: Ui;
  protected readonly asking: Asking;
  private readonly listeners = new Set<() => void>();
  private revision = -1;

  constructor(
    private readonly host: PageHost,
    private readonly ready: Procedure<{ state: unknown }, Init>,
  ) {
    this.asking = connectToEditor(host.port, (message) => console.warn(message));
  }

  get ask(): Ask {
    return this.asking.ask;
  }

  get init(): Init | undefined {
    return valueIn(this.session);
  }

  get trusted(): boolean {
    return this.init?.trusted ?? false;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  changed(): void {
    for (const listener of this.listeners) listener();
  }

  /** The handshake; everything shown comes from its answer and from what follows. */
  async start(): Promise<void> {
    this.session = { status: 'loading' };
    this.changed();
    const remembered = this.host.readState();
    try {
      const init = await this.ask(this.ready, { state: remembered ?? null });
      this.session = { status: 'ready', value: init };
      this.revision = init.revision;
      await this.opened(init, remembered);
    } catch (error) {
      this.session = { status: 'failed', failure: asFailure(error) };
    }
    this.changed();
  }

  /** Runs something a person asked for. What goes wrong is said at the foot; what they called off is not. */
  async attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    this.failed(null);
    try {
      return await work();
    } catch (error) {
      const failure = asFailure(error);
      if (failure.code !== 'cancelled') this.failed(failure);
      return undefined;
    } finally {
      this.changed();
    }
  }

  /** Lays part of the UI state over what is there, and remembers it. */
  keep(part: Partial<Ui>): void {
    this.ui = { ...this.ui, ...part };
    this.persist();
    this.changed();
  }

  persist(): void {
    if (this.ui.project !== '') this.host.writeState(this.ui);
  }

  /** Takes the answer to the handshake, and what the page remembered. */
  protected abstract opened(init: Init, remembered: unknown): void | Promise<void>;
  /** What went wrong, to be shown at the foot; null when another attempt begins. */
  protected abstract failed(failure: Failure | null): void;

  /** Takes the whole snapshots that the host pushes, but for one older than what is there. */
  protected onSnapshot<P, Snapshot extends { revision: number }>(
    pushed: NotificationType<P>,
    schema: z.ZodType<Snapshot>,
    take: (snapshot: Snapshot) => void,
  ): void {
    this.onPush(pushed, schema, (snapshot) => {
      if (snapshot.revision <= this.revision) return;
      this.revision = snapshot.revision;
      take(snapshot);
      this.changed();
    });
  }

  /** Calls `take` with what the host says, if it has the shape it should have. */
  protected onPush<P, Said>(pushed: NotificationType<P>, schema: z.ZodType<Said>, take: (said: Said) => void): void {
    this.asking.connection.onNotification(pushed, (raw) => {
      const { data } = schema.safeParse(raw);
      if (data !== undefined) take(data);
    });
  }

  /** To be called when everything that is pushed has its `onPush`. */
  protected listen(): void {
    this.asking.connection.listen();
  }
}
