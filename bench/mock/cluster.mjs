/** Stands in for the Go mock server where there is no Go: same ports, same answers, no faults. `cluster.mjs PORT CONTROL` */
import cluster from 'node:cluster';
import { createServer } from 'node:http';

const [, , port, control] = process.argv;
const CONTENT =
  'The document describes how a regional water utility replaced ageing pumps with variable speed drives. '.repeat(8);
const BODY = JSON.stringify({
  id: 'chatcmpl-9f2b6c1d7e8a4b0c9d3e5f6a7b8c9d0e',
  object: 'chat.completion',
  created: 1760000000,
  model: 'mock-model',
  choices: [{ index: 0, message: { role: 'assistant', content: CONTENT, refusal: null }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1480, completion_tokens: 212, total_tokens: 1692 },
});

function serve() {
  let latency = 0;
  let counted = { ok: 0, first: 0, last: 0 };
  process.on('message', (message) => {
    if ('latency_ms' in message) {
      latency = message.latency_ms;
      counted = { ok: 0, first: 0, last: 0 };
    } else {
      process.send(counted);
    }
  });
  createServer((request, response) => {
    counted.first ||= Date.now();
    request.resume();
    request.on('end', () => {
      const answer = () => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(BODY) });
        response.end(BODY);
        counted.ok++;
        counted.last = Date.now();
      };
      if (latency > 0) setTimeout(answer, latency);
      else answer();
    });
  }).listen(Number(port), '127.0.0.1', 4096);
}

function conduct() {
  const workers = [cluster.fork(), cluster.fork()];
  createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.url === '/config') {
      const { latency_ms = 0 } = JSON.parse(Buffer.concat(chunks).toString());
      for (const worker of workers) worker.send({ latency_ms });
      response.end('{}');
      return;
    }
    const counts = await Promise.all(
      workers.map((worker) => new Promise((got) => worker.once('message', got).send({ stats: true }))),
    );
    const ok = counts.reduce((sum, count) => sum + count.ok, 0);
    const seconds =
      (Math.max(...counts.map((count) => count.last)) - Math.min(...counts.map((count) => count.first))) / 1000;
    response.end(JSON.stringify({ ok, rps_ok: seconds > 0 ? ok / seconds : 0 }));
  }).listen(Number(control), '127.0.0.1');
}

if (cluster.isPrimary) conduct();
else serve();
