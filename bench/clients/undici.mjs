/** The bound: undici's pool, one JSON line written per answer. `node undici.mjs URL COUNT CONCURRENCY OUT [BYTES]` */
import { createWriteStream } from 'node:fs';
import { Pool } from 'undici';
import { documents, INSTRUCTION, mark, POOL } from '../documents.mjs';
import { report } from './report.mjs';

const [, , url, count, concurrency, out, bytes] = process.argv;
// BYTES: bodies of that size, to send as much as another client does.
const texts = bytes ? documents().map((text) => text.repeat(4).slice(0, Number(bytes) - 120)) : documents();
const pool = new Pool(new URL(url).origin, { connections: Number(concurrency), pipelining: 1 });
const file = createWriteStream(out);
let next = 0;
let answered = 0;
const started = report.start();
async function worker() {
  while (next < Number(count)) {
    const index = next++;
    const body = JSON.stringify({
      model: 'mock-model',
      messages: [{ role: 'user', content: `${mark(index)} ${texts[index % POOL]}\n\n${INSTRUCTION}` }],
    });
    const response = await pool.request({
      path: '/v1/chat/completions',
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer x' },
      body,
    });
    const completion = await response.body.json();
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
    answered++;
    if (!file.write(`${JSON.stringify({ id: index, out: completion.choices[0].message.content })}\n`)) {
      await new Promise((drained) => file.once('drain', drained));
    }
  }
}
file.setMaxListeners(0);
await Promise.all(Array.from({ length: Number(concurrency) }, worker));
await new Promise((closed) => file.end(closed));
report.end(started, answered);
await pool.close();
