import type { MessagePortLike } from '../../src/contract/webviewTransport.ts';
import { applyTheme } from './themes.ts';

/** Plays VS Code for a page: a theme, `acquireVsCodeApi`, and a port for the host. To be called before the page's script. */
export function stage(panel: string): { port: MessagePortLike; wish: URLSearchParams } {
  const wish = new URLSearchParams(location.search);
  applyTheme(wish.get('theme') ?? 'dark');
  const channel = new MessageChannel();
  channel.port1.onmessage = ({ data }: MessageEvent<unknown>) =>
    window.dispatchEvent(new MessageEvent('message', { data }));
  const state = `page state of ${panel}`;
  globalThis.acquireVsCodeApi = () => ({
    postMessage: (message) => channel.port1.postMessage(message),
    getState: () => JSON.parse(sessionStorage.getItem(state) ?? 'null') as unknown,
    setState: (value) => sessionStorage.setItem(state, JSON.stringify(value)),
  });
  const port: MessagePortLike = {
    post: (message) => channel.port2.postMessage(message),
    listen: (receive) => {
      channel.port2.onmessage = ({ data }: MessageEvent<unknown>) => receive(data);
      return { dispose: () => channel.port2.close() };
    },
  };
  return { port, wish };
}
