import type { MessagePortLike } from '../../../src/contract/webviewTransport.ts';

/** Two ports that clone what goes through them and deliver it later, as a webview's do. */
export function ports(): [MessagePortLike, MessagePortLike] {
  const receivers: ((data: unknown) => void)[][] = [[], []];
  const port = (own: number): MessagePortLike => ({
    post: (message) => {
      const copy: unknown = structuredClone(message);
      setImmediate(() => {
        for (const receive of receivers[1 - own] ?? []) receive(copy);
      });
    },
    listen: (receive) => {
      receivers[own]?.push(receive);
      return { dispose: () => receivers[own]?.splice(0) };
    },
  });
  return [port(0), port(1)];
}
