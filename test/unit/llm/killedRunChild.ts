/** A run in a process of its own, to be killed. `URL FOLDER COUNT`: notes every settled id in FOLDER/settled. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { endpointAt, named, play } from './run.ts';

const [url = '', folder = '', count = '0'] = process.argv.slice(2);

async function main(): Promise<void> {
  const requests = [...named(Number(count))];
  const note = (id: string) => appendFileSync(join(folder, 'settled'), `${id}\n`);
  const played = await play(requests, [endpointAt(url, { maxConcurrency: 32 })], { folder, onSettled: note });
  process.stdout.write(`${JSON.stringify(played.end)}\n`);
}

void main();
