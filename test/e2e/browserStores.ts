import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/**
 * Waits until the workbench's own stores hold a text. In a browser it writes what editors and panels remember every five
 * seconds, not when it is closed: who reloads earlier finds what was there before.
 */
export async function untilRemembered(page: Page, text: RegExp): Promise<void> {
  await expect.poll(() => page.evaluate(rememberedByWorkbench), { timeout: 60_000 }).toMatch(text);
}

/** Runs in the workbench's page: everything its stores in the browser hold, as one text. */
async function rememberedByWorkbench(): Promise<string> {
  const finished = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  let all = '';
  for (const { name } of await indexedDB.databases()) {
    if (!name) continue;
    const database = await finished(indexedDB.open(name));
    for (const store of database.objectStoreNames)
      all += (await finished(database.transaction(store).objectStore(store).getAll())).join('\n');
    database.close();
  }
  return all;
}
