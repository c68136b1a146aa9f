import { type CancellationToken, CancellationTokenSource } from 'vscode-jsonrpc';
import type { Failure } from '../src/contract/rpcConnection.ts';

/** Something the page shows and the host owns. Every state is drawn. */
export type Resource<T> =
  | { status: 'idle' }
  | { status: 'loading' }
  | { status: 'ready'; value: T }
  /** Shown while a newer answer is on its way. */
  | { status: 'stale'; value: T }
  | { status: 'failed'; failure: Failure };

export const idle: Resource<never> = { status: 'idle' };

/** The value to draw, fresh or not. */
export function valueIn<T>(resource: Resource<T>): T | undefined {
  return resource.status === 'ready' || resource.status === 'stale' ? resource.value : undefined;
}

/** A newer answer is asked for: what is there stays visible. */
export function refreshing<T>(resource: Resource<T>): Resource<T> {
  const value = valueIn(resource);
  return value === undefined ? { status: 'loading' } : { status: 'stale', value };
}

export type Outcome<T> = { superseded: true } | { superseded: false; value: T };

/** Keeps only the last of several requests: an earlier one is cancelled, and its answer, should it come, is dropped. */
export class Latest {
  private current: CancellationTokenSource | undefined;

  async run<T>(work: (token: CancellationToken) => Promise<T>): Promise<Outcome<T>> {
    this.cancel();
    const mine = new CancellationTokenSource();
    this.current = mine;
    try {
      const value = await work(mine.token);
      return this.current === mine ? { superseded: false, value } : { superseded: true };
    } catch (error) {
      if (this.current !== mine) return { superseded: true };
      throw error;
    }
  }

  cancel(): void {
    this.current?.cancel();
    this.current = undefined;
  }
}
