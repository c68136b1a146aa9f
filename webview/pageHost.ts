import type { MessagePortLike } from '../src/contract/webviewTransport.ts';

/** What a page needs of its surroundings: a port to the extension and a place for its UI state. */
export interface PageHost {
  readonly port: MessagePortLike;
  /** The UI state of this page before it was hidden, moved or reloaded; unknown shape. */
  readState(): unknown;
  writeState(state: unknown): void;
}

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare global {
  /** Given by VS Code to every webview, once. Tests and the dev page define their own. */
  function acquireVsCodeApi(): VsCodeApi;
}

/** The page inside VS Code (or in the dev page, which defines the same function). To be called once. */
export function vscodePageHost(): PageHost {
  const api = acquireVsCodeApi();
  return {
    port: {
      post: (message) => api.postMessage(message),
      listen: (receive) => {
        const listener = (event: MessageEvent<unknown>) => receive(event.data);
        window.addEventListener('message', listener);
        return { dispose: () => window.removeEventListener('message', listener) };
      },
    },
    readState: () => api.getState(),
    writeState: (state) => api.setState(state),
  };
}
