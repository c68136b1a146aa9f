/** The openai SDK with retries off. `node openai.mjs URL COUNT CONCURRENCY OUT` */
import { createWriteStream } from 'node:fs';
import OpenAI from 'openai';
import { documents, INSTRUCTION, mark, POOL } from '../documents.mjs';
import { report } from './report.mjs';

const [, , url, count, concurrency, out] = process.argv;
const texts = documents();
const client = new OpenAI({ baseURL: url, apiKey: 'x', maxRetries: 0 });
const file = createWriteStream(out);
let next = 0;
let answered = 0;
const started = report.start();
async function worker() {
  while (next < Number(count)) {
    const index = next++;
    const completion = await client.chat.completions.create({
      model: 'mock-model',
      messages: [{ role: 'user', content: `${mark(index)} ${texts[index % POOL]}\n\n${INSTRUCTION}` }],
    });
    answered++;
    file.write(`${JSON.stringify({ id: index, out: completion.choices[0].message.content })}\n`);
  }
}
await Promise.all(Array.from({ length: Number(concurrency) }, worker));
await new Promise((closed) => file.end(closed));
report.end(started, answered);
