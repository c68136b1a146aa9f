import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  type Disposable,
  Message,
  type MessageReader,
  type MessageWriter,
} from 'vscode-jsonrpc';

/**
 * What a JSON-RPC connection between a webview page and the extension host stands on: one `postMessage` and one
 * listener. A page wraps `acquireVsCodeApi()` and `window`'s message event, the host wraps `panel.webview`, tests and
 * the dev page wrap a `MessagePort`.
 */
export interface MessagePortLike {
  /** Hands one message over. `false` (or a promise of it): nobody was there to receive it (a hidden or gone page). */
  post(message: unknown): unknown;
  /** Calls back with every arriving message until disposed. */
  listen(receive: (message: unknown) => void): Disposable;
}

function isMessage(value: unknown): value is Message {
  if (typeof value !== 'object' || value === null || !('jsonrpc' in value) || value.jsonrpc !== '2.0') return false;
  const message: Message = { ...value, jsonrpc: '2.0' };
  return Message.isRequest(message) || Message.isNotification(message) || Message.isResponse(message);
}

/** Reads JSON-RPC messages from a port. What is no JSON-RPC message is dropped and reported, never thrown. */
export class WebviewMessageReader extends AbstractMessageReader implements MessageReader {
  private subscription: Disposable | undefined;

  constructor(private readonly port: MessagePortLike) {
    super();
  }

  listen(callback: DataCallback): Disposable {
    this.subscription?.dispose();
    const subscription = this.port.listen((message) => {
      if (isMessage(message)) callback(message);
      else this.fireError(new Error('A message that is not JSON-RPC 2.0 was dropped'));
    });
    this.subscription = subscription;
    return subscription;
  }

  override dispose(): void {
    this.subscription?.dispose();
    super.dispose();
  }
}

/**
 * Writes JSON-RPC messages to a port, in order.
 * A hidden webview loses messages (`postMessage` resolves `false`); that is no error here: the page asks for
 * everything again when it is rebuilt. `onLost` tells a host that wants to know.
 */
export class WebviewMessageWriter extends AbstractMessageWriter implements MessageWriter {
  private failures = 0;

  constructor(
    private readonly port: MessagePortLike,
    private readonly onLost?: (message: Message) => void,
  ) {
    super();
  }

  async write(message: Message): Promise<void> {
    try {
      // `undefined` does not survive postMessage in every host: JSON is what both sides agree on.
      if ((await this.port.post(JSON.parse(JSON.stringify(message)))) === false) this.onLost?.(message);
    } catch (error) {
      this.failures += 1;
      const reason = error instanceof Error ? error : new Error(String(error));
      this.fireError(reason, message, this.failures);
      throw reason;
    }
  }

  end(): void {
    // The port belongs to the page or the panel, which close it.
  }
}
